"""``commune-audit frame``: look at the frame, and make another from official files."""

import csv
import io
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from services.contracts.authorities import Authority, Kind
from services.contracts.declared_url import normalise_declared_url
from services.contracts.errors import BadInput
from services.runtime.clock import SystemClock
from services.scheduler.frame.assembly import Tally
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.frame_file import load_frame, save_frame
from services.scheduler.frame.importers import IMPORTERS
from services.scheduler.frame.importing import Import, import_files
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.reading import importer_named
from services.scheduler.frame.rejects import write_rejects
from services.scheduler.frame.summary import FrameSummary, Group, summarise
from services.scheduler.frame.territories import Territory, departements, regions

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_SHOWN_REJECTS = 10
_SHOWN_REASONS = 12


class ListFormat(StrEnum):
    """How `frame list` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Base(StrEnum):
    """What `frame import` starts from."""

    NATIONAL = "national"
    EMPTY = "empty"


FrameFile = Annotated[
    Path | None, typer.Option(help="A frame made by `frame import`; the shipped national frame if unset.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(help="INSEE code of a commune or SIREN of an EPCI.")],
    frame_file: FrameFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what the frame knows of one authority."""
    frame = _frame(frame_file)
    authority = frame.get(code)
    declared = normalise_declared_url(authority.declared_url)
    if as_json:
        typer.echo(json.dumps(_json(authority), indent=2, ensure_ascii=False))
        return
    lines = {
        "kind": f"{authority.kind.value}, {authority.nature}",
        "SIREN": authority.siren,
        "population": None if authority.population is None else f"{authority.population:,}".replace(",", " "),
        "département": _named(authority.departement, departements()),
        "région": _named(authority.region, regions()),
        "postal codes": _shortened(authority.postal_codes),
        "EPCI": f"{authority.epci_name or ''} ({authority.epci_siren})" if authority.epci_siren else None,
        "members": _shortened(authority.members),
        "declared site": authority.declared_url and f"{authority.declared_url} (source: {authority.url_source})",
        "read as": " ; ".join([declared.url, *declared.others]) if declared.url else f"no URL: {declared.problem}",
        "mail domain": authority.email_domain,
        "telephone": authority.phone,
        "in the study": "yes" if authority.in_study else "no: overseas collectivity",
    }
    typer.echo(f"{authority.name} ({authority.code})")
    for label, value in lines.items():
        typer.echo(f"  {label:14} {value or '-'}")
    typer.echo(f"Frame of {frame.date}, {frame.licence}. Source: {frame.source}")


@app.command("list")
def list_(
    departement: Annotated[str | None, typer.Option(help="Code or name (`33`, `2A`, `gironde`).")] = None,
    region: Annotated[str | None, typer.Option(help="Code or name (`75`, `bretagne`).")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only communes, or only EPCI.")] = None,
    form: Annotated[
        ListFormat, typer.Option("--format", help="CSV can be given to `run --targets`.")
    ] = ListFormat.TABLE,
    frame_file: FrameFile = None,
) -> None:
    """List the authorities of the frame."""
    chosen = _frame(frame_file).select(departement=departement, region=region, kind=kind)
    if form is ListFormat.JSON:
        typer.echo(json.dumps([_json(authority) for authority in chosen], ensure_ascii=False, indent=1))
    elif form is ListFormat.CSV:
        typer.echo(_csv(chosen), nl=False)
    else:
        table = Table("code", "kind", "name", "population", "dép.", box=box.SIMPLE)
        table.add_column("declared site", overflow="fold")
        for a in chosen:
            people = "" if a.population is None else str(a.population)
            table.add_row(a.code, a.kind.value, a.name, people, a.departement, a.declared_url)
        Console().print(table, markup=False)
        typer.echo(f"{len(chosen)} authorities")


@app.command("summary")
def summary(frame_file: FrameFile = None, as_json: AsJson = False) -> None:
    """Count the authorities, inhabitants and declared sites of the frame by stratum, région, nature and zone."""
    found = summarise(_frame(frame_file))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print_summary(found)


@app.command("import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Official files as published, compressed or not; later ones win.")
    ],
    out: Annotated[Path, typer.Option(help="The frame file to write (`.csv` or `.csv.zst`), for `run --frame-file`.")],
    form: Annotated[
        str | None, typer.Option("--format", help=f"Recognised if unset: {', '.join(i.id for i in IMPORTERS)}.")
    ] = None,
    base: Annotated[Base, typer.Option(help="Complete the shipped frame, or start from nothing.")] = Base.NATIONAL,
) -> None:
    """Make a frame from official files. What cannot be used is set aside in OUT.rejects.csv."""
    if not out.name.endswith((".csv", ".csv.zst")):
        raise BadInput(f"--out {out}: the name must end with .csv or .csv.zst")
    result = import_files(
        files,
        base=load_national_frame() if base is Base.NATIONAL else None,
        forced=importer_named(form) if form else None,
        today=SystemClock().now().date(),
    )
    save_frame(result.frame, out)
    rejects = write_rejects(result.rejects, out.with_name(f"{out.name}.rejects.csv"))
    _print_import(result, out, rejects)


