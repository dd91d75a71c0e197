"""Absence is told apart from failure, and only said when confirmed."""

import asyncio
from typing import Any

import pytest

from services.contracts.errors import BadInput
from services.contracts.names import DnsStatus
from services.fetcher.adapters.resolver import Resolver


def resolver(server: str, **options: float) -> Resolver:
    return Resolver(server, question_seconds=0.6, **options)


async def test_addresses_aliases_and_name_servers_are_read(start_dns: Any) -> None:
    zone = {
        ("www.ville.fr", "A"): [("CNAME ville.hebergeur.fr.", "A 93.184.216.34")],
        ("www.ville.fr", "AAAA"): [("CNAME ville.hebergeur.fr.", "AAAA 2a01::1")],
        ("ville.fr", "NS"): [("ns1.gandi.net.", "ns2.gandi.net.")],
    }
    stub = await start_dns(zone)
    record = await resolver(stub.server).lookup("www.ville.fr")
    assert record.status is DnsStatus.OK
    assert (record.a, record.aaaa) == (("93.184.216.34",), ("2a01::1",))
    assert record.cname == ("ville.hebergeur.fr",)
    assert record.ns[0] in {"ns1.gandi.net", "ns2.gandi.net"}


async def test_a_name_that_does_not_exist_is_asked_for_twice(start_dns: Any) -> None:
    stub = await start_dns({})
    record = await resolver(stub.server).lookup("mort.fr")
    assert record.status is DnsStatus.NXDOMAIN
    assert stub.questions.count(("mort.fr", "A")) == 2


async def test_one_slip_of_a_name_server_kills_no_domain(start_dns: Any) -> None:
    zone = {("ville.fr", "A"): ["NXDOMAIN", ("93.184.216.34",)], ("ville.fr", "AAAA"): ["NXDOMAIN"]}
    stub = await start_dns(zone)
    assert (await resolver(stub.server).lookup("ville.fr")).status is DnsStatus.OK


async def test_a_dead_alias_is_a_dead_name_with_its_alias(start_dns: Any) -> None:
    zone = {
        ("ville.fr", "A"): ["NXDOMAIN"],
        ("ville.fr", "AAAA"): ["NXDOMAIN"],
        ("ville.fr", "CNAME"): [("CNAME ancien.hebergeur.fr.",)],
    }
    record = await resolver((await start_dns(zone)).server).lookup("ville.fr")
    assert (record.status, record.cname) == (DnsStatus.NXDOMAIN, ("ancien.hebergeur.fr",))


@pytest.mark.parametrize(
    ("four", "six", "status"),
    [
        ((), (), DnsStatus.NO_DATA),
        ("SERVFAIL", "SERVFAIL", DnsStatus.FAILURE),
        ("REFUSED", "REFUSED", DnsStatus.FAILURE),
        ("SILENCE", "SILENCE", DnsStatus.FAILURE),
        ((), "SERVFAIL", DnsStatus.FAILURE),
        ("NXDOMAIN", (), DnsStatus.NO_DATA),
        ("NXDOMAIN", "SERVFAIL", DnsStatus.NXDOMAIN),
        (("93.184.216.34",), "NXDOMAIN", DnsStatus.OK),
        (("93.184.216.34",), "SERVFAIL", DnsStatus.OK),
        ("SERVFAIL", ("2a01::1",), DnsStatus.OK),
    ],
)
async def test_only_servers_that_agree_prove_an_absence(start_dns: Any, four: Any, six: Any, status: DnsStatus) -> None:
    stub = await start_dns({("ville.fr", "A"): [four], ("ville.fr", "AAAA"): [six]})
    assert (await resolver(stub.server).addresses("ville.fr")).status is status


async def test_a_failure_says_what_the_server_said(start_dns: Any) -> None:
    stub = await start_dns({("ville.fr", "A"): ["SERVFAIL"], ("ville.fr", "AAAA"): ["SILENCE"]})
    assert (await resolver(stub.server).addresses("ville.fr")).detail == "SERVFAIL; timeout"


async def test_a_server_that_is_not_there_is_a_failure(unused_port: int) -> None:
    record = await resolver(f"127.0.0.1:{unused_port}").lookup("ville.fr")
    assert record.status is DnsStatus.FAILURE


async def test_an_answer_is_kept_for_a_while_and_shared_by_those_who_wait(start_dns: Any) -> None:
    stub = await start_dns({("ville.fr", "A"): [("93.184.216.34",)]})
    asked = resolver(stub.server)
    records = await asyncio.gather(*(asked.addresses("ville.fr") for _ in range(10)))
    assert len({record.a for record in [*records, await asked.addresses("ville.fr")]}) == 1
    assert stub.questions.count(("ville.fr", "A")) == 1


async def test_an_old_answer_and_a_failure_are_asked_for_again(start_dns: Any) -> None:
    zone = {("ville.fr", "A"): [("93.184.216.34",), ("93.184.216.35",)], ("panne.fr", "A"): ["SERVFAIL", ("1.1.1.1",)]}
    asked = resolver((await start_dns(zone)).server, cache_seconds=0.0)
    assert (await asked.addresses("ville.fr")).a != (await asked.addresses("ville.fr")).a
    assert (await asked.addresses("panne.fr")).status is DnsStatus.FAILURE
    assert (await asked.addresses("panne.fr")).status is DnsStatus.OK


async def test_one_caller_that_leaves_does_not_take_the_answer_along(start_dns: Any) -> None:
    stub = await start_dns({("ville.fr", "A"): [("93.184.216.34",)], ("ville.fr", "AAAA"): ["SILENCE"]})
    asked = resolver(stub.server)
    hasty = asyncio.create_task(asked.addresses("ville.fr"))
    patient = asyncio.create_task(asked.addresses("ville.fr"))
    await asyncio.sleep(0.05)
    hasty.cancel()
    assert (await patient).status is DnsStatus.OK


@pytest.mark.parametrize("server", ["ns.example", "127.0.0.1:x", "127.0.0.1:0", ":53", "127.0.0.1:70000"])
def test_a_bad_server_is_bad_input(server: str) -> None:
    with pytest.raises(BadInput, match="ADDR:PORT"):
        Resolver(server)


async def test_questions_still_asked_end_with_the_resolver(start_dns: Any) -> None:
    stub = await start_dns({("ville.fr", "A"): ["SILENCE"], ("ville.fr", "AAAA"): ["SILENCE"]})
    asked = resolver(stub.server)
    waiting = asyncio.create_task(asked.addresses("ville.fr"))
    await asyncio.sleep(0.05)
    await asked.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
