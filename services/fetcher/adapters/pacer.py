"""The pace of our own requests to each host."""

import asyncio
from dataclasses import dataclass, field

from services.fetcher.domain.politeness import Answer, Pace, after

_REMEMBERED_HOSTS = 5000


@dataclass(slots=True)
class HostPacer:
    """Gives each host one slot every ``interval`` seconds, or slower where it asks or suffers, up to ``max_delay``.

    Safe for many tasks of one event loop: each call takes the next free slot, then waits for it.
    """

    interval: float
    max_delay: float
    max_pause: float = 0.0
    """The longest Retry-After that is waited for, in seconds."""
    _next: dict[str, float] = field(init=False, default_factory=dict)
    _floor: dict[str, float] = field(init=False, default_factory=dict)
    _pace: dict[str, Pace] = field(init=False, default_factory=dict)

    async def turn(self, host: str) -> None:
        """Wait until one more request to the host is polite."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next.get(host, now))
        self._forget(now)
        self._next[host] = slot + self._spacing(host)
        if slot > now:
            await asyncio.sleep(slot - now)

    def slow_down(self, host: str, seconds: float) -> None:
        """Space requests to the host by at least this many seconds, within ``max_delay``; never speeds up."""
        before = self._spacing(host)
        self._floor[host] = max(self._floor.get(host, self.interval), min(seconds, self.max_delay))
        # The request that read the Crawl-delay has already taken its slot.
        self._move(host, self._spacing(host) - before)

    def answered(self, host: str, answer: Answer) -> None:
        """Learn from an answer: refusals and rising latency space requests further, recovery brings them back."""
        before = self._spacing(host)
        least = self._floor.get(host, self.interval)
        pace = self._pace.get(host, Pace(spacing=least))
        self._pace[host] = after(pace, answer, least=least, most=max(self.max_delay, least))
        self._move(host, max(self._spacing(host) - before, 0.0))
        pause = min(answer.wait, self.max_pause)
        if pause:
            earliest = asyncio.get_running_loop().time() + pause
            self._next[host] = max(self._next.get(host, earliest), earliest)

    def unwelcome(self, host: str) -> bool:
        """Whether the host has refused us so often in a row that it should be left alone."""
        pace = self._pace.get(host)
        return pace is not None and pace.unwelcome

    def _spacing(self, host: str) -> float:
        least = self._floor.get(host, self.interval)
        pace = self._pace.get(host)
        return max(least, pace.spacing) if pace else least

    def _move(self, host: str, seconds: float) -> None:
        if host in self._next:
            self._next[host] += seconds

    def _forget(self, now: float) -> None:
        """Drop hosts whose slots are past once there are many of them."""
        if len(self._next) < _REMEMBERED_HOSTS:
            return
        for host in [host for host, slot in self._next.items() if slot <= now]:
            del self._next[host]
            self._floor.pop(host, None)
            self._pace.pop(host, None)
