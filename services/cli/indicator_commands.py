"""``commune-audit indicators``: what is judged, on whom, and after which rule."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from services.analyzer.rules import current_rule_set
from services.contracts.errors import BadInput
from services.contracts.verdicts import Denominator, IndicatorSpec

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_OF = {
    Denominator.ALL: "toutes les collectivités",
    Denominator.DECLARED: "celles qui déclarent un site",
    Denominator.SITE: "celles qui ont un site fonctionnel",
}


class ListFormat(StrEnum):
    """How `indicators list` prints."""

    TABLE = "table"
    JSON = "json"


@app.command("list")
def list_indicators(
    as_format: Annotated[ListFormat, typer.Option("--format", help="A table to read, or JSON.")] = ListFormat.TABLE,
    family: Annotated[int | None, typer.Option(help="Only those of one of the nine families of 2018.")] = None,
) -> None:
    """List the indicators of the present rule set, in the order of the study."""
    rules = current_rule_set()
    chosen = [spec for spec in rules.indicators if family is None or spec.family == family]
    if not chosen:
        known = sorted({spec.family for spec in rules.indicators if spec.family is not None})
        raise BadInput(f"--family {family}: no indicator there; families are {', '.join(map(str, known))}")
    if as_format is ListFormat.JSON:
        typer.echo(json.dumps([spec.model_dump(mode="json") for spec in chosen], ensure_ascii=False, indent=1))
        return
    table = Table("family", "id", "label", "of", box=box.SIMPLE_HEAD)
    for spec in chosen:
        table.add_row(str(spec.family or "-"), spec.id, spec.label, _OF[spec.denominator])
    console = Console()
    console.print(table)
    console.print(f"{len(chosen)} indicators, rule set {rules.version}")


@app.command("show")
def show_indicator(
    name: Annotated[str, typer.Argument(metavar="ID", help="An id that `indicators list` prints.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one indicator: what it says, of whom, its states, its source."""
    spec = next((spec for spec in current_rule_set().indicators if spec.id == name), None)
    if spec is None:
        raise BadInput(f"{name}: no such indicator; `commune-audit indicators list` has them all")
    if as_json:
        typer.echo(json.dumps(spec.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    for field, value in _described(spec):
        typer.echo(f"{field:<12} {value}")


def _described(spec: IndicatorSpec) -> list[tuple[str, str]]:
    rows = [
        ("id", spec.id),
        ("label", spec.label),
        ("family", str(spec.family or "beyond the study")),
        ("of", _OF[spec.denominator]),
        ("says", spec.summary),
        ("states", ", ".join(state.value for state in spec.states)),
    ]
    if spec.values:
        rows.append(("values", ", ".join(spec.values)))
    if spec.unit:
        rows.append(("unit", spec.unit))
    return [*rows, ("source", spec.source), ("version", str(spec.version))]
