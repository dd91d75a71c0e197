"""Findings on online payment: where a bill of the town's can be paid, and through whom."""

from services.analyzer.demarches.found import Entry, read_offer
from services.analyzer.demarches.proof import entry_evidence
from services.analyzer.demarches.providers import Category
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

_KEY = "teleservices.payment"
_SHOWN = 3


@once_per_site
def judge_payment(site: Site) -> Finding:
    """Return whether the site leads to a place to pay; ``partial``: it only says that one can."""
    endpoints = _endpoints(site)
    if endpoints:
        return Finding(state=State.YES, evidence=tuple(entry_evidence(entry) for entry in endpoints[:_SHOWN]))
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


def _endpoints(site: Site) -> list[Entry]:
    return [
        entry
        for entry in read_offer(site).entries
        if entry.destination.provider is not None and entry.destination.provider.category is Category.PAYMENT
    ]
