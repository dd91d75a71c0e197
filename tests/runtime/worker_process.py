"""A fetcher whose sites behave as their name says: run as a process by the tests of the broker.

It appends ``start CODE SECONDS PID`` and ``end CODE SECONDS PID`` lines to a file.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from services.contracts import queues
from services.contracts.errors import BadInput, BrowserUnavailable
from services.contracts.messages import FetchSite, SiteCaptured
from services.fetcher.actors import declare_actors
from services.runtime import broker as kit
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.attempts import AttemptMarkers
from services.runtime.broker import BrokerPublisher, LoopResources
from services.runtime.broker_settings import BrokerSettings
from services.runtime.logging import configure_logging
from services.runtime.process import run_worker
from services.runtime.rabbitmq import open_rabbitmq_broker
from services.runtime.settings import RuntimeSettings


class Browser:
    """A process that a signal to the whole group kills, as it kills a browser."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> None:
        if "no-browser" in sys.argv:
            raise BadInput("no browser")
        self._process = subprocess.Popen(["sleep", "600"])  # noqa: ASYNC220  # killed by the signal, as a browser

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def look(self, seconds: float) -> None:
        """Use the browser for some seconds."""
        assert self._process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise BrowserUnavailable("the browser is gone")
            await asyncio.sleep(0.002)


class Fetcher:
    """Does what the authority's name says."""

    def __init__(self, log: Path, browser: Browser) -> None:
        self._log = log
        self._browser = browser

    async def __call__(self, message: FetchSite) -> SiteCaptured:
        what, _, seconds = message.authority.name.partition(" ")
        self._write("start", message)
        match what:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "sleep":
                await asyncio.sleep(float(seconds))
            case "look":
                await self._browser.look(float(seconds))
            case "fail":
                raise BrowserUnavailable("as asked")
        self._write("end", message)
        return SiteCaptured(audit=message.audit, manifest_key="k")

    def _write(self, what: str, message: FetchSite) -> None:
        with self._log.open("a") as file:
            file.write(f"{what} {message.audit.code} {time.monotonic():.3f} {os.getpid()}\n")


def main() -> int:
    """Work until told to stop: ``URL FOLDER THREADS GRACE BACKOFF_MS [no-browser]``."""
    url, folder, threads, grace, backoff = sys.argv[1:6]
    kit.MIN_BACKOFF_MS = int(backoff)
    configure_logging(RuntimeSettings(log_format="json"))
    browser = Browser()
    broker = open_rabbitmq_broker(
        BrokerSettings(amqp_url=url, amqp_max_reconnect_delay=0.5),
        (queues.FETCH,),
        resources=LoopResources(browser),
        attempts=AttemptMarkers(FolderArtefactStore(Path(folder, "store"))),
    )
    declare_actors(broker, Fetcher(Path(folder, "events"), browser), BrokerPublisher(broker))
    return run_worker(broker, int(threads), float(grace))


if __name__ == "__main__":
    sys.exit(main())
