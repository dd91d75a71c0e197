"""When nothing was found: an absence where enough was read, not seen otherwise; and authorities without a site."""

from collections.abc import Callable
from functools import wraps

from services.analyzer.classification import classify
from services.analyzer.evidence import plan_evidence
from services.analyzer.indicator import Finding, Rule, undetermined
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import State


def absent(site: Site, reason: str) -> Finding:
    """Return ``no`` with the pages that were searched, or ``undetermined`` where too few of them could be read."""
    if not site.plan_complete:
        return undetermined(Reason.PLAN_INCOMPLETE, plan_evidence(site))
    return Finding(state=State.NO, reasons=(reason,), evidence=(plan_evidence(site),))


def for_every_authority(rule: Callable[[Site], Finding]) -> Rule:
    """Return a rule over all authorities: without a functional site the answer is ``no``, as the 2018 study counts."""

    @wraps(rule)
    def judge(site: Site) -> Finding:
        found = classify(site)
        if found.state is State.NO:
            status = (found.status.value,) if found.status else ()
            return Finding(
                state=State.NO,
                confidence=found.confidence,
                reasons=("no_functional_site", *status),
                evidence=found.evidence,
            )
        if found.state is State.UNDETERMINED:
            return undetermined(Reason.SITE_UNDETERMINED, *found.evidence)
        return rule(site)

    return judge
