"""Findings on online payment: where a bill of the town's can be paid, and through whom."""

import tomllib
from datetime import date
from importlib.resources import files

from services.analyzer.classification import classify
from services.analyzer.demarches.found import Entry, read_offer
from services.analyzer.demarches.proof import entries_evidence
from services.analyzer.demarches.providers import Category
from services.analyzer.evidence import registry_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

_KEY = "teleservices.payment"
_SHOWN = 3
COMPLIANT, UNKNOWN = "compliant", "absent_obligation_unknown"
DUTIES = (COMPLIANT, UNKNOWN)


@once_per_site
def judge_payment(site: Site) -> Finding:
    """Return whether the site leads to a place to pay; ``partial``: it only says that one can."""
    endpoints = _endpoints(site)
    if endpoints:
        return Finding(state=State.YES, evidence=entries_evidence(endpoints))
    mentions = read_mentions(site).get(_KEY, ())
    if mentions:
        told = sorted(mentions, key=lambda mention: mention.place is Place.TEXT)[:_SHOWN]
        evidence = tuple(mention_evidence(mention, _KEY) for mention in told)
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("words_only",), evidence=evidence)
    return absent(site, "no_payment")


def judge_payment_provider(site: Site) -> Finding:
    """Return the payment services that the site leads to, as the value."""
    payment = judge_payment(site)
    if payment.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *payment.evidence)
    endpoints = _endpoints(site)
    names = sorted({e.destination.provider.name for e in endpoints if e.destination.provider})
    if not names:
        return not_applicable("no_payment")
    return Finding(state=State.YES, value=", ".join(names), evidence=payment.evidence)


def judge_duty(site: Site) -> Finding:
    """Return where the authority stands towards the duty to offer payment online, as the value.

    Receipts are not known here: without an offer the duty may or may not apply, which is a point of attention and
    never a breach.
    """
    payment = judge_payment(site) if classify(site).state is not State.NO else None
    if payment is not None and payment.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *payment.evidence)
    if payment is not None and payment.state is State.YES:
        return Finding(state=State.YES, value=COMPLIANT, confidence=0.8, evidence=payment.evidence)
    since, receipts = duty_at(site.manifest.finished_at.date())
    told = f"recettes annuelles d’au moins {receipts} € : obligation depuis le {since.isoformat()}"
    evidence = (registry_evidence(site, "duty", told), *(payment.evidence if payment else ()))
    return Finding(
        state=State.PARTIAL, value=UNKNOWN, confidence=0.6, reasons=("point_of_attention",), evidence=evidence
    )


def duty_at(day: date) -> tuple[date, int]:
    """Return since when, and from which yearly receipts in euros, the duty applies on a day."""
    rows = tomllib.loads(files(__package__).joinpath("payment_calendar.toml").read_text(encoding="utf-8"))["duty"]
    return max((row["since"], row["receipts"]) for row in rows if row["since"] <= day)


def _endpoints(site: Site) -> list[Entry]:
    return [
        entry
        for entry in read_offer(site).entries
        if entry.destination.provider is not None and entry.destination.provider.category is Category.PAYMENT
    ]
