"""The servers a process cannot work without: waited for at the start, watched from then on.

While one is away no message is worked on, and work that fails because of it goes back to its queue uncounted: an
outage costs time and never an audit.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from dramatiq import Broker, MessageProxy
from dramatiq.middleware import Middleware, SkipMessage

from services.contracts.errors import AuditError, BadInput, DatabaseUnavailable, StoreUnavailable
from services.runtime.backoff import delays, retrying
from services.runtime.broker import Draining, middleware_of
from services.runtime.logging import get_logger
from services.runtime.message_marks import GIVEN_BACK
from services.runtime.message_metrics import SERVER_READY, ServerName

_log = get_logger(__name__)
_POLL_SECONDS = 0.2
HOLD_SECONDS: Final = 300.0
"""How long a message waits here for a server before it goes back to its queue, where others may take it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that a process needs.

    ``check`` returns when the server can be used as the settings say. It raises an AuditError that is retryable
    while the server is away, BadInput for what an operator has to mend. ``ping`` is a cheaper check for later on.
    """

    name: str
    check: Callable[[], None]
    ping: Callable[[], None] | None = None


class ServerAway(AuditError):
    """A server that this process needs is away; the message goes back to its queue and nothing is counted."""

    retryable = True


class Servers(Middleware):
    """The standing of a process's servers, and the gate that messages pass before they are worked on."""

    def __init__(self, *servers: Server, interval: float = 5.0) -> None:
        self._servers = servers
        self._interval = interval
        self._away: dict[str, str] = {server.name: "not asked yet" for server in servers}
        self._doubt = threading.Event()
        self._done = threading.Event()
        for name in ServerName:
            SERVER_READY.follow(partial(self._answers, name), server=name)

    @property
    def ready(self) -> bool:
        """Whether every server answered when it was last asked."""
        return not self._away

    def wait_for_all(self, stopping: Callable[[float], bool]) -> bool:
        """Return True once each server answers, False when the process was asked to stop before. Raises BadInput.

        ``stopping`` sleeps for some seconds and says whether the process was asked to stop.
        """
        for server in self._servers:
            try:
                retrying(
                    server.check,
                    draw=random.random,
                    wait=stopping,
                    on_failure=lambda error, delay, name=server.name: self._told(name, error, delay),  # type: ignore[misc]
                )
            except AuditError as error:
                if error.retryable:
                    return False
                raise
            self._away.pop(server.name, None)
        return True

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ask each server now and then while the block runs, and soon again while one is away."""
        thread = threading.Thread(target=self._watch, name="servers", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            self._doubt.set()
            # A question to a server that is away may take long to fail; the thread ends with the process.
            thread.join(timeout=1)

    def explain(self, error: BaseException) -> ServerAway | None:
        """Return the outage behind a failure, or None when the servers answer and the failure is the message's own."""
        if not isinstance(error, (StoreUnavailable, DatabaseUnavailable, BadInput)):
            return None
        for server in self._servers:
            self._ask(server)
        if self.ready:
            return None
        # The watch may be asleep for long yet.
        self._doubt.set()
        return ServerAway(f"{', '.join(self._away)}: {error}")

    def wait(self, draining: Draining | None, seconds: float) -> bool:
        """Wait until every server is back, at most some seconds or until the process stops; say whether they are."""
        deadline = time.monotonic() + seconds
        while not self.ready:
            if time.monotonic() > deadline or (draining is not None and draining.begun(within=_POLL_SECONDS)):
                return False
        return True

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Hold the message while a server is away; give it back when that takes long."""
        if not self.wait(middleware_of(broker, Draining), HOLD_SECONDS):
            message.options[GIVEN_BACK] = True
            raise SkipMessage

    def _watch(self) -> None:
        waits = delays(random.random)
        while not self._done.is_set():
            if self.ready:
                waits = delays(random.random)
                self._doubt.wait(self._interval)
            else:
                self._done.wait(next(waits))
            self._doubt.clear()
            for server in () if self._done.is_set() else self._servers:
                self._ask(server)

    def _ask(self, server: Server) -> None:
        try:
            (server.ping or server.check)()
        except AuditError as error:
            if server.name not in self._away:
                _log.error("a server went away: work waits for it", server=server.name, error=str(error))
            self._away[server.name] = str(error)
        else:
            if self._away.pop(server.name, None) is not None:
                _log.warning("the server is back", server=server.name)

    def _answers(self, name: str) -> float:
        return float(name not in self._away)

    def _told(self, name: str, error: AuditError, delay: float) -> None:
        self._away[name] = str(error)
        _log.warning("a server is away", server=name, error=str(error), next_try_seconds=round(delay, 1))
