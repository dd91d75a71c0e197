"""Publishing a campaign: the same verdicts always give the same files, and nothing hostile gets through."""

import csv
import itertools
import json
import re
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.spreadsheet import safe_cell
from services.aggregator.publish import publish_files
from services.aggregator.study import Published, publish_study
from services.contracts.artefacts import rule_set_key
from services.contracts.audits import AuditState
from services.contracts.authorities import Authority, Kind
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, BadInput
from services.contracts.reasons import Reason
from services.contracts.verdicts import RuleSet, State
from services.runtime.artefacts import ArtefactStore
from services.runtime.database import open_sqlite
from tests.aggregator.country import (
    CAMPAIGN_NAME,
    NOON,
    RULE_SET,
    authorities,
    fill,
    plan_campaign,
    verdict,
    verdict_set,
)

FILES = ("statistics.json", "statistics.csv", "statistics.parquet", "verdicts.parquet", "audits.csv", "report.html")


def publish(
    engine: Engine, store: ArtefactStore, out: Path, *, rules: RuleSet | None = RULE_SET, synthetic: bool = False
) -> Published:
    return publish_study(engine, store, CAMPAIGN_NAME, out, generated_at=NOON, synthetic=synthetic, rule_set=rules)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Text(HTMLParser):
    """The text, tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self._hidden = "", False
        self.tags: list[str] = []
        self.hrefs: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden = tag == "style"
        self.hrefs += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def test_the_same_verdicts_give_the_same_bytes(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    recorded = fill(engine, 120)
    publish(engine, store, tmp_path / "a")
    # A second database that got everything twice and backwards.
    other = open_sqlite(tmp_path / "other.db")
    fill(other, 120)
    for document in reversed(recorded.values()):
        SqlVerdictStore(other).record(document)
    publish(other, store, tmp_path / "b")
    other.dispose()
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_later_publication_of_the_same_verdicts_changes_only_the_stamp(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    fill(engine, 30)
    publish(engine, store, tmp_path / "a")
    publish_study(
        engine,
        store,
        CAMPAIGN_NAME,
        tmp_path / "b",
        generated_at=NOON.replace(year=2027),
        synthetic=False,
        rule_set=RULE_SET,
    )
    for name in ("statistics.csv", "statistics.parquet", "verdicts.parquet", "audits.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    read = [json.loads((tmp_path / f / "statistics.json").read_text(encoding="utf-8")) for f in "ab"]
    assert read[0]["rows"] == read[1]["rows"]
    assert {k for k in read[0]["meta"] if read[0]["meta"][k] != read[1]["meta"][k]} == {"generated_at"}


def test_the_three_statistics_files_hold_the_same_rows(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    fill(engine, 80)
    published = publish(engine, store, tmp_path)
    rows = json.loads(published.statistics_json.read_text(encoding="utf-8"))["rows"]
    table = pl.read_parquet(published.statistics_parquet)
    columns = ["indicator", "scope", "yes", "partial", "no", "measured", "undetermined", "share", "population_share"]
    expected = [tuple(row[column] for column in columns) for row in rows]
    assert table.select(columns).rows() == expected
    printed = lines(published.statistics_csv)
    assert [(r["indicator"], r["scope"], int(r["yes"]), r["share"]) for r in printed] == [
        (r["indicator"], r["scope"], r["yes"], "" if r["share"] is None else str(r["share"])) for r in rows
    ]
    assert table.schema["share"] == pl.Float64
    assert table.schema["undetermined"] == pl.Int64


def test_the_verdicts_file_says_of_each_verdict_whose_it_is(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    recorded = fill(engine, 40)
    published = publish(engine, store, tmp_path)
    table = pl.read_parquet(published.verdicts)
    assert len(table) == sum(len(document.verdicts) for document in recorded.values())
    row = table.row(0, named=True)
    document = recorded[row["code"]]
    assert row["name"] == document.authority.name
    assert row["captured_at"] == NOON
    assert row["rule_set"] == RULE_SET.version
    assert table.select("code", "indicator").rows() == sorted(table.select("code", "indicator").rows())


def test_every_authority_is_in_the_audits_file_and_the_equation_holds(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    fill(engine, 150)
    published = publish(engine, store, tmp_path)
    rows = lines(published.audits)
    states = [row["state"] for row in rows]
    balance = json.loads(published.statistics_json.read_text(encoding="utf-8"))["meta"]["conservation"]
    assert len(rows) == balance["planned"] == 166
    assert states.count("measured") == balance["measured"]
    assert states.count("unmeasured") == sum(balance["unmeasured"].values())
    assert states.count("excluded") == sum(balance["excluded"].values()) == 1
    assert states.count("released") == balance["in_flight"]
    assert all(row["reason"] for row in rows if row["state"] in ("unmeasured", "excluded"))
    assert {row["site_status"] for row in rows if row["state"] == "measured"} > {"functional", "parked"}


def test_text_from_sites_cannot_run_in_a_spreadsheet(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    town = authorities(1)[0].model_copy(update={"name": '=HYPERLINK("http://x")', "declared_url": "+33 1"})
    plan_campaign(engine, [(town, AuditState.MEASURED, None)])
    SqlVerdictStore(engine).record(verdict_set(town, [verdict("site_status", State.YES, "@SUM(A1)")]))
    row = lines(publish(engine, store, tmp_path).audits)[0]
    assert (row["name"], row["declared_url"], row["site_status"]) == ('\'=HYPERLINK("http://x")', "'+33 1", "'@SUM(A1)")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_a_formula_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ville", "1 - 2", "a=b"])
def test_other_text_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text


HOSTILE = '</style><script>alert(1)</script><img src=x onerror="x">'


def test_hostile_text_stays_text_in_the_report(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    towns = [town.model_copy(update={"name": f"{HOSTILE}{n}"}) for n, town in enumerate(authorities(2))]
    plan_campaign(engine, [(towns[0], AuditState.UNMEASURED, Reason.STUCK), (towns[1], AuditState.MEASURED, None)])
    SqlVerdictStore(engine).record(
        verdict_set(towns[1], [verdict("third_party_subdomain", State.YES, HOSTILE), verdict("hsts", State.YES)])
    )
    rules = RuleSet(
        version=RULE_SET.version,
        indicators=tuple(s.model_copy(update={"label": HOSTILE, "summary": HOSTILE}) for s in RULE_SET.indicators),
    )
    page = Text(publish(engine, store, tmp_path, rules=rules).report.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert page.text.count("<script>alert(1)</script>") >= 3


def test_the_report_loads_nothing_from_elsewhere(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    fill(engine, 60)
    raw = publish(engine, store, tmp_path).report.read_text(encoding="utf-8")
    page = Text(raw)
    published = {name for name in FILES if name != "report.html"}
    assert {href for href in page.hrefs if not href.startswith("#")} <= published
    assert {name for name in published if name in page.hrefs} == published
    assert "default-src &#39;none&#39;" in raw
    assert "url(" not in raw
    anchors = set(re.findall(r'id="([^"]+)"', raw))
    assert {href[1:] for href in page.hrefs if href.startswith("#")} <= anchors


def test_the_report_reads_as_french(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    fill(engine, 60)
    raw = publish(engine, store, tmp_path).report.read_text(encoding="utf-8")
    text = Text(raw).text
    assert '<html lang="fr">' in raw
    assert re.findall(r".{0,20} [:;!?»%].{0,10}", text) == []
    assert re.findall(r".{0,20}« .{0,10}", text) == []
    assert re.findall(r"\d\.\d+\s%", text) == []
    assert "Licence Ouverte" in text
    assert "23\u00a0novembre\u00a02026" in text
    assert "non mesuré dans cette campagne" in text
    assert "41,7\u00a0%" in text


def test_every_table_has_a_caption_and_headings_do_not_skip_a_level(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    fill(engine, 60)
    tags = Text(publish(engine, store, tmp_path).report.read_text(encoding="utf-8")).tags
    assert tags.count("table") == tags.count("caption") > 10
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("synthetic", [True, False])
def test_made_up_sites_are_announced(tmp_path: Path, engine: Engine, store: ArtefactStore, synthetic: bool) -> None:
    fill(engine, 10)
    published = publish(engine, store, tmp_path, synthetic=synthetic)
    assert ("Sites synthétiques" in published.report.read_text(encoding="utf-8")) == synthetic
    assert json.loads(published.statistics_json.read_text(encoding="utf-8"))["meta"]["synthetic"] == synthetic


def test_an_empty_campaign_is_published(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    plan_campaign(engine, [])
    published = publish(engine, store, tmp_path)
    assert json.loads(published.statistics_json.read_text(encoding="utf-8"))["rows"] == []
    assert pl.read_parquet(published.verdicts).is_empty()
    assert "Aucune collectivité n’est prévue" in published.report.read_text(encoding="utf-8")
    assert published.summary == ()


def test_a_campaign_where_nothing_could_be_seen_is_not_measurable(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    plan_campaign(engine, [(town, AuditState.UNMEASURED, Reason.STUCK) for town in authorities(5)])
    published = publish(engine, store, tmp_path)
    text = Text(published.report.read_text(encoding="utf-8")).text
    assert "non mesurable" in text
    assert "audit abandonné après plusieurs relances (5)" in text
    assert published.summary[0].startswith("Communes without a functional site: not measurable, 5 undetermined")


def test_the_rules_are_read_from_the_store_when_they_are_not_given(
    tmp_path: Path, engine: Engine, store: ArtefactStore
) -> None:
    fill(engine, 20)
    with pytest.raises(ArtefactMissing):
        publish(engine, store, tmp_path, rules=None)
    store.put_document(rule_set_key(RULE_SET.version), b"{}")
    with pytest.raises(ArtefactCorrupt):
        publish(engine, store, tmp_path, rules=None)
    store.put_document(rule_set_key(RULE_SET.version), RULE_SET.model_dump_json().encode())
    publish(engine, store, tmp_path / "read", rules=None)
    publish(engine, store, tmp_path / "given")
    for name in FILES:
        assert (tmp_path / "read" / name).read_bytes() == (tmp_path / "given" / name).read_bytes()


def test_an_unknown_campaign_is_refused(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    with pytest.raises(BadInput, match="no such campaign"):
        publish(engine, store, tmp_path)


def test_a_failure_leaves_the_older_files_and_no_litter(tmp_path: Path) -> None:
    def write(path: Path, text: str) -> None:
        path.write_text(text)

    def fail(_path: Path) -> None:
        raise OSError("disk full")

    publish_files(tmp_path, {"a": partial(write, text="old")})
    with pytest.raises(OSError, match="disk full"):
        publish_files(tmp_path, {"a": partial(write, text="new"), "b": fail})
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_name_with_a_comma_survives_the_csv(tmp_path: Path, engine: Engine, store: ArtefactStore) -> None:
    town = Authority(code="33063", kind=Kind.COMMUNE, name='Saint-"B", Œuf', nature="COM", population=1)
    plan_campaign(engine, [(town, AuditState.PLANNED, None)])
    assert lines(publish(engine, store, tmp_path).audits)[0]["name"] == town.name
