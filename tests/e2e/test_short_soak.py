"""A few dozen sites through one fetcher that replaces its browser often: none is lost, nothing is left."""

import pytest
import pytest_asyncio

from benchmarks.soak import Soak, report, soak, working
from services.cli.synthetic import synthetic_country
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import SystemClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITES = 24
RECYCLE = 5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    folder = tmp_path_factory.mktemp("soak")
    with synthetic_country(folder, size=60, seed=7, showcase=False, clock=SystemClock()) as connection:
        settings = FetcherSettings(
            resolve=connection.resolve,
            dns_server=connection.dns_server,
            trusted_ca=connection.trusted_ca,
            request_interval=0,
            max_pages=0,
            browser_recycle_sites=RECYCLE,
        )
        return await soak(working(connection), settings, sites=SITES, slots=3, sample_every=4)


async def test_no_site_is_lost(seen: Soak) -> None:
    assert (len(seen.ended), seen.lost) == (SITES, 0)


async def test_no_process_and_no_file_is_left(seen: Soak) -> None:
    assert (seen.orphans, seen.files_left) == (0, 0)


async def test_handles_and_processes_do_not_pile_up(seen: Soak) -> None:
    # Two browsers at most at a time: the one in use, and the one that is let go.
    assert max(seen.processes) < 2 * 20
    assert seen.handles[-1] <= max(seen.handles[:2]) + 10


async def test_the_report_names_what_a_soak_is_asked(seen: Soak) -> None:
    figures = report(seen)
    assert (figures["lost"], figures["orphan_processes"]) == (0, 0)
    assert figures["memory_mb_late"] > 0  # type: ignore[operator]
