"""What a site is: the seventeen statuses, and the conclusion with its proof."""

from dataclasses import dataclass
from enum import StrEnum

from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, State


class SiteStatus(StrEnum):
    """What stands at the declared address. The first that fits, in this order, wins."""

    NONE_DECLARED = "none_declared"
    SOCIAL_ONLY = "social_only"
    STATE_PAGE = "state_page"
    DNS_DEAD = "dns_dead"
    PARKED = "parked"
    DEFAULT_HOSTING = "default_hosting"
    UNDER_CONSTRUCTION = "under_construction"
    HIJACKED = "hijacked"
    HTTP_ERROR = "http_error"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    LOGIN_ONLY = "login_only"
    EMPTY = "empty"
    WRONG_ENTITY = "wrong_entity"
    EPCI_HOSTED = "epci_hosted"
    THIRD_PARTY_SUBDOMAIN = "third_party_subdomain"
    FUNCTIONAL = "functional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a site was found to be.

    ``status`` is None when nothing can be said. ``state`` is whether the authority has a functional site;
    ``unmeasured`` says why it is undetermined, and is None for every other state.
    """

    status: SiteStatus | None
    state: State
    confidence: float = 0.95
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unmeasured: Reason | None = None


def absent(
    status: SiteStatus, *evidence: Evidence, confidence: float = 0.95, reasons: tuple[str, ...] = ()
) -> Classification:
    """Conclude that there is no functional site."""
    return Classification(
        status=status, state=State.NO, confidence=confidence, reasons=reasons, evidence=tuple(evidence)
    )


def unseen(
    reason: Reason, *evidence: Evidence, status: SiteStatus | None = None, reasons: tuple[str, ...] = ()
) -> Classification:
    """Conclude that the site could not be judged."""
    return Classification(
        status=status,
        state=State.UNDETERMINED,
        confidence=0.0,
        reasons=(reason.value, *reasons),
        evidence=tuple(evidence),
        unmeasured=reason,
    )
