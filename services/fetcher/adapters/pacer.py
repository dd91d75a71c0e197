"""The pace of our own requests to each host."""

import asyncio
from dataclasses import dataclass, field

_REMEMBERED_HOSTS = 5000


@dataclass(slots=True)
class HostPacer:
    """Gives each host one slot every ``interval`` seconds, or slower where its robots.txt asks, up to ``max_delay``.

    Safe for many tasks of one event loop: each call takes the next free slot, then waits for it.
    """

    interval: float
    max_delay: float
    _next: dict[str, float] = field(init=False, default_factory=dict)
    _spacing: dict[str, float] = field(init=False, default_factory=dict)

    async def turn(self, host: str) -> None:
        """Wait until one more request to the host is polite."""
        now = asyncio.get_running_loop().time()
        slot = max(now, self._next.get(host, now))
        self._forget(now)
        self._next[host] = slot + self._spacing.get(host, self.interval)
        if slot > now:
            await asyncio.sleep(slot - now)

    def slow_down(self, host: str, seconds: float) -> None:
        """Space requests to the host by at least this many seconds, within ``max_delay``; never speeds up."""
        wanted = min(seconds, self.max_delay)
        if wanted > self._spacing.get(host, self.interval):
            # The request that read the Crawl-delay has already taken its slot.
            if host in self._next:
                self._next[host] += wanted - self._spacing.get(host, self.interval)
            self._spacing[host] = wanted

    def _forget(self, now: float) -> None:
        """Drop hosts whose slots are past once there are many of them."""
        if len(self._next) < _REMEMBERED_HOSTS:
            return
        for host in [host for host, slot in self._next.items() if slot <= now]:
            del self._next[host]
            self._spacing.pop(host, None)
