"""Connections go to the public address that was checked, or where the operator says, and nowhere else."""

from typing import Any

import pytest

from services.contracts.reasons import Reason
from services.fetcher.adapters.egress import (
    BadHost,
    ConnectionFailed,
    DestinationRefused,
    Egress,
    NameNotFound,
    NameServersFailed,
    OptedOut,
)
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.connect_rules import parse_connect_rules
from services.fetcher.metrics import FETCHER
from tests.measured import Measured


def egress(server: str, *rules: str, ask_dns_first: bool = False, connect_timeout: float = 0.4) -> Egress:
    return Egress(
        resolver=Resolver(server, question_seconds=3.0, cache_seconds=0.0),
        rules=parse_connect_rules(rules),
        connect_timeout=connect_timeout,
        ask_dns_first=ask_dns_first,
    )


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("93.184.216.34", "10.0.0.1"), ("169.254.169.254",)],
)
async def test_one_address_that_is_not_public_refuses_the_name(start_dns: Any, addresses: tuple[str, ...]) -> None:
    stub = await start_dns({("ville.fr", "A"): [addresses]})
    with pytest.raises(DestinationRefused) as caught:
        await egress(stub.server).connect("ville.fr", 80)
    assert caught.value.kind is Reason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("address", ["::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1"])
async def test_ipv6_answers_are_checked_too(start_dns: Any, address: str) -> None:
    stub = await start_dns({("ville.fr", "A"): [("93.184.216.34",)], ("ville.fr", "AAAA"): [(address,)]})
    with pytest.raises(DestinationRefused):
        await egress(stub.server).connect("ville.fr", 80)


async def test_a_rebinding_name_is_connected_to_the_address_that_was_checked(start_dns: Any, serve: Any) -> None:
    inside = await serve(b"secret")
    # Public by its form, and in a block that IANA has given to nobody.
    stub = await start_dns({("ville.fr", "AAAA"): [("2e00::1",), ("::1",)]})
    opened = egress(stub.server)
    with pytest.raises(ConnectionFailed, match="2e00::1"):
        await opened.connect("ville.fr", 80)
    assert stub.questions.count(("ville.fr", "AAAA")) == 1
    with pytest.raises(DestinationRefused):
        await opened.connect("ville.fr", 80)
    assert inside.connections == 0


@pytest.mark.parametrize(
    ("host", "port"),
    [("127.0.0.1", 80), ("::1", 80), ("[::1]", 80), ("localhost", 80), ("a.localhost", 80), ("93.184.216.34", 22)],
)
async def test_literal_addresses_and_ports_are_checked_without_a_question(start_dns: Any, host: str, port: int) -> None:
    stub, measured = await start_dns({}), Measured(FETCHER)
    with pytest.raises(DestinationRefused):
        await egress(stub.server).connect(host, port)
    assert stub.questions == []
    assert measured.changes("audit_egress_refusals_total") == {("address" if port == 80 else "port",): 1}


@pytest.mark.parametrize("host", ["", "a b", "127.1", "0x7f000001", "a..b", "x" * 300])
async def test_what_is_no_host_is_refused(start_dns: Any, host: str) -> None:
    with pytest.raises(BadHost):
        await egress((await start_dns({})).server).connect(host, 80)


async def test_absence_and_failure_of_a_name_are_told_apart(start_dns: Any) -> None:
    zone = {("panne.fr", "A"): ["SERVFAIL"], ("panne.fr", "AAAA"): ["SERVFAIL"], ("vide.fr", "A"): [()]}
    opened = egress((await start_dns(zone)).server)
    for host, kind, words in [
        ("mort.fr", NameNotFound, "nxdomain"),
        ("vide.fr", NameNotFound, "no_data"),
        ("panne.fr", NameServersFailed, "SERVFAIL"),
    ]:
        with pytest.raises(kind, match=words) as caught:
            await opened.connect(host, 80)
        assert caught.value.kind is Reason.DNS_FAILURE


async def test_a_rule_connects_without_asking_the_dns(start_dns: Any, serve: Any) -> None:
    served, stub = await serve(b""), await start_dns({})
    opened = egress(stub.server, f"ville.fr=127.0.0.1:{served.port}")
    (await opened.connect("Ville.FR.", 443)).close()
    assert opened.remote_address("ville.fr") == "127.0.0.1"
    assert stub.questions == []


async def test_with_a_configured_server_a_rule_does_not_raise_the_dead(start_dns: Any, serve: Any) -> None:
    served = await serve(b"")
    stub = await start_dns({("ville.fr", "A"): [("192.0.2.1",)]})
    opened = egress(stub.server, f"*=127.0.0.1:{served.port}", ask_dns_first=True)
    (await opened.connect("ville.fr", 80)).close()
    with pytest.raises(NameNotFound):
        await opened.connect("mort.fr", 80)


async def test_a_closed_port_is_refused_and_says_so(start_dns: Any, unused_port: int) -> None:
    opened = egress((await start_dns({})).server, f"*=127.0.0.1:{unused_port}")
    with pytest.raises(ConnectionFailed, match="ECONNREFUSED") as caught:
        await opened.connect("ville.fr", 80)
    assert caught.value.kind is Reason.UNREACHABLE
    assert opened.remote_address("ville.fr") is None


@pytest.mark.parametrize("host", ["ville.fr", "WWW.Ville.fr", "agenda.ville.fr."])
async def test_an_opted_out_host_is_not_even_looked_up(start_dns: Any, host: str) -> None:
    stub = await start_dns({("ville.fr", "A"): [("93.184.216.34",)]})
    opened = egress(stub.server, "*=127.0.0.1:9")
    opened.refused_hosts = ("ville.fr",)
    with pytest.raises(OptedOut) as caught:
        await opened.connect(host, 443)
    assert caught.value.kind is Reason.OPTED_OUT
    assert stub.questions == []
