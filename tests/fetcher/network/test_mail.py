"""What is published for the mail of a domain, asked of a real name server."""

from typing import Any

from services.contracts.names import DnsStatus
from services.fetcher.adapters.mail import read_mail
from services.fetcher.adapters.resolver import Resolver


def resolver(server: str) -> Resolver:
    return Resolver(server, question_seconds=0.6)


async def test_exchanges_come_in_order_with_their_addresses_and_texts_are_joined(start_dns: Any) -> None:
    zone = {
        ("ville.fr", "MX"): [("MX\t20 mx2.poste.fr.", "MX\t5 MX1.poste.fr.")],
        ("ville.fr", "TXT"): [('TXT\t"verification=1"', 'TXT\t"v=spf1\\032mx\\032" "-all"')],
        ("_dmarc.ville.fr", "TXT"): [('TXT\t"v=DMARC1;p=reject"',)],
        ("mail._domainkey.ville.fr", "TXT"): [('TXT\t"v=DKIM1;p=abc"',)],
        ("mx1.poste.fr", "A"): [("203.0.113.5",)],
        ("mx1.poste.fr", "AAAA"): [("2001:db8::5",)],
        ("mx2.poste.fr", "A"): [("203.0.113.20",)],
    }
    mail = await read_mail(resolver((await start_dns(zone)).server), "Ville.fr")
    assert mail.status is DnsStatus.OK
    assert [(e.host, e.preference, e.addresses) for e in mail.exchanges] == [
        ("mx1.poste.fr", 5, ("203.0.113.5", "2001:db8::5")),
        ("mx2.poste.fr", 20, ("203.0.113.20",)),
    ]
    assert mail.spf.texts == ("v=spf1 mx -all",)
    assert mail.dmarc.texts == ("v=dmarc1;p=reject",)
    assert mail.dkim == ("mail",)


async def test_a_domain_that_receives_nothing_says_so(start_dns: Any) -> None:
    stub = await start_dns({("ville.fr", "MX"): [("MX\t0 .",)], ("ville.fr", "A"): [("203.0.113.1",)]})
    mail = await read_mail(resolver(stub.server), "ville.fr")
    assert (mail.status, mail.exchanges) == (DnsStatus.OK, ())
    assert (mail.spf.status, mail.dmarc.status) == (DnsStatus.NO_DATA, DnsStatus.NXDOMAIN)


async def test_silence_and_absence_are_told_apart(start_dns: Any) -> None:
    silent = await start_dns({("ville.fr", kind): ["SILENCE"] for kind in ("MX", "TXT")})
    assert (await read_mail(resolver(silent.server), "ville.fr")).status is DnsStatus.FAILURE
    assert (await read_mail(resolver((await start_dns({})).server), "mort.fr")).status is DnsStatus.NXDOMAIN


async def test_what_is_no_domain_is_not_asked_for(start_dns: Any) -> None:
    stub = await start_dns({})
    mail = await read_mail(resolver(stub.server), "pas un domaine")
    assert (mail.status, stub.questions) == (DnsStatus.NXDOMAIN, [])
