"""Verdicts on the criteria and on the groups of criteria."""

from services.analyzer.evidence import plan_evidence, probe_evidence, registry_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.mail.judge import mx_evidence, text_evidence
from services.analyzer.rpnt.criteria import Criterion, load_rpnt
from services.analyzer.rpnt.issues import Issues, find_issues
from services.analyzer.site import Site, once_per_site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, State

_MOST = 4


@once_per_site
def issues_of(site: Site) -> Issues:
    """Return the issues of an authority, found once."""
    return find_issues(site)


def judge_criterion(site: Site, criterion: Criterion) -> Finding:
    """Return whether a criterion is met: ``no`` with the issues it fails on, undetermined where one is not known."""
    if criterion.ref[0] == "2" and criterion.ref != "2.1" and not site.authority.email_domain:
        return not_applicable("no_email")
    found = issues_of(site)
    evidence = _evidence(site, criterion.ref)
    failed = tuple(issue.lower() for issue in criterion.issues if found[issue])
    if failed:
        return Finding(state=State.NO, reasons=failed, evidence=evidence)
    if any(found[issue] is None for issue in criterion.issues):
        return undetermined(Reason.NOT_TESTED, *evidence)
    return Finding(state=State.YES, evidence=evidence)


def judge_groups(site: Site) -> Finding:
    """Return the groups that are met, separated by spaces, as the value: ``yes`` for all 16 criteria.

    ``partial`` where another group is met, and ``no`` where every group misses a criterion; undetermined where an
    unknown criterion decides.
    """
    met = {criterion.ref: _meets(issues_of(site), criterion) for criterion in load_rpnt().criteria}
    groups = {name: _all_met(met, _members(issues_of(site), name)) for name in load_rpnt().groups}
    reached = " ".join(name for name, reached in groups.items() if reached)
    evidence = _evidence(site, "1.1") + _evidence(site, "2.1")
    if groups["aa"]:
        return Finding(state=State.YES, value=reached, evidence=evidence)
    failed = tuple(f"criterion_{ref}" for ref, done in met.items() if done is False)
    if reached:
        return Finding(state=State.PARTIAL, value=reached, reasons=failed, evidence=evidence)
    if any(done is None for done in groups.values()):
        return undetermined(Reason.NOT_TESTED, *evidence)
    return Finding(state=State.NO, value="none", reasons=failed, evidence=evidence)


def judge_essential(site: Site) -> Finding:
    """Return whether every criterion is met that ANCT's public page calls essential."""
    essential = [criterion for criterion in load_rpnt().criteria if criterion.essential]
    met = {criterion.ref: _meets(issues_of(site), criterion) for criterion in essential}
    evidence = _evidence(site, "1.1") + _evidence(site, "2.1")
    failed = tuple(f"criterion_{ref}" for ref, done in met.items() if done is False)
    if failed:
        return Finding(state=State.NO, reasons=failed, evidence=evidence)
    if None in met.values():
        return undetermined(Reason.NOT_TESTED, *evidence)
    return Finding(state=State.YES, evidence=evidence)


def _meets(found: Issues, criterion: Criterion) -> bool | None:
    if any(found[issue] for issue in criterion.issues):
        return False
    return None if any(found[issue] is None for issue in criterion.issues) else True


def _members(found: Issues, group: str) -> tuple[str, ...]:
    """Return the criteria of a group: 2.3 leaves those of the mail where the site, not the mail, breaks it."""
    members = load_rpnt().groups[group]
    website = ("WEBSITE_MISSING", "WEBSITE_MALFORMED", "WEBSITE_DOMAIN_EXTENSION")
    if group in ("2.a", "2.aa") and any(found[i] for i in website) and not found["EMAIL_DOMAIN_EXTENSION"]:
        return tuple(ref for ref in members if ref != "2.3")
    return members


def _all_met(met: dict[str, bool | None], members: tuple[str, ...]) -> bool | None:
    states = [met[ref] for ref in members]
    if False in states:
        return False
    return None if None in states else True


def _evidence(site: Site, ref: str) -> tuple[Evidence, ...]:
    """Return what a criterion is judged on: the registry, the probes, or the name servers' answers."""
    mail = site.manifest.mail
    if ref in ("1.1", "1.2", "1.8"):
        return (registry_evidence(site, "declared_url", site.authority.declared_url or "aucune adresse"),)
    if ref[0] == "1":
        return tuple(probe_evidence(site, probe) for probe in site.probes[:_MOST]) or (plan_evidence(site),)
    if ref in ("2.1", "2.2", "2.3"):
        return (registry_evidence(site, "email_domain", site.authority.email_domain or "aucune adresse"),)
    if mail is None:
        return (plan_evidence(site),)
    shown = {"2.5": mail.spf, "2.6": mail.dmarc, "2.7": mail.dmarc}.get(ref)
    return (mx_evidence(site, mail), *((text_evidence(site, shown),) if shown else ()))
