"""Findings on tele-services: whether residents can send a request to their town, through what, and whose it is."""

from services.analyzer.demarches.forms import has_message_form
from services.analyzer.demarches.found import Entry, read_offer
from services.analyzer.demarches.proof import entries_evidence, entry_evidence
from services.analyzer.demarches.providers import Category
from services.analyzer.demarches.targets import Target
from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.page import Page
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_NO_TELESERVICE = frozenset({Category.MARCHES, Category.PARTICIPATION})
"""Platforms that take no request of a resident's."""
_NO_REQUEST = frozenset({"participation", "newsletter_alerte", "contact_elu"})
_SVE = "teleservices.sve"


@once_per_site
def judge_teleservice(site: Site) -> Finding:
    """Return whether one démarche at least can be sent online to the authority itself (strict).

    ``partial``: only a platform shared with others, a form to write to the town, or an address for requests.
    """
    entries = transmitting(site)
    own = [entry for entry in entries if entry.destination.own]
    if own:
        sure = any(e.target is Target.PLATFORM and e.destination.provider for e in own)
        return Finding(state=State.YES, confidence=0.95 if sure else 0.8, evidence=entries_evidence(own))
    if entries:
        epci = next((entry.destination.epci for entry in entries if entry.destination.epci), None)
        reasons = ("shared_platform", *(("through_epci",) if epci else ()))
        evidence = entries_evidence(entries)
        return Finding(state=State.PARTIAL, value=epci, confidence=0.8, reasons=reasons, evidence=evidence)
    mentions = read_mentions(site).get(_SVE, ())
    if mentions:
        shown = mention_evidence(mentions[0], _SVE)
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("electronic_request",), evidence=(shown,))
    page = message_page(site)
    if page is not None:
        shown = page_evidence(page, EvidenceKind.DOM, f"« {page.title or page.url} »", where="form")
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("contact_form_only",), evidence=(shown,))
    return absent(site, "no_teleservice")


def judge_teleservice_broad(site: Site) -> Finding:
    """Return the same with the State's téléprocédures that the site leads to."""
    strict = judge_teleservice(site)
    if strict.state is State.YES:
        return strict
    state = [e for e in read_offer(site).entries if e.demarches and e.target is Target.STATE]
    if state:
        return Finding(
            state=State.YES, confidence=0.8, reasons=("state_teleservice",), evidence=entries_evidence(state)
        )
    return strict


def judge_count(site: Site) -> Finding:
    """Return the number of démarches that a form or a platform takes, as the value."""
    best = read_offer(site).best
    online = [entry for entry in best.values() if entry.target >= Target.FORM]
    if not online:
        finding = absent(site, "no_teleservice")
        return (
            finding
            if finding.state is State.UNDETERMINED
            else Finding(state=State.NO, value=0, reasons=finding.reasons, evidence=finding.evidence)
        )
    return Finding(state=State.YES, value=len(online), confidence=0.8, evidence=entries_evidence(online))


def judge_provider(site: Site) -> Finding:
    """Return the vendors of the platforms that the site leads to, as the value."""
    outside = _outside(site)
    if outside is not None:
        return outside
    entries = [entry for entry in transmitting(site) if entry.destination.provider is not None]
    names = sorted({entry.destination.provider.name for entry in entries if entry.destination.provider})
    if not names:
        return Finding(
            state=State.NO, confidence=0.6, reasons=("provider_unknown",), evidence=entries_evidence(transmitting(site))
        )
    return Finding(state=State.YES, value=", ".join(names), confidence=0.9, evidence=entries_evidence(entries))


def judge_mutualised(site: Site) -> Finding:
    """Return whether a platform is shared, run by an intercommunality or a public operator: whose, as the value."""
    outside = _outside(site)
    if outside is not None:
        return outside
    entries = transmitting(site)
    shared = [e for e in entries if not e.destination.own or _is_operator(e)]
    if shared:
        epci = next((entry.destination.epci for entry in shared if entry.destination.epci), None)
        names = [entry.destination.provider.name for entry in shared if entry.destination.provider]
        value = epci or next(iter(names), None)
        return Finding(state=State.YES, value=value, confidence=0.8, evidence=entries_evidence(shared))
    return Finding(state=State.NO, confidence=0.6, reasons=("own_platform",), evidence=entries_evidence(entries))


def judge_planning(site: Site) -> Finding:
    """Return whether planning applications can be sent online (code de l'urbanisme, L423-3)."""
    platforms = [
        entry
        for entry in read_offer(site).platforms
        if "permis_construire" in entry.demarches
        or (entry.destination.provider is not None and entry.destination.provider.category is Category.URBANISME)
    ]
    if platforms:
        return Finding(state=State.YES, confidence=0.9, evidence=entries_evidence(platforms))
    entry = read_offer(site).best.get("permis_construire")
    if entry is not None and entry.target in (Target.FORM, Target.STATE):
        reason = "state_teleservice" if entry.target is Target.STATE else "form"
        return Finding(state=State.PARTIAL, confidence=0.8, reasons=(reason,), evidence=(entry_evidence(entry),))
    return absent(site, "no_planning_teleservice")


def judge_electronic_entry(site: Site) -> Finding:
    """Return how a request can be sent electronically: by a platform, a form, an address, or a contact form."""
    entries = transmitting(site)
    for target, value in ((Target.PLATFORM, "platform"), (Target.FORM, "form")):
        found = [entry for entry in entries if entry.target is target]
        if found:
            return Finding(state=State.YES, value=value, confidence=0.9, evidence=entries_evidence(found))
    for mention in read_mentions(site).get(_SVE, ()):
        if any(link.url.startswith("mailto:") for link in mention.page.links):
            shown = mention_evidence(mention, _SVE)
            return Finding(state=State.YES, value="dedicated_email", confidence=0.6, evidence=(shown,))
    page = message_page(site)
    if page is not None:
        shown = page_evidence(page, EvidenceKind.DOM, f"« {page.title or page.url} »", where="form")
        return Finding(state=State.PARTIAL, value="contact_form", confidence=0.8, evidence=(shown,))
    finding = absent(site, "no_electronic_entry")
    return (
        finding
        if finding.state is State.UNDETERMINED
        else Finding(state=State.NO, value="none", reasons=finding.reasons, evidence=finding.evidence)
    )


def transmitting(site: Site) -> list[Entry]:
    """Return the entries through which a resident's request is sent, the most helpful first."""
    found = [
        entry
        for entry in read_offer(site).entries
        if (entry.target is Target.PLATFORM and not _is_of(entry, _NO_TELESERVICE))
        or (entry.target is Target.FORM and entry.demarches - _NO_REQUEST)
    ]
    return sorted(found, key=lambda entry: (-entry.target, not entry.destination.own))


def message_page(site: Site) -> Page | None:
    """Return the first page with a form to write to the town."""
    return next((p for p in site.readable_pages if any(has_message_form(d) for d in p.documents)), None)


def _outside(site: Site) -> Finding | None:
    strict = judge_teleservice(site)
    if strict.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *strict.evidence)
    has = strict.state is State.YES or "shared_platform" in strict.reasons
    return None if has else not_applicable("no_teleservice")


def _is_of(entry: Entry, categories: frozenset[Category]) -> bool:
    provider = entry.destination.provider
    return provider is not None and provider.category in categories


def _is_operator(entry: Entry) -> bool:
    return _is_of(entry, frozenset({Category.OPERATOR}))
