"""Lets sites start one after the other while the machine has room, and never keeps one waiting for ever."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from services.fetcher.adapters.pressure import read_pressure
from services.fetcher.domain.admission import Pressure, Room, may_start
from services.fetcher.metrics import ADMISSION_WAIT, VISITS

log = structlog.get_logger()

_LOOK_SECONDS = 0.5


class PressureGate:
    """Implements the Gate port. Belongs to one event loop; ``running`` are the sites inside."""

    def __init__(
        self,
        *,
        reserve: float,
        longest_wait: float,
        look: Callable[[], Pressure] = read_pressure,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._room = Room(always=os.cpu_count() or 1, reserve=reserve)
        self._longest_wait = longest_wait
        self._look = look
        self._look_seconds = look_seconds
        self._turn = asyncio.Lock()
        self._left = asyncio.Event()
        self._last = 0.0
        self.running = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, at most ``longest_wait`` seconds, and hold it until exit.

        A site that waited that long starts whatever the pressure: it is slowed down with the others, never
        lost to them.
        """
        asked = asyncio.get_running_loop().time()
        await self._wait()
        ADMISSION_WAIT.observe(asyncio.get_running_loop().time() - asked)
        self.running += 1
        VISITS.set(self.running)
        try:
            yield
        finally:
            self.running -= 1
            VISITS.set(self.running)
            self._left.set()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._longest_wait
        try:
            # First come, first served: whoever is next in line does the looking.
            async with asyncio.timeout_at(deadline), self._turn:
                while True:
                    if may_start(self.running, loop.time() - self._last, self._look(), self._room):
                        break
                    await self._until_one_left()
                self._last = loop.time()
        except TimeoutError:
            log.warning("the machine is busy: a site starts after its longest wait", running=self.running)
            self._last = loop.time()

    async def _until_one_left(self) -> None:
        """Wait until a site ended, or until pressure may have changed."""
        self._left.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_seconds):
                await self._left.wait()