def _frame(file: Path | None) -> Frame:
    return load_frame(file) if file else load_national_frame()


def _json(authority: Authority) -> dict[str, object]:
    declared = normalise_declared_url(authority.declared_url)
    return {
        **authority.model_dump(mode="json"),
        "url": declared.url,
        "url_problem": declared.problem,
        "in_study": authority.in_study,
    }


def _csv(authorities: tuple[Authority, ...]) -> str:
    """Return the authorities in the columns that `run --targets` reads."""
    columns = {"url": "declared_url"}
    names = (
        *("code", "kind", "name", "url", "nature", "siren", "population", "departement", "region", "postal_codes"),
        *("epci_siren", "email_domain", "phone"),
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for authority in authorities:
        values = [getattr(authority, columns.get(name, name)) for name in names]
        writer.writerow("" if v is None else " ".join(v) if isinstance(v, tuple) else v for v in values)
    return text.getvalue()


def _named(code: str | None, table: dict[str, Territory]) -> str | None:
    return f"{code} {table[code].name}" if code in table else code


def _shortened(values: tuple[str, ...]) -> str:
    return " ".join(values[:12]) + (f" … ({len(values)} in all)" if len(values) > 12 else "")


def _print_summary(found: FrameSummary) -> None:
    tables = {
        "Communes by stratum": found.strata,
        "Communes by région": found.regions,
        "Authorities by nature": found.natures,
        "Communes by zone": found.zones,
        "Total": (found.communes, found.epci),
    }
    console = Console()
    for title, groups in tables.items():
        console.print(_table(title, groups), markup=False)
    typer.echo(f"Communes of the study without EPCI: {', '.join(found.without_epci) or 'none'}")
    typer.echo(f"Communes without SIREN: {found.without_siren}")
    typer.echo(f"Without a census: {', '.join(found.without_population) or 'none'}")
    typer.echo(f"Without inhabitants: {', '.join(found.uninhabited) or 'none'}")
    problems = ", ".join(f"{count} {problem}" for problem, count in found.url_problems.items())
    typer.echo(f"Declared sites that are no URL: {problems or 'none'}")
    typer.echo(f"Frame of {found.date}, {found.licence}. Source: {found.source}")


def _table(title: str, groups: tuple[Group, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("count", "population", "declared sites", "share"):
        table.add_column(column, justify="right")
    for g in groups:
        share = f"{g.declared / g.count:.1%}" if g.count else ""
        table.add_row(g.label, f"{g.count:,}", f"{g.population:,}", f"{g.declared:,}", share)
    return table


def _print_import(result: Import, out: Path, rejects: Path) -> None:
    for tally in result.tallies:
        typer.echo(_sentence(tally))
        for reason, count in tally.skipped.most_common(_SHOWN_REASONS):
            typer.echo(f"    skipped {count}: {reason}")
        if rest := sum(count for _, count in tally.skipped.most_common()[_SHOWN_REASONS:]):
            typer.echo(f"    skipped {rest}: other reasons ({len(tally.skipped) - _SHOWN_REASONS})")
    for note in result.notes:
        typer.echo(f"note: {note}")
    if result.added:
        more = " …" if len(result.added) > 8 else ""
        typer.echo(f"new authorities: {len(result.added)} ({', '.join(result.added[:8])}{more})")
    for reject in result.rejects[:_SHOWN_REJECTS]:
        typer.echo(f"set aside: {reject}", err=True)
    if result.rejects:
        typer.echo(f"{len(result.rejects)} rows or values set aside: {rejects}", err=True)
    kinds = ", ".join(f"{len(result.frame.select(kind=kind)):,} {kind.value}" for kind in Kind)
    typer.echo(f"{out}: {kinds}")


def _sentence(tally: Tally) -> str:
    skipped = tally.skipped.total()
    return (
        f"{tally.file} ({tally.format}): {tally.read} records = {tally.kept} kept + {tally.merged} merged"
        f" + {tally.rejected} rejected + {skipped} skipped"
    )
