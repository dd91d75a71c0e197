"""The hosting of a site: whose domain it stands on, whether its host is told, and the 2018 study's risk of both."""

from services.analyzer.evidence import manifest_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.legal.findings import judge_hosting_info
from services.analyzer.site import Site
from services.analyzer.third_party import owner_of
from services.contracts.hosts import host_of
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State


def judge_domain_owner(site: Site) -> Finding:
    """Return yes on a shared platform, partial on another collectivité's domain, no on a domain of its own."""
    if site.final_url is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    owner = owner_of(site.authority, host_of(site.final_url))
    evidence = manifest_evidence(site, EvidenceKind.REQUEST, site.final_url, url=site.final_url, where="final_url")
    return Finding(
        state=owner.state,
        value=owner.domain,
        confidence=owner.confidence,
        reasons=(owner.reason,),
        evidence=(evidence,),
    )


def judge_traceability(site: Site) -> Finding:
    """Return whether the site says who hosts it; the name is the value."""
    told = judge_hosting_info(site)
    if told.state in (State.NO, State.UNDETERMINED):
        return told
    return Finding(state=State.YES, value=told.value, confidence=told.confidence, evidence=told.evidence[:1])


def judge_risk(site: Site) -> Finding:
    """Return whether a cause of the study holds: a third party's sub-domain, or no legal information on the host.

    ``partial``: another collectivité's domain, or a host that is named without its address or telephone.
    """
    owner, told = judge_domain_owner(site), judge_hosting_info(site)
    causes = {"third_party_subdomain": owner.state, "no_hosting_information": _LACKING[told.state]}
    evidence = (*owner.evidence, *told.evidence)
    for state in (State.YES, State.UNDETERMINED, State.PARTIAL):
        holding = tuple(cause for cause, found in causes.items() if found is state)
        if holding and state is State.UNDETERMINED:
            return undetermined(Reason.PLAN_INCOMPLETE, *evidence)
        if holding:
            return Finding(state=state, confidence=0.8, reasons=holding, evidence=evidence)
    return Finding(state=State.NO, confidence=0.8, reasons=("no_cause",), evidence=evidence)


_LACKING = {
    State.YES: State.NO,
    State.PARTIAL: State.PARTIAL,
    State.NO: State.YES,
    State.UNDETERMINED: State.UNDETERMINED,
}
"""Whether information is lacking, by whether it is there."""
