"""``commune-audit accuracy``: verdicts against what people saw, and which authorities to look at."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from services.aggregator.accuracy_study import publish_accuracy
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.accuracy import Accuracy, Share
from services.aggregator.domain.hand_labels import COLUMNS, HandLabel, read_hand_labels
from services.aggregator.domain.label_sample import Drawn, draw_label_sample
from services.aggregator.domain.spreadsheet import safe_cell
from services.analyzer.rules import current_rule_set
from services.cli.display import wide_console
from services.cli.options import Out
from services.cli.workspace import existing_workspace, the_campaign
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput

app = typer.Typer(rich_markup_mode=None)

CampaignName = Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")]
_HEADLINES = ("has_functional_site", "mobile_full", "hosting_risk", "teleservice_available")


@app.callback(invoke_without_command=True)
def accuracy(
    context: typer.Context,
    labels: Annotated[Path | None, typer.Option(help="CSV of hand labels (docs/accuracy.md).")] = None,
    campaign: CampaignName = None,
    out: Out = Path("out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the verdicts of a campaign with hand labels: precision, recall, confusion.

    Writes accuracy.json and accuracy.html beside the report.
    """
    if context.invoked_subcommand is not None:
        return
    if labels is None:
        raise BadInput("--labels FILE.csv is needed; `commune-audit accuracy sample` writes one to fill in")
    rules = current_rule_set()
    read = _read(labels, [spec.id for spec in rules.indicators])
    workspace = existing_workspace(out)
    chosen = the_campaign(workspace, campaign)
    store = SqlVerdictStore(workspace.engine)
    found = publish_accuracy(store, chosen.name, read, rule_set=rules, out_dir=out)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=1))
        return
    console = wide_console()
    console.print(_table(found))
    console.print(f"Confusion by state: {out / 'accuracy.html'}", highlight=False)


@app.command()
def sample(
    size: Annotated[int, typer.Option(min=1, help="Authorities to label.")] = 300,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Indicators whose verdicts stratify the draw; may be given again. Default: the headlines."),
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option(help="Indicators to label; may be given again. Default: those of --by.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 2018,
    file: Annotated[Path, typer.Option(help="Where to write the CSV to fill in.")] = Path("labels.csv"),
    campaign: CampaignName = None,
    out: Out = Path("out"),
) -> None:
    """Draw authorities to label by hand, stratified by what the rules say of them.

    The file does not tell what the rules said: whoever labels must not know.
    """
    rules = {spec.id: spec.summary for spec in current_rule_set().indicators}
    strata, asked = tuple(by or _HEADLINES), tuple(indicator or by or _HEADLINES)
    for name in (*strata, *asked):
        if name not in rules:
            raise BadInput(f"{name}: no such indicator; `commune-audit indicators list` has them all")
    if file.exists():
        raise BadInput(f"--file {file}: exists already; labels are never overwritten, name another file")
    workspace = existing_workspace(out)
    chosen = the_campaign(workspace, campaign)
    store = SqlVerdictStore(workspace.engine)
    verdicts = (row for name in dict.fromkeys(strata) for row in store.load_verdicts(chosen.name, name))
    drawn = draw_label_sample(verdicts, indicators=strata, size=size, seed=seed)
    authorities = {row.authority.code: row.authority for row in store.audits(chosen.name)}
    _write_sheet(file, drawn, authorities, {name: rules[name] for name in asked})
    typer.echo(f"{len(drawn)} authorities to label on {len(asked)} indicators: {file}")


def _read(path: Path, indicators: Sequence[str]) -> tuple[HandLabel, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--labels {path}: cannot be read as UTF-8 text: {error}") from error
    return read_hand_labels(lines, name=str(path), indicators=indicators)


def _write_sheet(
    path: Path, drawn: Sequence[Drawn], authorities: dict[str, Authority], questions: dict[str, str]
) -> None:
    try:
        with path.open("x", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*COLUMNS, "name", "site", "question"))
            for one in drawn:
                authority = authorities[one.code]
                known = (safe_cell(authority.name), safe_cell(authority.declared_url or ""))
                for name, question in questions.items():
                    writer.writerow((one.code, name, "", "", f"{one.weight:.6g}", "", "", *known, question))
    except OSError as error:
        raise BadInput(f"--file {path}: cannot be written: {error}") from error


def _table(found: Sequence[Accuracy]) -> Table:
    table = Table(
        "indicator", "labels", "precision", "recall", "broad precision", "broad recall", "undetermined", "kappa",
        box=box.SIMPLE_HEAD,
    )  # fmt: skip
    for one in found:
        shares = (one.precision, one.recall, one.broad_precision, one.broad_recall)
        table.add_row(
            one.indicator,
            str(one.labels),
            *(_share(share) for share in shares),
            "-" if one.undetermined.share is None else f"{one.undetermined.share:.1%}",
            "-" if one.kappa is None else f"{one.kappa:.2f}",
        )
    return table


def _share(share: Share) -> str:
    if share.share is None or share.low is None or share.high is None:
        return "-"
    return f"{share.share:.1%} [{share.low:.1%}, {share.high:.1%}]"
