"""``commune-audit reanalyse`` and ``diff``: judge captures again, and see which verdicts changed and why."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.progress import track
from rich.table import Table

from services.aggregator.adapters.editions import Compared, Edition, Editions
from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.aggregator.domain.changes import Cause, Change
from services.aggregator.domain.spreadsheet import safe_cell
from services.aggregator.handlers import RecordVerdicts
from services.aggregator.study import publish_study
from services.analyzer.handlers import AnalyzeSite
from services.analyzer.rules import current_rule_set
from services.cli.display import wide_console
from services.cli.options import Out
from services.cli.reanalysis import send_captures
from services.cli.workspace import PAGES_UP_TO, Workspace, configure, existing_workspace, the_campaign
from services.contracts.artefacts import manifest_key
from services.contracts.errors import BadInput
from services.contracts.messages import SiteCaptured
from services.fetcher.settings import FetcherSettings
from services.runtime.settings import read_settings

CampaignName = Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")]
_COLUMNS = ("code", "name", "indicator", "before", "after", "cause")


def reanalyse(campaign: CampaignName = None, out: Out = Path("out")) -> None:
    """Judge stored captures again under the present rules, without fetching.

    Where AUDIT_AMQP_URL names a broker, the analyzers there do it, and the command ends once they are told. The
    verdicts under other rules stay beside the new ones: `commune-audit diff` compares them.
    """
    workspace = existing_workspace(out)
    configure(out, verbose=False)
    chosen = the_campaign(workspace, campaign)
    captures = _captures(workspace, chosen.name)
    console = wide_console()
    if send_captures(captures):
        console.print(f"{len(captures)} captures sent to the analyzers; `commune-audit top` shows their queue")
        return
    analyze = AnalyzeSite(workspace.store, workspace.clock)
    record = RecordVerdicts(workspace.store, SqlVerdictStore(workspace.engine))
    for capture in track(captures, description="Judging again", console=console, disable=not console.is_terminal):
        judged = record(analyze(capture))
        workspace.ledger.rejudge(judged.audit, judged.unmeasured, workspace.clock.now(), works=judged.works)
    published = publish_study(
        workspace.engine,
        workspace.store,
        chosen.name,
        out,
        generated_at=workspace.clock.now(),
        synthetic=json.loads(chosen.parameters).get("synthetic") is not None,
        rule_set=current_rule_set(),
        contact=read_settings(FetcherSettings).contact_url if len(captures) <= PAGES_UP_TO else None,
    )
    console.print(f"{len(captures)} captures judged under {current_rule_set().version}. Report: {published.report}")


def diff(
    before: Annotated[str, typer.Argument(help="CAMPAIGN, or CAMPAIGN@RULESET for its verdicts under those rules.")],
    after: Annotated[str, typer.Argument(help="The same for the later edition.")],
    indicator: Annotated[list[str] | None, typer.Option(help="Only this indicator; may be given again.")] = None,
    file: Annotated[Path | None, typer.Option(help="CSV to write every change to.")] = None,
    out: Out = Path("out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print every change as JSON.")] = False,
) -> None:
    """Compare two editions of verdicts: what changed, and whether site, rule, frame or measurement is the cause."""
    workspace = existing_workspace(out)
    editions = Editions(workspace.store, SqlVerdictStore(workspace.engine))
    counts, found = editions.compare(_edition(before), _edition(after))
    changes = [change for change in found if not indicator or change.indicator in indicator]
    if file is not None:
        _write(file, changes)
    if as_json:
        rows = [dict(zip(_COLUMNS, _cells(change), strict=True)) for change in changes]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    console = wide_console()
    console.print(_table(changes))
    console.print(_summary(counts, changes), highlight=False)


def _captures(workspace: Workspace, campaign: str) -> list[SiteCaptured]:
    """Return what was captured of each audit that has ended."""
    audits = ((audit, manifest_key(audit)) for audit in workspace.ledger.closed(campaign))
    return [SiteCaptured(audit=audit, manifest_key=key) for audit, key in audits if workspace.store.exists(key)]


def _edition(text: str) -> Edition:
    campaign, _, rule_set = text.partition("@")
    return Edition(campaign=campaign, rule_set=rule_set or None)


def _cells(change: Change) -> tuple[str, ...]:
    before, after = (str(said) if said else "" for said in (change.before, change.after))
    return change.code, change.name, change.indicator, before, after, change.cause.value


def _write(path: Path, changes: Sequence[Change]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows([safe_cell(cell) for cell in _cells(change)] for change in changes)
    except OSError as error:
        raise BadInput(f"--file {path}: cannot be written: {error}") from error


def _table(changes: Sequence[Change]) -> Table:
    flows: Counter[tuple[str, str, str]] = Counter()
    causes: Counter[tuple[str, str, str, Cause]] = Counter()
    for change in changes:
        flow = (change.indicator, str(change.before or "-"), str(change.after or "-"))
        flows[flow] += 1
        causes[*flow, change.cause] += 1
    table = Table("indicator", "before", "after", "authorities", *(cause.value for cause in Cause), box=box.SIMPLE_HEAD)
    for flow, count in sorted(flows.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(*flow, str(count), *(str(causes[*flow, cause] or "") for cause in Cause))
    return table


def _summary(counts: Compared, changes: Sequence[Change]) -> str:
    by_cause = Counter(change.cause for change in changes)
    told = ", ".join(f"{cause.value} {by_cause[cause]}" for cause in Cause if by_cause[cause])
    alone = counts.only_before + counts.only_after
    only = f"; {counts.only_before} only in the first, {counts.only_after} only in the second" if alone else ""
    return f"{len(changes)} changes among {counts.shared} authorities{only}" + (f": {told}" if told else "")
