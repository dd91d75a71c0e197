"""Publishes a campaign: statistics derived from its verdicts, open data, and the French report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from services.aggregator.adapters.exports import (
    write_statistics_csv,
    write_statistics_json,
    write_statistics_parquet,
)
from services.aggregator.adapters.open_data import write_audits_csv, write_verdicts_parquet
from services.aggregator.adapters.report import render_report
from services.aggregator.adapters.stored_rules import stored_rules
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.authorities import FOLDER, browsers_of, publish_authorities
from services.aggregator.domain.flat import flatten
from services.aggregator.domain.headlines import headlines
from services.aggregator.domain.outcomes import Outcome, conservation, outcomes
from services.aggregator.domain.release import Gate, gate_failures
from services.aggregator.domain.statistics import derive
from services.aggregator.domain.study_meta import StudyMeta, describe
from services.aggregator.domain.summary import summary_lines
from services.aggregator.publish import publish_files
from services.aggregator.release import describe_files, write_manifest
from services.aggregator.report.build import build_page
from services.contracts.verdicts import RuleSet
from services.runtime.artefacts import ArtefactStore

_SITE_STATUS = "site_status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where the study is, and its headlines as lines for a terminal."""

    report: Path
    statistics_json: Path
    statistics_csv: Path
    statistics_parquet: Path
    verdicts: Path
    audits: Path
    summary: tuple[str, ...]


def publish_study(
    engine: Engine,
    store: ArtefactStore,
    campaign: str,
    out_dir: Path,
    *,
    generated_at: datetime,
    synthetic: bool,
    rule_set: RuleSet | None = None,
    contact: str | None = None,
    printer: Callable[[str], bytes | None] | None = None,
) -> Published:
    """Derive and publish everything about a campaign; may be called again at any time.

    ``contact`` is the page where an authority finds whom to write to; with it each authority has a page of its own.
    ``printer`` makes a PDF of the report, where it can.

    Without ``rule_set`` the newest one that judged the campaign is read from the artefact store. Raises
    BadInput when there is no such campaign, ArtefactMissing when no description of its rules is stored.
    """
    verdicts = SqlVerdictStore(engine)
    results = outcomes(verdicts.audits(campaign))
    rules = rule_set or stored_rules(store, results)
    meta = describe(
        results.values(),
        conservation(verdicts.planned(campaign), results),
        campaign=campaign,
        generated_at=generated_at,
        synthetic=synthetic,
        frame=verdicts.frame(campaign),
        rule_set=rules.version,
    )
    statistics = derive(rules, results, verdicts.load_verdicts(campaign))
    rows = [flatten(statistic) for statistic in statistics]
    page = render_report(build_page(meta, results, statistics, indexed=contact is not None))
    printed = printer(page) if printer else None
    paths = publish_files(
        out_dir,
        {
            **({"report.pdf": partial(_write_bytes, data=printed)} if printed else {}),
            "statistics.json": partial(write_statistics_json, meta=meta, rows=rows),
            "statistics.csv": partial(write_statistics_csv, meta=meta, rows=rows),
            "statistics.parquet": partial(write_statistics_parquet, meta=meta, rows=rows),
            "verdicts.parquet": partial(_write_verdicts, store=verdicts, meta=meta, results=results),
            "audits.csv": partial(_write_audits, store=verdicts, meta=meta, results=results),
            "report.html": partial(_write_page, page=page),
        },
    )
    names = [*paths, *([FOLDER] if contact else ())]
    if contact:
        publish_authorities(store, out_dir, results, statistics, meta=meta, rules=rules, contact=contact)
    gate = Gate(failures=gate_failures(meta, statistics))
    manifest = describe_files(out_dir, names, meta=meta, rules=rules, browsers=browsers_of(store, results), gate=gate)
    write_manifest(out_dir, manifest)
    return Published(
        report=paths["report.html"],
        statistics_json=paths["statistics.json"],
        statistics_csv=paths["statistics.csv"],
        statistics_parquet=paths["statistics.parquet"],
        verdicts=paths["verdicts.parquet"],
        audits=paths["audits.csv"],
        summary=summary_lines(headlines(statistics)),
    )


def _write_bytes(path: Path, *, data: bytes) -> None:
    path.write_bytes(data)


def _write_page(path: Path, *, page: str) -> None:
    path.write_text(page, encoding="utf-8")


def _write_verdicts(path: Path, *, store: SqlVerdictStore, meta: StudyMeta, results: dict[str, Outcome]) -> None:
    write_verdicts_parquet(path, meta.campaign, results, store.load_verdicts(meta.campaign))


def _write_audits(path: Path, *, store: SqlVerdictStore, meta: StudyMeta, results: dict[str, Outcome]) -> None:
    rows = store.load_verdicts(meta.campaign, _SITE_STATUS)
    write_audits_csv(path, results, {row.code: row.text for row in rows if row.text})
