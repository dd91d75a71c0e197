"""The closed set of reasons why an audit, a page or a verdict could not be measured, or was left out.

The values are stable: they are stored, published, and used as metric labels.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why something is unmeasured, undetermined, excluded or failed."""

    # The site could not be seen.
    BLOCKED = "blocked"
    """A bot challenge or an access refusal (401, 403, 429, 503 with a challenge) stood in the way."""
    ROBOTS = "robots"
    """robots.txt forbids our user agent to read the home page."""
    TIMEOUT = "timeout"
    """The server accepted the connection but did not answer within the budget."""
    UNREACHABLE = "unreachable"
    """Connections were refused or never opened, not confirmed over several days."""
    DNS_FAILURE = "dns_failure"
    """The name servers did not answer: neither an address nor a proof of absence."""
    NETWORK_FAILURE = "network_failure"
    """Our own machine had no way to the site's address: it says nothing of the site."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """The name leads to a private, loopback or otherwise non-public address."""
    BROWSER_CRASH = "browser_crash"
    """The browser died on this site on every attempt."""
    SERVER_ERROR = "server_error"
    """The server answered 5xx: it may be a passing failure."""
    TOO_LARGE = "too_large"
    """The answer passed the size bound."""
    PROTOCOL_ERROR = "protocol_error"
    """The server spoke something that is not HTTP."""
    TLS_FAILURE = "tls_failure"
    """No TLS session could be opened at all (not: a bad certificate)."""
    REDIRECT_LOOP = "redirect_loop"
    """The redirects never end."""
    UNEXPECTED_CONTENT = "unexpected_content"
    """The answer is not a page that can be read (a download, an unknown media type)."""
    LIMIT_REACHED = "limit_reached"
    """The site has cost as many requests or bytes as one site may."""

    # The audit could not be carried out.
    STUCK = "stuck"
    POISON = "poison"
    ARTEFACT_LOST = "artefact_lost"
    STORE_UNAVAILABLE = "store_unavailable"
    DATABASE_UNAVAILABLE = "database_unavailable"
    INTERNAL = "internal"
    CAMPAIGN_CLOSED = "campaign_closed"
    """An operator closed the campaign before the audit was released."""

    # A page or a rule could not be judged.
    HOME_NOT_CAPTURED = "home_not_captured"
    NO_MOBILE_RENDER = "no_mobile_render"
    NO_DESKTOP_RENDER = "no_desktop_render"
    PLAN_INCOMPLETE = "plan_incomplete"
    """Fewer than 60 % of the planned pages that the site links to could be read."""
    NOT_TESTED = "not_tested"
    PENDING_CONFIRMATION = "pending_confirmation"
    """A site that worked before fails now; the failure does not count until later visits have confirmed it."""
    SITE_UNDETERMINED = "site_undetermined"
    """Whether the authority has a site is itself undetermined."""
    IDENTITY_UNCERTAIN = "identity_uncertain"

    # Left out on purpose.
    OPTED_OUT = "opted_out"
    """The owner of the host asked not to be visited."""
    OUTSIDE_STUDY = "outside_study"
    """Overseas collectivities and uninhabited territories: not in the population of the study."""

    # Bad input and bad records.
    BAD_INPUT = "bad_input"
    UNSUPPORTED_SCHEMA = "unsupported_schema"
