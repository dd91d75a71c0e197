"""``commune-audit show`` and ``explain``: read verdicts with their proof."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.analyzer.rules import current_rule_set
from services.cli.display import wide_console
from services.cli.options import Out
from services.cli.workspace import Workspace, existing_workspace, the_campaign
from services.contracts.artefacts import manifest_key
from services.contracts.audits import AuditId
from services.contracts.errors import BadInput
from services.contracts.verdicts import RuleSet, State, Verdict, VerdictSet
from services.runtime.retention import read_manifest

Code = Annotated[str, typer.Argument(help="INSEE code of a commune or SIREN of an EPCI.")]
CampaignName = Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")]
_MAX_VALUE = 28
_STYLES = {State.YES: "green", State.NO: "red", State.PARTIAL: "yellow", State.UNDETERMINED: "magenta"}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def show(code: Code, campaign: CampaignName = None, out: Out = Path("out"), as_json: AsJson = False) -> None:
    """Show the verdicts of one authority."""
    workspace = existing_workspace(out)
    verdicts = _verdicts(workspace, campaign, code)
    console = wide_console()
    if as_json:
        console.out(verdicts.model_dump_json(indent=2), highlight=False)
        return
    authority = verdicts.authority
    people = f"{authority.population} inhabitants" if authority.population is not None else "population unknown"
    console.print(f"{authority.name} ({authority.code}), {people}", style="bold", highlight=False)
    console.print(f"Declared site: {authority.declared_url or 'none'}", highlight=False, markup=False)
    console.print(f"Captured {verdicts.captured_at:%Y-%m-%d %H:%M} UTC, rules {verdicts.rule_set}", highlight=False)
    _print_visit(console, workspace, verdicts)
    if verdicts.unmeasured:
        console.print(f"Unmeasured: {verdicts.unmeasured.value}", style="yellow")
    console.print(_verdict_table(verdicts), markup=False)


def explain(
    code: Code,
    indicator: Annotated[str, typer.Argument(help="Indicator id, as `show` prints it.")],
    campaign: CampaignName = None,
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Show the proof of one verdict.

    Each piece of evidence says where it was seen, with a snippet and the stored artefact.
    """
    workspace = existing_workspace(out)
    verdicts = _verdicts(workspace, campaign, code)
    verdict = next((v for v in verdicts.verdicts if v.indicator == indicator), None)
    if verdict is None:
        known = ", ".join(v.indicator for v in verdicts.verdicts)
        raise BadInput(f"{indicator}: no such indicator; one of {known}")
    console = wide_console()
    if as_json:
        located = [
            {**e.model_dump(mode="json"), "location": workspace.store.location(e.artefact) if e.artefact else None}
            for e in verdict.evidence
        ]
        console.out(json.dumps({**verdict.model_dump(mode="json"), "evidence": located}, indent=2, ensure_ascii=False))
        return
    _print_verdict(console, workspace, current_rule_set(), verdict)


def _verdicts(workspace: Workspace, campaign: str | None, code: str) -> VerdictSet:
    chosen = the_campaign(workspace, campaign)
    key = SqlVerdictStore(workspace.engine).verdicts_key(chosen.name, code)
    if key is None:
        latest: AuditId | None = workspace.ledger.latest(chosen.name, code)
        if latest is None:
            raise BadInput(f"{code}: not in campaign {chosen.name!r}")
        raise BadInput(f"{code}: no verdict yet in campaign {chosen.name!r}; run the campaign to its end")
    return VerdictSet.model_validate_json(workspace.store.get_document(key))


def _print_visit(console: Console, workspace: Workspace, verdicts: VerdictSet) -> None:
    """Print what the visit cost the site, and where its archive is."""
    key = manifest_key(AuditId.parse(verdicts.audit_id))
    if not workspace.store.exists(key):
        return
    manifest = read_manifest(workspace.store, key)
    if manifest.cost:
        limit = ", the most that one site may" if manifest.cost.limit_reached else ""
        cost = f"{manifest.cost.requests} requests, {decimal(manifest.cost.bytes_received)}"
        console.print(f"The visit cost {cost}{limit}", highlight=False)
    if manifest.wacz:
        console.print(f"Archive: {workspace.store.location(manifest.wacz.key)}", highlight=False, markup=False)


def _verdict_table(verdicts: VerdictSet) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("indicator", "state"):
        table.add_column(name, no_wrap=True, min_width=14)
    table.add_column("value", max_width=_MAX_VALUE)
    table.add_column("conf.", no_wrap=True, justify="right")
    table.add_column("reasons", overflow="fold")
    for verdict in verdicts.verdicts:
        value = "" if verdict.value is None else str(verdict.value)
        table.add_row(
            verdict.indicator,
            Text(verdict.state.value, style=_STYLES.get(verdict.state, "")),
            Text(value),
            f"{verdict.confidence:.2f}",
            Text(" ".join(verdict.reasons)),
        )
    return table


def _print_verdict(console: Console, workspace: Workspace, rules: RuleSet, verdict: Verdict) -> None:
    spec = next((s for s in rules.indicators if s.id == verdict.indicator), None)
    if spec:
        console.print(f"{spec.label} [{verdict.rule}]", style="bold", markup=False, highlight=False)
        console.print(spec.summary, markup=False, highlight=False)
        console.print(f"Source: {spec.source}", markup=False, highlight=False)
    value = "" if verdict.value is None else f", value {verdict.value}"
    console.print(f"State: {verdict.state.value}{value}, confidence {verdict.confidence:.2f}", highlight=False)
    if verdict.reasons:
        console.print(f"Reasons: {' '.join(verdict.reasons)}", markup=False, highlight=False)
    for number, evidence in enumerate(verdict.evidence, start=1):
        place = " ".join(part for part in (evidence.viewport, evidence.url, evidence.where) if part)
        console.print(f"\n{number}. {evidence.kind.value} {place}", markup=False, highlight=False)
        if evidence.snippet:
            console.print(f"   «{evidence.snippet}»", markup=False, highlight=False)
        if evidence.artefact:
            location = workspace.store.location(evidence.artefact)
            console.print(f"   {location}\n   sha256 {evidence.sha256}", markup=False, highlight=False)
