"""Further things that a site says: its statement's age, a button for reviews, open data, a digital safe, its app."""

import re
from datetime import date

from services.analyzer.currency.dates import dates_in
from services.analyzer.demarches.accounts import judge_account
from services.analyzer.evidence import page_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.presence.absence import absent
from services.analyzer.presence.channels import seen_at
from services.analyzer.presence.conformity import a11y_statements, judge_a11y_statement
from services.analyzer.presence.mentions import read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_DATED = re.compile(r"(?:declaration|etablie?|mise? a jour|audit|realisee?|evaluation|version)[^0-9]{0,80}$")
_LAW = date(2005, 2, 11)
"""Every statement names the law of that day."""
_YEARS = 3
_REVIEW_HOSTS = (
    "jedonnemonavis.numerique.gouv.fr",
    "monavis.numerique.gouv.fr",
    "voxusagers.numerique.gouv.fr",
)
_OPEN_DATA = re.compile(r"^(?:opendata|data|donnees)\.|(?:^|\.)data\.gouv\.fr$|opendatasoft\.com$")


def judge_statement_age(site: Site) -> Finding:
    """Return whether the accessibility statement is more than three years old (``yes``)."""
    statement = judge_a11y_statement(site)
    if statement.state is State.NO:
        return not_applicable("no_statement")
    if statement.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *statement.evidence)
    today = site.manifest.finished_at.date()
    for page, _ in a11y_statements(site):
        found = (day for day, start, _ in dates_in(page.text) if _DATED.search(page.text[max(0, start - 100) : start]))
        newest = max((day for day in found if day != _LAW and day <= today), default=None)
        if newest is not None:
            shown = page_evidence(page, EvidenceKind.TEXT, newest.isoformat(), where="text")
            expired = (today.year - _YEARS, today.month, today.day) > (newest.year, newest.month, newest.day)
            return Finding(state=State.YES if expired else State.NO, confidence=0.8, evidence=(shown,))
    return Finding(state=State.UNDETERMINED, confidence=0.0, reasons=("no_date",), evidence=statement.evidence)


def judge_review(site: Site) -> Finding:
    """Return whether the site offers to give an opinion of its services; ``partial``: in words, without the button."""
    for page in site.readable_pages:
        for link in page.links:
            if host_of(link.url) in _REVIEW_HOSTS:
                shown = page_evidence(page, EvidenceKind.LINK, link.url, where=link.selector)
                return Finding(state=State.YES, evidence=(shown,))
    return _in_words(site, "review", "no_review_button")


def judge_open_data(site: Site) -> Finding:
    """Return whether the site links to open data; ``partial``: it only speaks of them."""
    for page in site.readable_pages:
        for link in page.links:
            if _OPEN_DATA.search(host_of(link.url)):
                shown = page_evidence(page, EvidenceKind.LINK, link.url, where=link.selector)
                return Finding(state=State.YES, confidence=0.9, evidence=(shown,))
    return _in_words(site, "open_data", "no_open_data")


def judge_safe(site: Site) -> Finding:
    """Return whether a site with an account speaks of a digital safe."""
    account = judge_account(site)
    if account.state is State.NO:
        return not_applicable("no_account")
    if account.state is State.UNDETERMINED:
        return undetermined(Reason.PLAN_INCOMPLETE, *account.evidence)
    found = read_mentions(site).get("conformity.digital_safe", ())
    if not found:
        return absent(site, "no_digital_safe")
    return Finding(state=State.YES, confidence=0.8, evidence=(mention_evidence(found[0], "conformity.digital_safe"),))


def judge_app(site: Site) -> Finding:
    """Return the vendors of the mobile applications that the site leads to, as the value."""
    found = seen_at(site, "app_mobile")
    if not found:
        return absent(site, "no_app")
    names = sorted({name for name, _ in found})
    return Finding(state=State.YES, value=", ".join(names), evidence=tuple(evidence for _, evidence in found[:3]))


def _in_words(site: Site, key: str, reason: str) -> Finding:
    found = read_mentions(site).get(f"conformity.{key}", ())
    if not found:
        return absent(site, reason)
    shown = mention_evidence(found[0], f"conformity.{key}")
    return Finding(state=State.PARTIAL, confidence=0.6, reasons=("words_only",), evidence=(shown,))
