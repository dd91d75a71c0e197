"""Every query of the dashboards and every expression of the rules, as Prometheus and PostgreSQL are asked."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.docs.pages import ROOT

DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
RULES = ROOT / "deploy" / "prometheus" / "rules"
_SELECTOR = re.compile(
    r"(?:audit(?::[a-z_0-9:]+)|(?:audit|rabbitmq|pg|node|process|up|ALERTS)(?:_[a-z0-9_]+)?\b)(?:\{[^{}]*\})?"
)
_STRINGS_AND_LABELS = re.compile(r"\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Query:
    """One query, with the place that asks it."""

    where: str
    text: str


def dashboards() -> dict[str, dict[str, Any]]:
    """Return the committed dashboards by file name."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def panels() -> list[tuple[str, dict[str, Any]]]:
    """Return every panel with a name that says where it is."""
    return [(f"{name}: {panel['title']}", panel) for name, board in dashboards().items() for panel in board["panels"]]


def panel_promql(window: str, **variables: str) -> list[Query]:
    """Return the PromQL of every panel; ``window`` is what Grafana puts for a rate, any value for a choice."""
    values = {"__rate_interval": window, "step": ".+", "headline": ".+"} | variables
    return [Query(where, _filled(query["expr"], values)) for where, query in _targets() if "expr" in query]


def panel_sql(**variables: str) -> list[Query]:
    """Return the SQL of every panel, with texts in place of its variables."""
    found = []
    for where, query in _targets():
        if "rawSql" not in query:
            continue
        sql = query["rawSql"]
        for name, value in variables.items():
            sql = sql.replace(f"${{{name}:sqlstring}}", "'" + value.replace("'", "''") + "'")
        assert "$" not in sql, sql
        found.append(Query(where, sql))
    return found


def rules() -> list[Query]:
    """Return the expression of every recording and alerting rule."""
    return [
        Query(f"{path.name}: {rule.get('alert') or rule['record']}", rule["expr"])
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def selectors(expression: str) -> list[str]:
    """Return the series that an expression reads, each as a selector of its own."""
    return sorted(set(_SELECTOR.findall(_STRINGS_AND_LABELS.sub(" ", expression))))


def _targets() -> Iterator[tuple[str, dict[str, Any]]]:
    for where, panel in panels():
        for query in panel["targets"]:
            yield where, query


def _filled(expression: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        expression = expression.replace(f"${name}", value)
    assert "$" not in expression, expression
    return expression
