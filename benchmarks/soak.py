"""Many sites through one fetcher process: does it stay as it was?

    python -m benchmarks.soak [--sites 2000] [--slots 4] [--recycle 100] [--pages 0] [--json]

The synthetic country is served by a process of its own; each site is visited by the whole fetcher (probe,
certificate, both viewports, pictures, storage) without pauses between requests, and, unless ``--pages`` asks
for more, without sub-pages. Memory is the process tree's proportional set size.
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from services.cli.synthetic import Connection, synthetic_country
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.contracts.capture import Manifest, PageClass
from services.contracts.messages import FetchSite
from services.fetcher.adapters.process_tree import descendants, pss_megabytes
from services.fetcher.settings import FetcherSettings
from services.fetcher.wiring import open_fetcher
from services.runtime.artefacts import FolderArtefactStore
from services.runtime.clock import SystemClock
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.targets import read_targets


@dataclass
class Soak:
    """What was seen, in the order in which the sites ended. ``ended`` are seconds since the start."""

    sites: int
    ended: list[float] = field(default_factory=list)
    megabytes: list[tuple[int, float]] = field(default_factory=list)
    """How many sites had ended, and the memory of the process tree in MB."""
    whole: int = 0
    """Sites whose home page was seen on both viewports with its pictures."""
    orphans: int = 0
    files_left: int = 0
    handles: list[int] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self.sites - self.whole


async def soak(
    authorities: Sequence[Authority], settings: FetcherSettings, *, sites: int, slots: int, sample_every: int = 10
) -> Soak:
    """Visit working sites in turn until so many visits have ended."""
    seen, outside = Soak(sites), frozenset(descendants(os.getpid())) - {os.getpid()}
    with own_temporary_folder() as temporary:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            store = FolderArtefactStore(Path(folder))
            async with open_fetcher(settings, store, SystemClock()) as handler:
                began = time.monotonic()
                numbers = iter(range(sites))

                async def visit(number: int) -> None:
                    authority = authorities[number % len(authorities)]
                    audit = AuditId(campaign="soak", code=authority.code, sequence=number // len(authorities) + 1)
                    answer = await handler(FetchSite(audit=audit, authority=authority))
                    manifest = Manifest.model_validate_json(store.get_document(answer.manifest_key))
                    homes = [page for page in manifest.pages if page.page_class is PageClass.HOME]
                    seen.whole += len([page for page in homes if page.dom and page.screenshot]) == 2
                    seen.ended.append(time.monotonic() - began)
                    if len(seen.ended) % sample_every == 0:
                        await asyncio.to_thread(_sample, seen, outside)

                async def slot() -> None:
                    for number in numbers:
                        await visit(number)

                await asyncio.gather(*(slot() for _ in range(slots)))
        await asyncio.sleep(1)
        seen.orphans = len(set(descendants(os.getpid())) - outside - {os.getpid()})
        seen.files_left = len(list(temporary.iterdir()))
    return seen


def _sample(seen: Soak, outside: frozenset[int]) -> None:
    seen.megabytes.append((len(seen.ended), pss_megabytes(os.getpid(), outside)))
    seen.handles.append(len(list(Path("/proc/self/fd").iterdir())))
    seen.processes.append(len(set(descendants(os.getpid())) - outside))


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """Keep what the browser and its driver leave apart from everybody else's."""
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    with tempfile.TemporaryDirectory() as folder:
        # The browser runs as another user.
        Path(folder).chmod(0o777)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before[1]
            if before[0] is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before[0]


def report(seen: Soak) -> dict[str, object]:
    """Return the figures that are asked of a soak."""
    third = max(seen.sites // 4, 1)
    early = [megabytes for count, megabytes in seen.megabytes if third * 0.6 < count <= third * 1.6]
    late = [megabytes for count, megabytes in seen.megabytes if count > seen.sites - third]
    first, last = seen.ended[third - 1], seen.ended[-1] - seen.ended[-third - 1]
    return {
        "sites": seen.sites,
        "lost": seen.lost,
        "orphan_processes": seen.orphans,
        "temporary_files_left": seen.files_left,
        "sites_a_minute": round(60 * seen.sites / seen.ended[-1], 1),
        "memory_mb_early": round(statistics.median(early or [0.0])),
        "memory_mb_late": round(statistics.median(late or [0.0])),
        "memory_ratio": round(statistics.median(late or [1.0]) / statistics.median(early or [1.0]), 3),
        "throughput_ratio": round(first / last, 3),
        "handles_early_and_late": [seen.handles[0], seen.handles[-1]],
        "memory_mb_over_time": [[count, round(megabytes)] for count, megabytes in seen.megabytes[::10]],
    }


def working(connection: Connection) -> list[Authority]:
    """Return the authorities of a synthetic country whose sites work, and do not hide from us."""
    truth = json.loads(connection.truth.read_text(encoding="utf-8"))
    targets = read_targets(connection.targets, load_national_frame())

    def works(code: str) -> bool:
        site = truth[code]
        return site["verdicts"]["site_status"]["value"] == "functional" and not site["hidden"]

    return [authority for authority in targets.authorities if works(authority.code)]


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--recycle", type=int, default=100, help="sites after which a browser is replaced")
    parser.add_argument("--pages", type=int, default=0, help="sub-pages of each site")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        opening = synthetic_country(Path(folder), size=300, seed=7, showcase=False, clock=SystemClock())
        with opening as connection:
            settings = FetcherSettings(
                resolve=connection.resolve,
                dns_server=connection.dns_server,
                trusted_ca=connection.trusted_ca,
                request_interval=0,
                max_pages=options.pages,
                browser_recycle_sites=options.recycle,
            )
            sites = working(connection)
            print(f"{options.sites} visits of {len(sites)} sites", file=sys.stderr)
            figures = report(asyncio.run(soak(sites, settings, sites=options.sites, slots=options.slots)))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
