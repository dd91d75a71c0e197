"""Confirm before flip: a site that worked and now fails is tried again before the failure counts."""

from services.contracts.declared_url import normalise_declared_url
from services.contracts.hosts import PlatformCategory, host_of, platform_of
from services.contracts.model import Record
from services.contracts.reasons import Reason

OF_THE_SITE = frozenset(
    {
        Reason.BLOCKED,
        Reason.ROBOTS,
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.DNS_FAILURE,
        Reason.FORBIDDEN_ADDRESS,
        Reason.BROWSER_CRASH,
        Reason.SERVER_ERROR,
        Reason.TOO_LARGE,
        Reason.PROTOCOL_ERROR,
        Reason.TLS_FAILURE,
        Reason.REDIRECT_LOOP,
        Reason.UNEXPECTED_CONTENT,
        Reason.HOME_NOT_CAPTURED,
        Reason.IDENTITY_UNCERTAIN,
    }
)
"""Why the site itself could not be seen; the other reasons are ours and say nothing of it."""
_FINAL = frozenset({Reason.OPTED_OUT, Reason.CAMPAIGN_CLOSED})


class End(Record):
    """How an audit ended: measured or not, whether the site works if that is known, where it was served from."""

    unmeasured: Reason | None = None
    works: bool | None = None
    address: str | None = None

    @property
    def failing(self) -> bool:
        """Whether the site was found not to work, or could not be seen for a reason of its own."""
        return self.works is False or self.unmeasured in OF_THE_SITE


def next_confirmation(number: int, end: End, *, worked_before: bool, tries: int) -> int | None:
    """Return the number of the confirmation that must follow an audit, None when none must.

    ``number`` is the audit's own: 0 for the first visit, from 1 for confirmations, of which there are at most
    ``tries``. A first visit is followed by one when the site worked before and fails now. A confirmation is
    followed by the next until one works, also when it could not be carried out: that confirms nothing.
    """
    if end.works or number >= tries:
        return None
    if number == 0:
        return 1 if worked_before and end.failing else None
    over = end.unmeasured in _FINAL or (end.unmeasured is None and end.works is None)
    return None if over else number + 1


def is_visited(declared_url: str | None) -> bool:
    """Whether there is a site to try again: an authority that no longer declares one has not failed."""
    url = normalise_declared_url(declared_url).url
    platform = platform_of(host_of(url)) if url else None
    return url is not None and (platform is None or platform.category is not PlatformCategory.SOCIAL)
