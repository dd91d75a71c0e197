"""Audits the whole corpus with one real fetcher, watched, and writes down what happened.

Run in a network namespace of its own where every address leads to loopback (see ``namespace.py``).
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from services.analyzer.handlers import AnalyzeSite
from services.contracts.audits import AuditId
from services.contracts.capture import Manifest
from services.contracts.messages import FetchSite
from services.contracts.reasons import Reason
from services.contracts.verdicts import VerdictSet
from services.fetcher.handlers import FetchSiteHandler
from services.fetcher.handlers.draft import LAST_ATTEMPT
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock
from services.simulator.hostile.cases import Case, authority_of, load_cases
from services.simulator.hostile.targets import load_targets
from tests.fetcher.hostile.traces import Traces, memory_of, traces
from tests.fetcher.hostile.witness import Seen, connections, listeners, own_listeners, packets

AT_ONCE = 6
PUBLIC = "203.0.114.80"
"""Public by every registry, and this machine's own inside the namespace."""


QUICK = {
    "request_interval": 0,
    "attempt_interval": 0,
    "connect_attempts": 1,
    "max_retry_after": 0,
    "max_pages": 2,
    "connect_timeout": 5,
    "page_timeout": 5,
    "site_budget": 35,
}
"""Settings for a visit that gives up early: what is tested is that it gives up."""


@dataclass(frozen=True)
class Outcome:
    """How the audit of one case ended, what it cost, and what its manifest told."""

    state: str
    status: str | None
    reason: str | None
    seconds: float
    stored_bytes: int
    verdicts: dict[str, str]
    told: str
    requests: int = 0
    sent_bytes: int = 0


UNFINISHED = Outcome(
    state="unfinished", status=None, reason=None, seconds=0, stored_bytes=0, verdicts={}, told="never ended"
)


