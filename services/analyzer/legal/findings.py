"""From a site's legal notice to the findings of its indicators."""

from services.analyzer.evidence import cut, page_evidence, plan_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.legal.names import Role
from services.analyzer.legal.notice import Mention, Notice, read_notice
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

COMPLETE, PARTIAL, ABSENT = "complete", "partial", "absent"


def judge_notice(site: Site) -> Finding:
    """Return whether the legal notice is complete: publisher, director of publication and host, at two clicks."""
    notice = read_notice(site)
    missing = tuple(
        f"no_{role}"
        for role, mention in ((Role.EDITOR, notice.editor), (Role.DIRECTOR, notice.director), (Role.HOST, notice.host))
        if mention is None
    )
    evidence = tuple(mention_evidence(mention) for mention in notice.mentions)
    if not missing and notice.reachable:
        return Finding(state=State.YES, value=COMPLETE, evidence=evidence)
    obstacle = _obstacle(site, notice)
    if obstacle:
        return undetermined(obstacle, *evidence, *_absence(site, notice))
    if notice.page is None and not notice.mentions:
        reason = "legal_page_gone" if notice.gone else "no_legal_page"
        return Finding(state=State.NO, value=ABSENT, reasons=(reason,), evidence=_absence(site, notice))
    reasons = missing if notice.reachable else (*missing, "not_linked")
    return Finding(state=State.PARTIAL, value=PARTIAL, reasons=reasons, evidence=(*evidence, *_absence(site, notice)))


def judge_role(site: Site, role: Role) -> Finding:
    """Return whether the notice names a role. The name is the value of the host's only: the others are persons."""
    notice = read_notice(site)
    mention = {Role.EDITOR: notice.editor, Role.DIRECTOR: notice.director, Role.HOST: notice.host}[role]
    if mention is None:
        return _missing(site, notice, f"no_{role}")
    party = mention.party
    known = role is not Role.HOST or party.known
    return Finding(
        state=State.YES,
        value=party.name if role is Role.HOST else None,
        confidence=0.95 if known else 0.8,
        evidence=(mention_evidence(mention),),
    )


def judge_host_field(site: Site, field: str) -> Finding:
    """Return whether the notice gives the host's ``address`` or ``phone`` beside its name."""
    notice = read_notice(site)
    found = _host_field(notice, field)
    if notice.host is None or found is None:
        shown = (mention_evidence(notice.host),) if notice.host else ()
        return _missing(site, notice, f"no_host_{field}" if notice.host else "no_host", *shown)
    return Finding(state=State.YES, confidence=0.9, evidence=(mention_evidence(notice.host, found),))


def judge_hosting_info(site: Site) -> Finding:
    """Return whether the notice names the host with its address and telephone (``partial``: not all three)."""
    notice = read_notice(site)
    if notice.host is None:
        return _missing(site, notice, "no_host" if notice.page else "no_legal_page")
    missing = tuple(f"no_host_{field}" for field in ("address", "phone") if _host_field(notice, field) is None)
    if missing and (obstacle := _obstacle(site, notice)):
        return undetermined(obstacle, mention_evidence(notice.host), plan_evidence(site))
    return Finding(
        state=State.PARTIAL if missing else State.YES,
        value=notice.host.party.name,
        confidence=0.95 if notice.host.party.known else 0.8,
        reasons=missing,
        evidence=(mention_evidence(notice.host), *((plan_evidence(site),) if missing else ())),
    )


def mention_evidence(mention: Mention, snippet: str | None = None) -> Evidence:
    """Return the words that name a party as evidence."""
    return page_evidence(mention.page, EvidenceKind.TEXT, snippet or mention.party.snippet, where=mention.party.role)


def _host_field(notice: Notice, field: str) -> str | None:
    if notice.host is None:
        return None
    return notice.host.party.address if field == "address" else notice.host.party.phone


def _missing(site: Site, notice: Notice, reason: str, *evidence: Evidence) -> Finding:
    """State an absence, when the site was seen well enough for that."""
    obstacle = _obstacle(site, notice)
    if obstacle:
        return undetermined(obstacle, *evidence, *_absence(site, notice))
    return Finding(state=State.NO, reasons=(reason,), evidence=(*evidence, *_absence(site, notice)))


def _obstacle(site: Site, notice: Notice) -> Reason | None:
    """Return why nothing may be said to be absent, or None."""
    if notice.unread:
        return notice.unread
    if notice.page and notice.page.capture.truncated:
        return Reason.TOO_LARGE
    return None if site.plan_complete else Reason.PLAN_INCOMPLETE


def _absence(site: Site, notice: Notice) -> tuple[Evidence, ...]:
    """Return what was searched: the plan, the legal page that was read, the link that leads nowhere."""
    found = [plan_evidence(site)]
    page = notice.page or notice.gone
    if page:
        title = page.title or page.capture.link_text
        snippet = f"« {title} », réponse {page.capture.status}"
        found.append(page_evidence(page, EvidenceKind.TEXT, snippet, where="title"))
    if notice.link:
        link = notice.link
        found.append(Evidence(kind=EvidenceKind.LINK, url=link.url, where=link.selector, snippet=cut(link.text)))
    return tuple(found)
