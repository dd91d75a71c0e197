"""The published verdicts and audits, authority by authority."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

import polars as pl

from services.aggregator.domain.outcomes import Outcome, VerdictSetRow
from services.aggregator.domain.spreadsheet import safe_cell
from services.aggregator.domain.verdict_rows import VerdictRow

_BATCH = 50_000
"""Verdicts held as Python objects at a time: a national audit has more than a million."""

_VERDICT_SCHEMA: dict[str, pl.DataType] = {
    "campaign": pl.String(),
    "code": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "departement": pl.String(),
    "region": pl.String(),
    "population": pl.Int64(),
    "indicator": pl.String(),
    "state": pl.String(),
    "value_number": pl.Float64(),
    "value_text": pl.String(),
    "confidence": pl.Float64(),
    "reasons": pl.String(),
    "rule": pl.String(),
    "captured_at": pl.Datetime("us", "UTC"),
    "rule_set": pl.String(),
}
AUDIT_COLUMNS = (
    "code",
    "name",
    "kind",
    "nature",
    "departement",
    "region",
    "population",
    "declared_url",
    "site_status",
    "state",
    "reason",
    "sequence",
    "captured_at",
    "rule_set",
    "manifest_key",
    "verdicts_key",
)


def write_verdicts_parquet(
    path: Path, campaign: str, outcomes: Mapping[str, Outcome], verdicts: Iterable[VerdictRow]
) -> None:
    """Write one row a verdict that counts, in the order they come; ``reasons`` are separated by spaces."""
    rows = _verdict_records(campaign, outcomes, verdicts)
    frames = [pl.DataFrame(schema=_VERDICT_SCHEMA)]
    while batch := list(islice(rows, _BATCH)):
        frames.append(pl.DataFrame(batch, schema=_VERDICT_SCHEMA, orient="row"))
    pl.concat(frames).write_parquet(path)


def write_audits_csv(path: Path, outcomes: Mapping[str, Outcome], statuses: Mapping[str, str]) -> None:
    """Write one line an authority. ``statuses`` gives the site status by code, where it is known."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(AUDIT_COLUMNS)
        for code, outcome in outcomes.items():
            cells = _audit_cells(outcome, statuses.get(code))
            writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])


def _verdict_records(
    campaign: str, outcomes: Mapping[str, Outcome], verdicts: Iterable[VerdictRow]
) -> Iterator[tuple[object, ...]]:
    for verdict in verdicts:
        outcome = outcomes.get(verdict.code)
        if outcome is None or outcome.verdict_set is None:
            continue
        authority = outcome.authority
        yield (
            campaign,
            authority.code,
            authority.name,
            authority.kind.value,
            authority.departement,
            authority.region,
            authority.population,
            verdict.indicator,
            verdict.state.value,
            verdict.number,
            verdict.text,
            verdict.confidence,
            " ".join(verdict.reasons),
            verdict.rule,
            outcome.verdict_set.captured_at,
            outcome.verdict_set.rule_set,
        )


def _audit_cells(outcome: Outcome, status: str | None) -> tuple[object, ...]:
    authority = outcome.authority
    return (
        authority.code,
        authority.name,
        authority.kind.value,
        authority.nature,
        authority.departement,
        authority.region,
        authority.population,
        authority.declared_url,
        status,
        outcome.state.value,
        outcome.reason,
        *_set_cells(outcome.verdict_set),
    )


def _set_cells(verdict_set: VerdictSetRow | None) -> tuple[object, ...]:
    if verdict_set is None:
        return (None,) * 5
    return (
        verdict_set.sequence,
        _text(verdict_set.captured_at),
        verdict_set.rule_set,
        verdict_set.manifest_key,
        verdict_set.verdicts_key,
    )


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