@dataclass
class Report:
    """What happened, as it is written down."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    before: Outcome | None = None
    after: Outcome | None = None
    before_traces: Traces | None = None
    after_traces: Traces | None = None
    again: list[str] = field(default_factory=list)
    peak_memory: int = 0
    proof: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)


@contextlib.contextmanager
def corpus(folder: Path, public: str | None) -> Iterator[dict[str, object]]:
    command = [sys.executable, "-m", "tests.fetcher.hostile.serve", str(folder), *([public] if public else [])]
    server = subprocess.Popen(command)
    try:
        while not (folder / "ready.json").exists():
            assert server.poll() is None
            time.sleep(0.05)
        yield json.loads((folder / "ready.json").read_text(encoding="utf-8"))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


class Auditor:
    """Captures and judges one site, as the services do."""

    def __init__(self, store: FolderArtefactStore) -> None:
        self._store = store
        self._analyze = AnalyzeSite(store, SystemClock())

    async def audit(self, handler: FetchSiteHandler, case: Case, sequence: int) -> Outcome:
        authority = authority_of(case)
        audit = AuditId(campaign="corpus", code=authority.code, sequence=sequence)
        began = time.monotonic()
        captured = await handler(FetchSite(audit=audit, authority=authority, attempt=LAST_ATTEMPT))
        seconds = time.monotonic() - began
        analyzed = await asyncio.to_thread(self._analyze, captured)
        found = VerdictSet.model_validate_json(self._store.get_document(analyzed.verdicts_key))
        verdicts = {verdict.indicator: verdict for verdict in found.verdicts}
        manifest = Manifest.model_validate_json(self._store.get_document(captured.manifest_key))
        told = [
            f"{page.page_class} {page.viewport} {page.status} {page.failure} {page.detail}" for page in manifest.pages
        ]
        value = verdicts["site_status"].value
        return Outcome(
            state=verdicts["has_functional_site"].state.value,
            status=None if value is None else str(value),
            reason=found.unmeasured.value if found.unmeasured else None,
            seconds=round(seconds, 1),
            stored_bytes=captured.bytes_stored,
            verdicts={name: verdict.state.value for name, verdict in verdicts.items()},
            told="; ".join([f"{manifest.failure} {manifest.detail}", *told]),
        )


@contextlib.asynccontextmanager
async def memory_watch(report: Report) -> AsyncIterator[None]:
    async def watch() -> None:
        while True:
            report.peak_memory = max(report.peak_memory, await asyncio.to_thread(memory_of, os.getpid()))
            await asyncio.sleep(1)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def run(folder: Path, said: dict[str, object], report: Report, *, alone: bool, wanted: list[str]) -> None:
    cases = [case for case in load_cases() if not wanted or case.name in wanted]
    calm = load_cases()[0]
    store = FolderArtefactStore(folder / "store")
    settings = FetcherSettings.model_validate(
        {"resolve": said["resolve"], "dns_server": said["dns_server"], "trusted_ca": folder / "ca.pem"} | QUICK
    )
    auditor = Auditor(store)
    async with listeners(load_targets().ports) as spoken:
        report.proof = await prove(spoken, alone=alone)
        spoken.clear()
        with packets() if alone else connections(os.getpid()) as seen:
            report.before_traces = traces()
            async with open_fetcher(settings, store, SystemClock()) as handler, memory_watch(report):
                report.before = await auditor.audit(handler, calm, 2)
                known = own_listeners()
                slots = asyncio.Semaphore(AT_ONCE)
                report.outcomes = dict.fromkeys((case.name for case in cases), UNFINISHED)
                # Those that eat the processor come last, together: they would starve the others.
                for group in ([c for c in cases if not c.or_unseen], [c for c in cases if c.or_unseen]):
                    await asyncio.gather(*(one(auditor, handler, case, slots, report) for case in group))
                    for case in (case for case in group if starved(case, report.outcomes[case.name])):
                        report.again.append(case.name)
                        report.outcomes[case.name] = await auditor.audit(handler, case, 4)
                report.after = await auditor.audit(handler, calm, 3)
            await asyncio.sleep(0.5)
            report.after_traces = traces()
        report.spoken = spoken
        report.strayed = strayed(seen, known, dns=int(str(said["dns_server"]).rpartition(":")[2]))


async def one(
    auditor: Auditor, handler: FetchSiteHandler, case: Case, slots: asyncio.Semaphore, report: Report
) -> None:
    async with slots:
        try:
            report.outcomes[case.name] = await auditor.audit(handler, case, 1)
        except Exception as error:  # noqa: BLE001 (no case may hide the others)
            report.outcomes[case.name] = replace(UNFINISHED, told=repr(error))


def starved(case: Case, outcome: Outcome) -> bool:
    """Whether a site ran out of time that it should not have needed: on a busy machine it is audited again, alone."""
    return outcome.reason == Reason.TIMEOUT.value and Reason.TIMEOUT not in (case.expect.reason, *case.or_unseen)


async def prove(spoken: list[str], *, alone: bool) -> list[str]:
    """Speak to a forbidden place, and tell which witnesses noticed."""
    address, port = ("10.9.8.7" if alone else "127.0.0.1"), 5672
    with packets() if alone else connections(os.getpid()) as seen:
        _, writer = await asyncio.open_connection(address, port)
        writer.write(b"x")
        await asyncio.sleep(0.5)
        writer.close()
    heard = ["heard"] if any("5672" in line for line in spoken) else []
    return heard + (["seen"] if ("tcp", address, port) in seen else [])


def strayed(seen: Seen, known: set[int], *, dns: int) -> list[str]:
    """Return what was opened to anything but the corpus, its name server and our own proxy."""

    def ours(kind: str, address: str, port: int) -> bool:
        if address != "127.0.0.1":
            return (kind, address, port) == ("tcp", PUBLIC, load_targets().rebinding.port)
        return port in known if kind == "tcp" else port == dns

    return sorted(f"{kind} {address}:{port}" for kind, address, port in seen if not ours(kind, address, port))


def main() -> None:
    folder, alone = Path(sys.argv[1]), sys.argv[2] == "alone"
    report = Report()
    with corpus(folder, PUBLIC if alone else None) as said:
        asyncio.run(run(folder, said, report, alone=alone, wanted=sys.argv[3:]))
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    for name, (requests, sent_bytes) in asked.items():
        if name in report.outcomes:
            report.outcomes[name] = replace(report.outcomes[name], requests=requests, sent_bytes=sent_bytes)
    (folder / "report.json").write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
