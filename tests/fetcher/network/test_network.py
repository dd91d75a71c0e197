"""The network as the fetcher opens it: one egress for names, pages, certificates and the browser's proxy."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.errors import BadInput
from services.contracts.names import DnsStatus
from services.contracts.reasons import Reason
from services.fetcher.adapters.network import open_network
from services.fetcher.ports import Network
from services.fetcher.settings import FetcherSettings
from services.runtime.clock import FixedClock

CLOCK = FixedClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nMairie"


def settings(**values: Any) -> FetcherSettings:
    return FetcherSettings(connect_timeout=0.5, **values)


async def test_an_overridden_name_needs_no_name_server(serve: Any, authority: Any, make_certificate: Any) -> None:
    served = await serve(OK, authority.context(make_certificate("v", "ville.test", by=authority.root)))
    chosen = settings(resolve=(f"*=127.0.0.1:{served.port}",), trusted_ca=authority.root_file)
    async with open_network(chosen, CLOCK, "CommuneAudit/1") as (network, proxy):
        port: Network = network
        record = await port.lookup("Ville.test.")
        response = await port.get("https://ville.test/", max_bytes=100, timeout=2)
        certificate = await port.inspect_tls("ville.test")
        address = port.remote_address("ville.test")
        assert proxy.server_url.startswith("http://127.0.0.1:")
    assert (record.name, record.status, record.a) == ("ville.test", DnsStatus.OK, ("127.0.0.1",))
    assert response.body == b"Mairie"
    assert certificate is not None
    assert certificate.verified
    assert address == "127.0.0.1"


async def test_with_a_name_server_the_country_has_dead_domains(serve: Any, start_dns: Any) -> None:
    served = await serve(OK)
    stub = await start_dns({("ville.test", "A"): [("192.0.2.1",)]})
    chosen = settings(resolve=(f"*=127.0.0.1:{served.port}",), dns_server=stub.server)
    async with open_network(chosen, CLOCK, "CommuneAudit/1") as (network, _):
        alive, dead = await network.lookup("ville.test"), await network.lookup("mort.test")
        page = await network.get("http://ville.test/", max_bytes=100, timeout=2)
        gone = await network.get("http://mort.test/", max_bytes=100, timeout=2)
    assert (alive.status, alive.a) == (DnsStatus.OK, ("192.0.2.1",))
    assert dead.status is DnsStatus.NXDOMAIN
    assert page.body == b"Mairie"
    assert (gone.probe.failure, gone.probe.detail) == (Reason.DNS_FAILURE, "nxdomain")


async def test_texts_and_addresses_have_a_record_too(start_dns: Any) -> None:
    stub = await start_dns({})
    async with open_network(settings(dns_server=stub.server), CLOCK, "x") as (network, _):
        address, text = await network.lookup("93.184.216.34"), await network.lookup("pas un nom")
    assert (address.status, address.a) == (DnsStatus.OK, ("93.184.216.34",))
    assert text.status is DnsStatus.NXDOMAIN


@pytest.mark.parametrize("values", [{"resolve": ("a",)}, {"dns_server": "x"}, {"trusted_ca": "/nonexistent.pem"}])
async def test_settings_that_cannot_be_used_are_bad_input(values: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        async with open_network(settings(**values), CLOCK, "x"):
            pass
