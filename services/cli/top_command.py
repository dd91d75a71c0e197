"""``commune-audit top``: the state of all processes on one screen, live."""

import http.client
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

import typer
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.cli.campaign_views import duration, local_time
from services.cli.top_view import Reading, Top, top
from services.contracts.errors import BadInput
from services.runtime.clock import SystemClock

_TIMEOUT = 5.0
_MAX_BYTES = 20_000_000
_AT_A_TIME = 16


def show_top(
    url: Annotated[
        list[str], typer.Option(help="A process's metrics, `http://HOST:PORT/metrics`; several times, RabbitMQ's too.")
    ],
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one screen and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document after two looks, and end.")] = False,
) -> None:
    """Show queues, slots, rates, failures and host groups, from the numbers that Prometheus scrapes, until Ctrl-C."""
    for one in url:
        if urlsplit(one).scheme not in ("http", "https") or not urlsplit(one).hostname:
            raise BadInput(f"--url {one}: write http://HOST:PORT/metrics")
    clock, before = SystemClock(), read(url)
    if once or as_json:
        time.sleep(every)
        found = top(read(url), before, clock.now())
        if as_json:
            typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
        else:
            Console().print(screen(found))
        return
    first = screen(top(before, None, clock.now()))
    # Ctrl-C is how one leaves.
    with suppress(KeyboardInterrupt), Live(first, auto_refresh=False, screen=True) as live:
        while True:
            time.sleep(every)
            now = read(url)
            live.update(screen(top(now, before, clock.now())), refresh=True)
            before = now


def read(urls: Iterable[str]) -> Reading:
    """Read all endpoints at once; one that does not answer is named in the reading, and hides no other."""
    samples: dict[str, dict[tuple[frozenset[tuple[str, str]], str], float]] = defaultdict(dict)
    problems: dict[str, str] = {}
    endpoints = list(dict.fromkeys(urls))
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        answers = list(pool.map(_samples, endpoints))
    for url, (found, problem) in zip(endpoints, answers, strict=True):
        if problem:
            problems[url] = problem
        for sample in found:
            samples[sample.name][frozenset(sample.labels.items()), url] = sample.value
    return Reading(at=time.monotonic(), samples=samples, problems=problems)


def _samples(url: str) -> tuple[list[Sample], str]:
    """Return what an endpoint serves, or why it cannot be read."""
    try:
        return [sample for family in text_string_to_metric_families(_get(url)) for sample in family.samples], ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        return [], " ".join(str(error).split())[:200] or type(error).__name__


def _get(url: str) -> str:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", (parts.path or "/metrics") + (f"?{parts.query}" if parts.query else ""))
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"HTTP {answer.status}")
        return answer.read(_MAX_BYTES).decode("utf-8", errors="replace")
    finally:
        connection.close()


def screen(found: Top) -> RenderableType:
    """Return the screen for a terminal of 80 columns."""
    parts: list[RenderableType] = [_campaign(found), _services(found), _queues(found)]
    if found.failures or found.host_groups:
        parts.append(_troubles(found))
    parts += [Text(f"{url}: {problem}", style="red") for url, problem in found.problems.items()]
    return Group(*parts)


def _campaign(found: Top) -> Text:
    lines = Text(f"{local_time(found.at)}  ", style="bold")
    lines.append("  ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found.standings.items()), "default")
    if found.residue:
        lines.append(f"  {found.residue} UNACCOUNTED FOR", "bold red")
    if found.per_minute is not None:
        end = f", ends {local_time(found.end)}" if found.end else ""
        lines.append(f"\n{found.per_minute:.1f} audits/min{end}", "default")
    browsers = found.browsers
    lines.append(
        f"\n{browsers['visits']:.0f} visits, {browsers['processes']:.0f} browser processes, "
        f"{browsers['bytes'] / 1e6:,.0f} MB\n",
        "default",
    )
    return lines


def _services(found: Top) -> Table:
    table = _table("step", "in work", "slots", "handled/min", "failed/min")
    for one in found.services:
        rates = (one.handled_per_minute, one.failed_per_minute)
        table.add_row(one.step, str(one.in_work), str(one.slots), *("" if r is None else f"{r:.1f}" for r in rates))
    return table


def _queues(found: Top) -> Table:
    table = _table("queue", "waiting", "oldest")
    for one in found.queues:
        oldest = "" if one.oldest_seconds is None else duration(one.oldest_seconds)
        table.add_row(one.name, f"{one.waiting:,}", oldest)
    return table


def _troubles(found: Top) -> Table:
    table = _table("unmeasured because", "audits", "host group, last day", "measured", "blocked", "failed")
    ends = ("measured", "blocked", "failed")
    groups = [(name, *(str(ended.get(end, 0)) for end in ends)) for name, ended in found.host_groups.items()]
    reasons = [(reason, f"{count:,}") for reason, count in found.failures.items()]
    for place in range(max(len(groups), len(reasons))):
        left = reasons[place] if place < len(reasons) else ("", "")
        right = groups[place] if place < len(groups) else ("", "", "", "")
        table.add_row(*left, *right)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        words = place == 0 or column.startswith("host group")
        table.add_column(column, justify="left" if words else "right", no_wrap=True, overflow="ellipsis")
    return table
