"""``commune-audit request``: what became of the requests for re-audits."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.cli.display import wide_console
from services.cli.letter_views import printable
from services.cli.options import Out
from services.cli.workspace import Workspace, existing_workspace
from services.contracts.audits import AuditState
from services.contracts.errors import BadInput
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.requests import Followed, Refusal, Request

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN = {AuditState.PLANNED: "waiting", AuditState.RELEASED: "in flight"}


@app.command("show")
def show_request(
    request_id: Annotated[
        str, typer.Argument(metavar="ID", help="The request's id: its AMQP message_id, if it had one.")
    ],
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Show what became of a request: each audit it follows, or why it was refused."""
    workspace = existing_workspace(out)
    requests, console = SqlRequests(workspace.engine), wide_console()
    accepted = requests.accepted(request_id)
    if accepted is not None:
        request, followed = accepted
        views = [_followed_view(workspace, one) for one in followed]
        if as_json:
            _print_json(console, {**_request_view(request, followed), "audits": views})
            return
        _print_accepted(console, request, views)
        return
    refusal = requests.refused(request_id)
    if refusal is None:
        raise BadInput(
            f"no request {printable(request_id[:100])}: the scheduler has not taken it yet, or the id is another; "
            "`commune-audit request list` shows the latest"
        )
    if as_json:
        _print_json(console, _refusal_view(refusal) | {"excerpt": refusal.excerpt})
        return
    console.print(f"Request {refusal.id}, {_time(refusal.received_at)}: refused", highlight=False, markup=False)
    console.print(f"{refusal.rejection.value}: {printable(refusal.detail)}", highlight=False, markup=False)
    console.print(f"{refusal.size} bytes, beginning: {refusal.excerpt}", highlight=False, markup=False)


@app.command("list")
def list_requests(
    limit: Annotated[int, typer.Option(min=0, help="Requests shown of each kind; all are counted.")] = 20,
    out: Out = Path("out"),
    as_json: AsJson = False,
) -> None:
    """List the latest requests, and count the refused ones by reason."""
    requests, console = SqlRequests(existing_workspace(out).engine), wide_console()
    accepted, refused = requests.counts()
    latest = [_request_view(request, followed) for request, followed in requests.latest_accepted(limit)]
    refusals = [_refusal_view(refusal) for refusal in requests.latest_refused(limit)]
    if as_json:
        counts = {reason.value: number for reason, number in refused.items()}
        document = {"accepted": accepted, "refused": counts, "requests": latest, "refusals": refusals}
        _print_json(console, document)
        return
    console.print(f"{accepted} accepted, {sum(refused.values())} refused", highlight=False)
    table = Table("request", "received", "audits", "open", "by", "reason", box=SIMPLE_HEAD, pad_edge=False)
    for view in latest:
        table.add_row(
            view["id"],
            view["received_at"][:16],
            str(view["planned"]),
            str(view["open"]),
            view["requested_by"],
            view["reason"],
        )
    if latest:
        console.print(table, markup=False)
    for reason, number in refused.items():
        console.print(f"refused, {reason.value}: {number}", highlight=False)
    for view in refusals:
        line = f"  {view['id']} {view['received_at'][:16]} {view['rejection']}: {printable(view['detail'])}"
        console.print(line, highlight=False, markup=False)


def _request_view(request: Request, followed: Sequence[Followed]) -> dict[str, Any]:
    open_audits = sum(not one.state.closed for one in followed)
    return {
        "id": request.id,
        "state": "accepted",
        "received_at": request.received_at.isoformat(),
        "requested_by": request.requested_by,
        "reason": request.reason,
        "planned": len(followed),
        "open": open_audits,
        "finished": not open_audits,
    }


def _refusal_view(refusal: Refusal) -> dict[str, Any]:
    return {
        "id": refusal.id,
        "state": "refused",
        "received_at": refusal.received_at.isoformat(),
        "rejection": refusal.rejection.value,
        "detail": refusal.detail,
        "size": refusal.size,
    }


def _followed_view(workspace: Workspace, one: Followed) -> dict[str, Any]:
    measured = one.state is AuditState.MEASURED
    return {
        "audit": str(one.audit),
        "authority": one.audit.code,
        "name": one.name,
        "campaign": one.audit.campaign,
        "target": one.target,
        "state": _SHOWN.get(one.state, one.state.value),
        "reason": one.reason,
        "released_at": one.released_at.isoformat() if one.released_at else None,
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
        "verdicts": SqlVerdictStore(workspace.engine).states(one.audit) if measured else None,
    }


def _print_accepted(console: Console, request: Request, views: list[dict[str, Any]]) -> None:
    who = f", by {request.requested_by}" if request.requested_by else ""
    why = f": {request.reason}" if request.reason else ""
    console.print(f"Request {request.id}, {_time(request.received_at)}{who}{why}", highlight=False, markup=False)
    table = Table("authority", "audit", "state", "released", "closed", "verdicts", box=SIMPLE_HEAD, pad_edge=False)
    for view in views:
        state = f"{view['state']} ({view['reason']})" if view["reason"] else view["state"]
        verdicts = ", ".join(f"{number} {name}" for name, number in (view["verdicts"] or {}).items())
        times = [(view[name] or "")[:16] for name in ("released_at", "closed_at")]
        table.add_row(f"{view['name']} ({view['authority']})", view["audit"], state, *times, verdicts)
    console.print(table, markup=False)
    for view in views:
        if view["verdicts"]:
            command = f"commune-audit show {view['authority']} --campaign {view['campaign']}"
            console.print(command, highlight=False, markup=False)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _print_json(console: Console, document: dict[str, Any]) -> None:
    console.out(json.dumps(document, indent=2, ensure_ascii=False), highlight=False)
