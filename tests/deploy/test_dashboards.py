"""The dashboards: what is committed is what the code says, and every panel can be read and acted on."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.source.build import BOARDS, FOLDER, documents
from deploy.grafana.source.panels import SCREEN, WIDTH, Board, Link, Panel, Row
from deploy.grafana.source.render import GAZETTEER, render
from services.aggregator.metrics import DEPARTEMENT_SHARE
from tests.deploy.queries import dashboards, panel_promql, panel_sql, panels, rules, selectors
from tests.deploy.test_alerts import DECLARED
from tests.docs.pages import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
OTHERS = re.compile(r"(rabbitmq|pg|node|process)_[a-z_]+|up|ALERTS")
PANELS = dict(panels())


def test_what_is_committed_is_what_the_code_says() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert committed == documents(), "run python -m deploy.grafana.source.build"


def test_every_question_of_an_operator_has_its_dashboard() -> None:
    titles = {board["title"] for board in dashboards().values()}
    assert titles == {
        *("Overview", "Services", "Browser and egress", "Broker", "Storage", "Results", "One re-audit"),
    }
    assert len({board["uid"] for board in dashboards().values()}) == len(titles)


@pytest.mark.parametrize("where", PANELS)
def test_a_panel_has_a_unit_thresholds_a_description_and_a_link(where: str) -> None:
    panel = PANELS[where]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"]
    assert len(panel["description"]) > 20
    assert [link["url"] for link in panel["links"]]
    assert all(target["refId"] for target in panel["targets"])


@pytest.mark.parametrize("link", Link)
def test_a_link_leads_to_a_dashboard_or_a_page_that_exists(link: Link) -> None:
    if link.startswith("/d/"):
        assert link.removeprefix("/d/") in {board.uid for board in BOARDS}
    else:
        assert (ROOT / link.replace("${docs}", "docs")).exists()


@pytest.mark.parametrize("name", dashboards())
def test_a_dashboard_fills_a_screen_and_no_more(name: str) -> None:
    places = [panel["gridPos"] for panel in dashboards()[name]["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == WIDTH - 1
    assert max(y for _, y in cells) < SCREEN
    ids = [panel["id"] for panel in dashboards()[name]["panels"]]
    assert len(ids) == len(set(ids))


def test_rows_that_do_not_fit_are_refused() -> None:
    def board(*heights: int, width: int = WIDTH) -> Board:
        panel = Panel(title="T", unit="short", width=width, link=Link.GUIDE, queries={"a": "up"}, about="About it.")
        return Board(uid="x", title="X", question="?", rows=tuple(Row(height, (panel,)) for height in heights))

    render(board(SCREEN))
    with pytest.raises(ValueError, match="a screen shows"):
        render(board(SCREEN, 1))
    with pytest.raises(ValueError, match="not 24 wide"):
        render(board(4, width=WIDTH - 1))


def test_a_panel_without_words_of_its_own_says_what_its_metric_is_declared_to_mean() -> None:
    def panel(query: str) -> Panel:
        return Panel(title="T", unit="short", width=1, link=Link.GUIDE, queries={"a": query})

    assert panel("audit_ready").description.startswith("What /readyz says")
    assert panel("rate(audit_site_duration_seconds_bucket[5m])").description.startswith("Time that a whole visit")
    with pytest.raises(ValueError, match="say what it is about"):
        _ = panel("up").description


@pytest.mark.parametrize("query", [*panel_promql("5m"), *rules()], ids=lambda query: query.where)
def test_every_series_in_a_query_is_one_that_somebody_serves(query: Any) -> None:
    recorded = {rule.where.rpartition(": ")[2] for rule in rules()}
    found = [selector.partition("{")[0] for selector in selectors(query.text)]
    assert found
    for name in found:
        plain = re.sub(r"_(bucket|sum|count)$", "", name)
        assert {name, plain} & DECLARED or name in recorded or OTHERS.fullmatch(name), name


def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    read = [{"record": f"panel:{number}", "expr": query.text} for number, query in enumerate(panel_promql("5m"))]
    rules_file = tmp_path / "panels.yml"
    rules_file.write_text(json.dumps({"groups": [{"name": "panels", "rules": read}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", rules_file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_an_operator_types_reaches_the_database_as_a_text_only() -> None:
    for query in panel_sql(request="it's", logs="x"):
        assert "it's" not in query.text.replace("it''s", "")


def test_the_map_knows_every_departement_that_is_measured_and_no_other() -> None:
    places = json.loads((GRAFANA / "gazetteer" / Path(GAZETTEER).name).read_text(encoding="utf-8"))
    assert sorted(place["key"] for place in places) == sorted(DEPARTEMENT_SHARE.declaration.labels["departement"])
    assert all(-22 < place["latitude"] < 52 and -62 < place["longitude"] < 56 for place in places)


def test_grafana_is_told_where_the_figures_and_the_dashboards_are() -> None:
    folder = GRAFANA / "provisioning"
    sources = yaml.safe_load((folder / "datasources" / "commune-audit.yml").read_text(encoding="utf-8"))
    kinds = {source["type"] for source in sources["datasources"]}
    asked = {
        variable["query"]
        for board in dashboards().values()
        for variable in board["templating"]["list"]
        if variable["type"] == "datasource"
    }
    assert kinds == asked
    (provider,) = yaml.safe_load((folder / "dashboards" / "commune-audit.yml").read_text(encoding="utf-8"))["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
