"""``commune-audit dead-letters``: what no service could handle, and what to do with it."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from services.cli.letter_ledger import Standings, read_standings
from services.cli.letter_views import View, everything, full_lines, summary, summary_lines
from services.contracts.errors import BadInput
from services.runtime.broker_settings import BrokerSettings
from services.runtime.dead_letters import ORIGINS, DeadLetters, Wanted, dead_letter_queue, open_dead_letters
from services.runtime.letter import Fingerprint, Letter
from services.runtime.logging import configure_logging
from services.runtime.settings import RuntimeSettings, read_settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Queue = Annotated[str | None, typer.Option(help="Only this queue, by its own name or that of its work queue.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Letters, as `list` names them.")]
Every = Annotated[bool, typer.Option("--all", help="Every letter; with --queue, of that queue.")]
_SHOWN_BEFORE_DISCARD = 20


@app.command("list")
def list_letters(
    queue: Queue = None,
    limit: Annotated[int, typer.Option(min=0, help="Letters shown of each queue; all are counted.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the dead letters of every queue, with what the ledger says of their audits."""
    with _letters() as letters:
        counts = {name: letters.count(name) for name in _queues(queue)}
        found = [(letter.audit, summary(letter, None)) for name in counts for letter in letters.look(name, limit)]
    standings = read_standings({audit for audit, _ in found if audit})
    views = [view | {"ledger": standings.of(audit)} for audit, view in found]
    if as_json:
        document = [
            {"queue": name, "count": count, "letters": [view for view in views if view["queue"] == name]}
            for name, count in counts.items()
        ]
        typer.echo(json.dumps({"ledger": standings.trouble or "asked", "queues": document}, indent=2))
        return
    for name, count in counts.items():
        shown = [view for view in views if view["queue"] == name]
        typer.echo(f"{name}: {count} letter{'s' * (count != 1)}")
        for view in shown:
            _echo(summary_lines(view))
        if count > len(shown):
            typer.echo(f"  … and {count - len(shown)} more: --limit {count}")
    _say_trouble(standings)


@app.command("show")
def show_letter(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The letter, as `list` names it.")],
    queue: Queue = None,
    as_json: AsJson = False,
) -> None:
    """Show everything about one dead letter; of its body the beginning, made harmless for a terminal."""
    with _letters() as letters:
        found = [
            (letter.audit, everything(letter, None))
            for name in _queues(queue)
            for letter in letters.look(name)
            if letter.id == letter_id
        ]
    _check_all_found([letter_id], {str(view["id"]) for _, view in found})
    standings = read_standings({audit for audit, _ in found if audit})
    views: list[View] = [view | {"ledger": standings.of(audit)} for audit, view in found]
    if as_json:
        typer.echo(json.dumps(views, indent=2))
        return
    for view in views:
        _echo(full_lines(view))
    _say_trouble(standings)


@app.command("retry")
def retry_letters(ids: Ids = None, every: Every = False, queue: Queue = None) -> None:
    """Send letters back to the queue they came from, with their priority and as if never tried.

    Each is published and confirmed before it leaves the dead letters: an interruption can double it, never
    lose it, and a message that is handled twice changes nothing.
    """
    wanted = _wanted(ids, every)
    with _letters() as letters:
        done = _act(letters.retry, _queues(queue), wanted)
    typer.echo(f"{len(done)} sent back")
    _check_all_found(ids, done)


@app.command("discard")
def discard_letters(
    ids: Ids = None,
    every: Every = False,
    queue: Queue = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete letters for good, once confirmed; the log on standard error keeps what they were.

    Only what was shown before the question is deleted, not what arrives meanwhile.
    """
    wanted, names = _wanted(ids, every), _queues(queue)
    if not yes:
        # The connection does not stay open behind the question: nobody answers its heartbeats there.
        with _letters() as letters:
            seen = _seen(letter for name in names for letter in letters.look(name) if wanted(letter))
        _confirm(seen)
        wanted = _among(seen)
    with _letters() as letters:
        done = _act(letters.discard, names, wanted)
    typer.echo(f"{len(done)} discarded")
    _check_all_found(ids, done)


@contextmanager
def _letters() -> Iterator[DeadLetters]:
    configure_logging(read_settings(RuntimeSettings))
    # Its failures are told once, by our own error.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    with open_dead_letters(read_settings(BrokerSettings)) as letters:
        yield letters


def _queues(chosen: str | None) -> tuple[str, ...]:
    return tuple(ORIGINS) if chosen is None else (dead_letter_queue(chosen),)


def _wanted(ids: list[str] | None, every: bool) -> Wanted:
    if bool(ids) == every:
        raise BadInput("give the letters' ids, or --all: `commune-audit dead-letters list` shows them")
    chosen = frozenset(ids or ())
    return lambda letter: every or letter.id in chosen


def _among(seen: dict[Fingerprint, Letter]) -> Wanted:
    return lambda letter: letter.fingerprint in seen


def _seen(letters: Iterable[Letter]) -> dict[Fingerprint, Letter]:
    return {letter.fingerprint: replace(letter, body=b"") for letter in letters}


def _act(action: Callable[[str, Wanted], Iterator[Letter]], names: Iterable[str], wanted: Wanted) -> list[str]:
    """Carry out an action on each queue, with its progress on a terminal; return the ids it was done to."""
    console = Console(stderr=True)
    done = (letter.id for name in names for letter in action(name, wanted))
    return list(track(done, "letters", console=console, disable=not console.is_terminal, transient=True))


def _confirm(seen: dict[Fingerprint, Letter]) -> None:
    if not seen:
        return
    for letter in islice(seen.values(), _SHOWN_BEFORE_DISCARD):
        _echo((letter.queue, *summary_lines(summary(letter, None))))
    if len(seen) > _SHOWN_BEFORE_DISCARD:
        typer.echo(f"… and {len(seen) - _SHOWN_BEFORE_DISCARD} more")
    typer.confirm(f"Delete {len(seen)} for good?", abort=True)


def _check_all_found(ids: Iterable[str] | None, found: Iterable[str]) -> None:
    missing = sorted(set(ids or ()) - set(found))
    if missing:
        raise BadInput(
            f"no dead letter {', '.join(missing)[:500]}: `commune-audit dead-letters list` shows what there is, "
            "but for letters that another command is looking at right now"
        )


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _say_trouble(standings: Standings) -> None:
    if standings.trouble is not None:
        typer.echo(f"The ledger was not asked: {standings.trouble}")
