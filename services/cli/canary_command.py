"""``commune-audit canary``: sites of known truth, served and audited through the whole product again and again."""

import asyncio
import logging
from contextlib import AsyncExitStack
from functools import partial

from services.cli.canary_loop import CanaryLoop
from services.cli.canary_metrics import CANARY
from services.cli.canary_round import CanaryRound
from services.cli.canary_settings import CanarySettings
from services.cli.canary_verdicts import CanaryVerdicts
from services.cli.serving import stop_event
from services.contracts.errors import BadInput
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.health import serve_health
from services.runtime.logging import configure_logging, get_logger
from services.runtime.migrations.waiting import database_server
from services.runtime.process_settings import ProcessSettings
from services.runtime.rabbitmq import broker_server
from services.runtime.request_queue import publish_request
from services.runtime.servers import Servers
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.store_settings import StoreSettings, open_store
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.adapters.requests import SqlRequests
from services.simulator.canaries import canaries, canary_country
from services.simulator.kept_authority import CERTIFICATE, kept_authority
from services.simulator.server import serve
from services.simulator.truth import truth_of

_log = get_logger(__name__)


def canary() -> None:
    """Run the canaries: database, RabbitMQ, store.

    Serves a dozen sites of known truth, has them audited every AUDIT_CANARY_INTERVAL seconds as an operator would,
    and measures which verdicts are wrong or late. SIGTERM ends it.
    """
    configure_logging(read_settings(RuntimeSettings))
    # What it says of the broker our own error says too, once.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    settings, process = read_settings(CanarySettings), read_settings(ProcessSettings)
    broker, clock = read_settings(BrokerSettings), SystemClock()
    engine, store = open_database(read_settings(DatabaseSettings)), open_store(read_settings(StoreSettings))
    servers = Servers(database_server(engine), broker_server(broker))
    sites, verdicts = canary_country().sites, CanaryVerdicts(engine, store)
    go_round = CanaryRound(
        authorities=[site.authority for site in sites.values()],
        truths={code: truth_of(site) for code, site in sites.items()},
        ledger=SqlLedger(engine),
        requests=SqlRequests(engine),
        verdicts=verdicts,
        publish=partial(publish_request, broker),
        clock=clock,
        budget=settings.canary_budget,
    )
    loop = CanaryLoop(go_round, verdicts.evidence, interval=settings.canary_interval, clock=clock)
    with serve_health(process.health_port, lambda: servers.ready, metrics=(CANARY,)):
        asyncio.run(_serve(settings, loop, servers))
    engine.dispose()


async def _serve(settings: CanarySettings, loop: CanaryLoop, servers: Servers) -> None:
    """Serve the sites and work until SIGTERM. Raises what ends the work, BadInput for what an operator has to mend."""
    stop = stop_event()
    async with AsyncExitStack() as serving:
        await _serve_sites(settings, serving)
        work = asyncio.create_task(asyncio.to_thread(_work, loop, servers))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        loop.stop()
        await work
        stopped.cancel()


async def _serve_sites(settings: CanarySettings, serving: AsyncExitStack) -> None:
    suffix, address, port = canaries().suffix, settings.canary_address, settings.canary_port
    authority = kept_authority(settings.canary_folder, only_below=suffix)
    try:
        sites = serve(canary_country(), port=port, address=address, authority=authority)
        served = await serving.enter_async_context(sites)
    except OSError as error:
        where = f"AUDIT_CANARY_ADDRESS={address}, AUDIT_CANARY_PORT={port}"
        raise BadInput(f"{where}: cannot be used: {error.strerror or error}") from error
    trusted = settings.canary_folder / CERTIFICATE
    _log.info("canaries are served", resolve=f"*.{suffix}={served.address}:{served.port}", trusted_ca=str(trusted))


def _work(loop: CanaryLoop, servers: Servers) -> None:
    """Wait for the servers, then go round and round."""
    if servers.wait_for_all(loop.pause):
        with servers.watched():
            loop.run()
