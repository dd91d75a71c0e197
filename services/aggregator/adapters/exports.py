"""The published statistics: JSON, CSV and Parquet with the same rows in the same order."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from services.aggregator.domain.flat import FlatStatistic
from services.aggregator.domain.spreadsheet import safe_cell
from services.aggregator.domain.study_meta import StudyMeta

_COUNTS = ("undetermined_reasons", "values")
"""Columns that hold counts by name: objects in JSON, JSON text in CSV and Parquet."""


def write_statistics_json(path: Path, meta: StudyMeta, rows: Sequence[FlatStatistic]) -> None:
    """Write the header of the study and its statistics, one line a row. Times are in the header only."""
    header = json.dumps(meta.model_dump(mode="json"), ensure_ascii=False, indent=1)
    lines = ",\n".join(json.dumps(row.model_dump(mode="json"), ensure_ascii=False) for row in rows)
    path.write_text(f'{{"meta": {header},\n"rows": [\n{lines}\n]}}\n', encoding="utf-8")


def write_statistics_csv(path: Path, meta: StudyMeta, rows: Iterable[FlatStatistic]) -> None:
    """Write one line a statistic; each says its campaign and rule set, for it may travel alone."""
    columns = ["campaign", "rule_set", *FlatStatistic.model_fields]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([meta.campaign, meta.rule_set, *map(_cell, _flat(row).values())] for row in rows)


def write_statistics_parquet(path: Path, meta: StudyMeta, rows: Iterable[FlatStatistic]) -> None:
    """Write one row a statistic, typed."""
    schema: dict[str, type[pl.DataType]] = {"campaign": pl.String, "rule_set": pl.String, **_schema()}
    records = [{"campaign": meta.campaign, "rule_set": meta.rule_set, **_flat(row)} for row in rows]
    pl.DataFrame(records, schema=schema).write_parquet(path)


def _schema() -> dict[str, type[pl.DataType]]:
    columns: dict[str, type[pl.DataType]] = {}
    for name, field in FlatStatistic.model_fields.items():
        kinds = {int: pl.Int64, int | None: pl.Int64, float | None: pl.Float64}
        columns[name] = next((column for kind, column in kinds.items() if kind == field.annotation), pl.String)
    return columns


def _flat(row: FlatStatistic) -> dict[str, object]:
    values = row.model_dump()
    return {name: json.dumps(v, ensure_ascii=False) if name in _COUNTS else v for name, v in values.items()}


def _cell(value: object) -> object:
    return safe_cell(value) if isinstance(value, str) else value
