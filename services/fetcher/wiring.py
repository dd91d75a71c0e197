"""The composition root of the fetcher: the only place that knows both the use case and its adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.fetcher.adapters.browser_flags import plain_user_agent
from services.fetcher.adapters.browser_process import find_program
from services.fetcher.adapters.chromium import ChromiumRenderer, ProxyAccess
from services.fetcher.adapters.gate import PressureGate
from services.fetcher.adapters.network import open_network
from services.fetcher.adapters.pacer import HostPacer
from services.fetcher.adapters.wacz import pack_wacz
from services.fetcher.handlers import AdmittedHandler, FetchSiteHandler
from services.fetcher.settings import FetcherSettings
from services.runtime.artefacts import ArtefactStore
from services.runtime.clock import Clock


@asynccontextmanager
async def open_fetcher(settings: FetcherSettings, store: ArtefactStore, clock: Clock) -> AsyncIterator[AdmittedHandler]:
    """Open the network and its proxy, and a browser that starts with the first site that needs one.

    Everything is closed on exit. Belongs to the event loop it is opened on. Raises BadInput for
    settings that cannot be used.
    """
    # A missing browser is the operator's to fix: better now than site after site.
    find_program(settings.browser_path, settings.browser)
    user_agent = plain_user_agent(settings.contact_url)
    async with open_network(settings, clock, user_agent) as (network, proxy):
        access = ProxyAccess(
            server_url=proxy.server_url,
            username=proxy.username,
            password=proxy.password,
            accounts=proxy.accounts,
            failures=proxy.failures,
        )
        renderer = ChromiumRenderer(settings, clock, access)
        pacer = HostPacer(
            interval=settings.request_interval,
            max_delay=settings.max_crawl_delay,
            max_pause=settings.max_retry_after,
        )
        gate = PressureGate(reserve=settings.memory_reserve_megabytes, longest_wait=settings.place_wait)
        handler = FetchSiteHandler(
            network, pacer, renderer, store, clock, settings, user_agent=user_agent, pack=pack_wacz
        )
        try:
            yield AdmittedHandler(handler, gate, clock)
        finally:
            await renderer.close()
