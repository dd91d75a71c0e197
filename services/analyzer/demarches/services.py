"""Findings on the démarches of a site: each one's type, and the types together (chapter 3 of the 2018 study)."""

from collections import Counter

from services.analyzer.demarches.found import read_offer
from services.analyzer.demarches.proof import entries_evidence, entry_evidence
from services.analyzer.demarches.targets import Target
from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_EXTERNAL = frozenset({Target.EXTERNAL, Target.STATE})
_SHOWN = 3
_KEY = "teleservices.comarquage"


def judge_service(site: Site, demarche: str) -> Finding:
    """Return whether one démarche can be done online; the value is the type of the best place for it."""
    entry = read_offer(site).best.get(demarche)
    if entry is None:
        return absent(site, "demarche_not_found")
    value, evidence = entry.target.name.lower(), (entry_evidence(entry),)
    if entry.target is Target.PLATFORM and not entry.destination.own:
        reasons = ("shared_platform", *(("through_epci",) if entry.destination.epci else ()))
        return Finding(state=State.PARTIAL, value=value, confidence=0.8, reasons=reasons, evidence=evidence)
    if entry.target >= Target.FORM:
        confidence = 0.95 if entry.target is Target.PLATFORM else 0.8
        return Finding(state=State.YES, value=value, confidence=confidence, evidence=evidence)
    if entry.target is Target.STATE:
        return Finding(state=State.PARTIAL, value=value, reasons=("state_teleservice",), evidence=evidence)
    if not site.plan_complete:
        return undetermined(Reason.PLAN_INCOMPLETE, *evidence, value=value)
    return Finding(state=State.NO, value=value, confidence=0.8, reasons=(f"only_{value}",), evidence=evidence)


def judge_type(site: Site, target: Target) -> Finding:
    """Return whether any démarche of the site is of a type."""
    found = [entry for entry in read_offer(site).entries if entry.demarches and entry.target is target]
    if not found:
        return absent(site, "type_absent")
    return Finding(state=State.YES, confidence=0.8, evidence=tuple(entry_evidence(entry) for entry in found[:_SHOWN]))


def judge_dominant_type(site: Site) -> Finding:
    """Return the commonest type of the démarches found, the more helpful of equal ones, as the value."""
    best = read_offer(site).best
    if not best:
        return _no_demarche(site)
    counts = Counter(entry.target for entry in best.values())
    target = max(counts, key=lambda one: (counts[one], one))
    shown = [entry for entry in best.values() if entry.target is target][:_SHOWN]
    return Finding(
        state=State.YES, value=target.name.lower(), confidence=0.8, evidence=tuple(entry_evidence(e) for e in shown)
    )


def judge_only_external(site: Site) -> Finding:
    """Return whether all that leads on is links to other sites: information and downloads on the site aside."""
    entries = [e for e in read_offer(site).best.values() if e.target > Target.DOWNLOAD]
    if not entries:
        return _no_demarche(site)
    own = [entry for entry in entries if entry.target not in _EXTERNAL]
    if own:
        return Finding(state=State.NO, confidence=0.8, reasons=("own_service",), evidence=entries_evidence(own))
    if not site.plan_complete:
        return undetermined(Reason.PLAN_INCOMPLETE, *entries_evidence(entries))
    return Finding(state=State.YES, confidence=0.8, evidence=(*entries_evidence(entries), plan_evidence(site)))


def judge_share_transmitted(site: Site) -> Finding:
    """Return the share of the démarches found that are forms or platforms, as the value."""
    best = read_offer(site).best
    if not best:
        return _no_demarche(site)
    transmitted = [entry for entry in best.values() if entry.target >= Target.FORM]
    shown = entries_evidence(transmitted or list(best.values()))
    state = State.YES if transmitted else State.NO
    reasons = () if transmitted else ("none_transmitted",)
    value = round(len(transmitted) / len(best), 4)
    return Finding(state=state, value=value, confidence=0.8, reasons=reasons, evidence=shown)


def judge_co_marking(site: Site) -> Finding:
    """Return whether the site shows the State's pages under its own name."""
    mentions = read_mentions(site).get(_KEY, ())
    if mentions:
        return Finding(state=State.YES, evidence=(mention_evidence(mentions[0], _KEY),))
    for entry in read_offer(site).entries:
        if entry.destination.label == "comarquage" and entry.link is not None:
            where = entry.link.selector
            shown = page_evidence(entry.page, EvidenceKind.LINK, entry.link.url, where=where)
            return Finding(state=State.YES, confidence=0.8, evidence=(shown,))
    return absent(site, "no_co_marking")


def _no_demarche(site: Site) -> Finding:
    if not site.plan_complete:
        return undetermined(Reason.PLAN_INCOMPLETE, plan_evidence(site))
    return not_applicable("no_demarche")
