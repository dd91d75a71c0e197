"""Waiting for something that is away: how long, and for how many times."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from services.contracts.errors import AuditError

T = TypeVar("T")

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def delays(
    draw: Callable[[], float], *, first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
) -> Iterator[float]:
    """Yield the seconds to wait before each further try, without end.

    The bound doubles from ``first`` up to ``longest``; each wait lies between half the bound and the bound, where
    ``draw`` (a number in [0, 1)) says, so that a fleet that lost its server does not come back at once.
    """
    bound = min(first, longest)
    while True:
        yield bound * (1 + draw()) / 2
        bound = min(bound * 2, longest)


def retrying(
    call: Callable[[], T],
    *,
    draw: Callable[[], float],
    wait: Callable[[float], bool],
    on_failure: Callable[[AuditError, float], None] | None = None,
) -> T:
    """Return what the call returns, trying again for as long as its error is retryable.

    ``wait`` sleeps for some seconds and says whether the process was asked to stop (``threading.Event().wait``
    does both): the last error is then raised. ``on_failure`` hears each error and the wait that follows it, for
    logs and readiness. An error that is not retryable is raised at once. The call must be one transaction that may
    be repeated: when a connection is lost during a commit nobody knows whether it was made.
    """
    for delay in delays(draw):
        try:
            return call()
        except AuditError as error:
            if not error.retryable:
                raise
            if on_failure is not None:
                on_failure(error, delay)
            if wait(delay):
                raise
    raise AssertionError("the delays never end")
