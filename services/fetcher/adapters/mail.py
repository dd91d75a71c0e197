"""Asks what is published for the mail of a domain: where it is received, and who may send it."""

import asyncio
import re

from services.contracts.mail import MailExchange, MailRecord, TextAnswer
from services.contracts.names import DnsStatus
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.host_names import canonical_host

SELECTORS = ("default", "dkim", "google", "k1", "k2", "mail", "mxvault", "s1", "s2", "selector1", "selector2")
"""Names that providers give to DKIM keys; a selector is free, so that others may exist."""
_MOST_EXCHANGES = 5
_MOST_CHARS = 2_000
_STRING = re.compile(r'"((?:[^"\\\\]|\\\\.)*)"')


async def read_mail(resolver: Resolver, domain: str) -> MailRecord:
    """Return the mail records of a domain. Never raises."""
    name = canonical_host(domain)
    if name is None:
        nothing = TextAnswer(name=domain[:253], status=DnsStatus.NXDOMAIN)
        return MailRecord(domain=domain[:253], status=DnsStatus.NXDOMAIN, spf=nothing, dmarc=nothing)
    (status, exchanges), spf, dmarc, dkim = await asyncio.gather(
        resolver.records(name, "MX"),
        _texts(resolver, name, "v=spf1"),
        _texts(resolver, f"_dmarc.{name}", "v=dmarc1"),
        asyncio.gather(*(_texts(resolver, f"{selector}._domainkey.{name}", "") for selector in SELECTORS)),
    )
    return MailRecord(
        domain=name,
        status=status,
        exchanges=await _exchanges(resolver, exchanges),
        spf=spf,
        dmarc=dmarc,
        dkim=tuple(s for s, answer in zip(SELECTORS, dkim, strict=True) if any("p=" in text for text in answer.texts)),
    )


async def _texts(resolver: Resolver, name: str, start: str) -> TextAnswer:
    status, records = await resolver.records(name, "TXT")
    texts = ("".join(_STRING.findall(record)) for record in records)
    kept = tuple(text[:_MOST_CHARS] for text in texts if text.startswith(start))
    return TextAnswer(name=name, status=status, texts=kept)


async def _exchanges(resolver: Resolver, records: tuple[str, ...]) -> tuple[MailExchange, ...]:
    """Return the hosts of MX records, the first to be tried first, each with its addresses."""
    named = []
    for record in records:
        preference, _, host = record.partition(" ")
        name = canonical_host(host)
        if name is not None and preference.isdecimal():
            named.append((int(preference), name))
    kept = sorted(named)[:_MOST_EXCHANGES]
    found = await asyncio.gather(*(resolver.addresses(host) for _, host in kept))
    return tuple(
        MailExchange(host=host, preference=preference, addresses=(*record.a, *record.aaaa))
        for (preference, host), record in zip(kept, found, strict=True)
    )
