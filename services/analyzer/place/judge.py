"""Verdicts on the country that a site, or the server that receives the mail, stands in."""

import tomllib
from functools import cache
from importlib.resources import files

from services.analyzer.evidence import manifest_evidence, plan_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.mail.judge import mx_evidence, unasked
from services.analyzer.mail.records import receives
from services.analyzer.site import Site
from services.contracts.mail import MailRecord
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

VALUES = ("france", "union", "elsewhere")


class _Network(Record):
    header: str
    name: str
    source: str


class _Countries(Record):
    source: str
    france: str
    union: str
    network: tuple[_Network, ...]


def judge_hosting_country(site: Site) -> Finding:
    """Return where the address of the home page is registered: ``yes`` in France or the Union, the part as the value.

    A delivery network answers from anywhere: its address says nothing of where the data are.
    """
    address = site.manifest.address
    country = site.manifest.countries.get(address or "")
    network = _network(site)
    if network is not None:
        shown = manifest_evidence(site, EvidenceKind.HEADER, f"{network.header} : {network.name}", where="headers")
        return Finding(state=State.UNDETERMINED, confidence=0.0, reasons=("delivery_network",), evidence=(shown,))
    if country is None:
        return undetermined(Reason.NOT_TESTED, plan_evidence(site))
    value = _part(country)
    told = f"{address} : {country}"
    shown = manifest_evidence(site, EvidenceKind.REQUEST, told, url=site.final_url, where="countries")
    return Finding(
        state=State.NO if value == "elsewhere" else State.YES,
        value=value,
        confidence=0.8,
        reasons=(f"country_{country.lower()}",) if value == "elsewhere" else (),
        evidence=(shown,),
    )


def judge_mail_country(site: Site) -> Finding:
    """Return whether every address that receives the mail first is registered in the Union."""
    mail = site.manifest.mail
    if mail is None or receives(mail) is None:
        return unasked(site)
    if not mail.exchanges:
        return Finding(state=State.NO, reasons=("mx_missing",), evidence=(mx_evidence(site, mail),))
    inside = mail_in_union(site, mail)
    if inside is None:
        return undetermined(Reason.NOT_TESTED, mx_evidence(site, mail))
    told = ", ".join(f"{address} : {site.manifest.countries[address]}" for address in mail.exchanges[0].addresses)
    shown = manifest_evidence(site, EvidenceKind.DNS, f"{mail.exchanges[0].host} : {told}", where=mail.domain)
    reasons = () if inside else ("outside_the_union",)
    return Finding(state=State.YES if inside else State.NO, confidence=0.8, reasons=reasons, evidence=(shown,))


def mail_in_union(site: Site, mail: MailRecord) -> bool | None:
    """Return whether all addresses of the first exchange stand in the Union; None where a country is not known."""
    addresses = mail.exchanges[0].addresses if mail.exchanges else ()
    countries = [site.manifest.countries.get(address) for address in addresses]
    if any(country is not None and _part(country) == "elsewhere" for country in countries):
        return False
    return None if not countries or None in countries else True


def _part(country: str) -> str:
    if country in _countries().france.split():
        return "france"
    return "union" if country in _countries().union.split() else "elsewhere"


def _network(site: Site) -> _Network | None:
    names = {header.name for hop in site.home_hops() for header in hop.headers}
    return next((network for network in _countries().network if network.header in names), None)


@cache
def _countries() -> _Countries:
    text = files(__package__).joinpath("countries.toml").read_text(encoding="utf-8")
    return _Countries.model_validate(tomllib.loads(text))
