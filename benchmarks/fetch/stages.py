"""What each stage of a visit costs: the tree's processor time while the stage runs, one site at a time.

A page's own timers and animations go on meanwhile, so a stage carries what the page does during it.
"""

import functools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks.fetch.meter import cpu_seconds_of

_PACKAGE = "services.fetcher"
STAGES = {
    "name servers, variants, robots.txt": "handlers.reaching.Reacher.visit",
    "certificates": "handlers.reaching.Reacher.certificates",
    "opening a session": "adapters.chromium.ChromiumVisit._open",
    "going to a page, load event": "adapters.chromium_session.go",
    "viewport picture": "adapters.screenshots.Camera.viewport",
    "layout metrics": "adapters.chromium_session.measure",
    "document": "adapters.chromium_session.read_document",
    "full picture": "adapters.screenshots.Camera.full",
    "storing a page": "handlers.keeping.Keeper.rendered",
    "sub-pages without a browser": "handlers.reading.Reader.read",
    "closing a session": "adapters.chromium.ChromiumVisit.close",
}


class Stages:
    """Collects processor seconds by stage, innermost stage first."""

    def __init__(self, reading: str) -> None:
        self._reading = reading
        self._spent: dict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    def reset(self) -> float:
        """Forget the warm-up; return the clock."""
        self._spent.clear()
        return cpu_seconds_of(self._reading)

    def result(self, began: float, sites: int) -> dict[str, float]:
        """Return the processor seconds a site by stage, and what belongs to none."""
        total = cpu_seconds_of(self._reading) - began
        rows = {name: self._spent[name] / sites for name in STAGES if self._spent[name]}
        rows["everything else"] = total / sites - sum(rows.values())
        return {name: round(seconds, 4) for name, seconds in rows.items()}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every stage until exit."""
        patches = [mock.patch(f"{_PACKAGE}.{path}", self._watched(name, path)) for name, path in STAGES.items()]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()

    def _watched(self, name: str, path: str) -> Callable[..., Awaitable[Any]]:
        function = _resolve(path)

        @functools.wraps(function)
        async def run(*arguments: Any, **named: Any) -> Any:
            began = cpu_seconds_of(self._reading)
            self._inner.append(0.0)
            try:
                return await function(*arguments, **named)
            finally:
                took = cpu_seconds_of(self._reading) - began
                self._spent[name] += took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return run


def _resolve(path: str) -> Callable[..., Awaitable[Any]]:
    found: Any = None
    module, names = _PACKAGE, path.split(".")
    while names and names[0].islower():
        candidate = f"{module}.{names[0]}"
        try:
            found = __import__(candidate, fromlist=["_"])
        except ImportError:
            break
        module, names = candidate, names[1:]
    for name in names:
        found = getattr(found, name)
    return found  # type: ignore[no-any-return]
