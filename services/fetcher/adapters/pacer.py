"""The pace of our own requests to each host."""

import asyncio
from dataclasses import dataclass, field

from services.fetcher.domain.politeness import Answer, Pace, after
from services.fetcher.metrics import WAITED, Pause

_REMEMBERED_HOSTS = 5000


@dataclass(slots=True)
class _Host:
    """The queue of one host: ``earliest`` is when the next request may go, ``free`` whether the last one ended."""

    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    earliest: float = 0.0
    floor: float | None = None
    pace: Pace | None = None


@dataclass(slots=True)
class HostPacer:
    """Asks each host for one thing at a time, the next one ``interval`` seconds after the last was answered.

    Slower where the host asks or suffers, up to ``max_delay``. Safe for many tasks of one event loop, which are
    served in their order. Counting from the answer is what makes the distance hold at the server, however late a
    request reaches it.
    """

    interval: float
    max_delay: float
    max_pause: float = 0.0
    """The longest Retry-After that is waited for, in seconds."""
    patience: float = 2.0
    """Seconds without an answer after which the next request goes out all the same."""
    _hosts: dict[str, _Host] = field(init=False, default_factory=dict)

    async def turn(self, host: str) -> None:
        """Wait until one more request to the host is polite; ``ended`` is called once it has ended."""
        loop = asyncio.get_running_loop()
        self._forget(loop.time())
        state = self._state(host)
        asked = loop.time()
        async with state.queue:
            if self._spacing(state) > 0:
                await self._last_answer(state)
            while (left := state.earliest - loop.time()) > 0:  # noqa: ASYNC110  # later answers move the moment
                await asyncio.sleep(left)
            WAITED.add(loop.time() - asked, why=self._why(state))
            state.free.clear()
            state.earliest = loop.time() + self._spacing(state)

    def ended(self, host: str) -> None:
        """Note that the request whose turn it was has ended, well or badly."""
        state = self._state(host)
        state.free.set()
        self._rest(state, self._spacing(state))

    def slow_down(self, host: str, seconds: float) -> None:
        """Space requests to the host by at least this many seconds, within ``max_delay``; never speeds up."""
        state = self._state(host)
        state.floor = max(self._least(state), min(seconds, self.max_delay))
        self._rest(state, self._spacing(state))

    def answered(self, host: str, answer: Answer) -> None:
        """Learn from an answer: refusals and rising latency space requests further, recovery brings them back."""
        state = self._state(host)
        least = self._least(state)
        pace = state.pace or Pace(spacing=least)
        state.pace = after(pace, answer, least=least, most=max(self.max_delay, least))
        self._rest(state, max(self._spacing(state), min(answer.wait, self.max_pause)))

    def unwelcome(self, host: str) -> bool:
        """Whether the host has refused us so often in a row that it should be left alone."""
        pace = self._state(host).pace
        return pace is not None and pace.unwelcome

    async def _last_answer(self, state: _Host) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await state.free.wait()
        except TimeoutError:
            # It is waited for elsewhere; a server that never answers must not hold the others up for long.
            return

    def _rest(self, state: _Host, seconds: float) -> None:
        state.earliest = max(state.earliest, asyncio.get_running_loop().time() + seconds)

    def _why(self, state: _Host) -> Pause:
        """Return what the present spacing comes from."""
        if state.pace is not None and state.pace.spacing > self._least(state):
            return Pause.BACK_OFF
        return Pause.INTERVAL if self._least(state) <= self.interval else Pause.CRAWL_DELAY

    def _least(self, state: _Host) -> float:
        return self.interval if state.floor is None else state.floor

    def _spacing(self, state: _Host) -> float:
        return max(self._least(state), state.pace.spacing) if state.pace else self._least(state)

    def _state(self, host: str) -> _Host:
        if host not in self._hosts:
            self._hosts[host] = _Host()
            self._hosts[host].free.set()
        return self._hosts[host]

    def _forget(self, now: float) -> None:
        """Drop hosts whose turn is past once there are many of them."""
        if len(self._hosts) < _REMEMBERED_HOSTS:
            return
        idle = [name for name, s in self._hosts.items() if s.earliest <= now and not s.queue.locked()]
        for host in idle:
            del self._hosts[host]
