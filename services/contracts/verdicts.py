"""What the analyzer concludes: verdicts with evidence, and the rule set that produced them."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from services.contracts.authorities import Authority
from services.contracts.model import Record
from services.contracts.reasons import Reason


class State(StrEnum):
    """The state of one indicator. ``undetermined`` never becomes ``no``."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


class Denominator(StrEnum):
    """The population an indicator speaks of; authorities outside it are ``not_applicable``."""

    ALL = "ALL"
    DECLARED = "DECLARED"
    SITE = "SITE"


class EvidenceKind(StrEnum):
    """Where a proof was seen."""

    DOM = "dom"
    LINK = "link"
    TEXT = "text"
    HEADER = "header"
    COOKIE = "cookie"
    DNS = "dns"
    TLS = "tls"
    REQUEST = "request"
    LAYOUT = "layout"
    SCREENSHOT = "screenshot"
    REGISTRY = "registry"
    PLAN = "plan"


class Evidence(Record):
    """One proof, enough to judge the verdict again offline.

    ``where`` is a CSS selector, a header name, a DNS record or a frame field; ``snippet`` is at
    most 300 characters of what was seen; ``artefact`` and ``sha256`` name the stored bytes.
    """

    kind: EvidenceKind
    url: str | None = None
    where: str | None = None
    snippet: str = Field(default="", max_length=300)
    viewport: str | None = None
    artefact: str | None = None
    sha256: str | None = None
    at: datetime | None = None


class Verdict(Record):
    """The state of one indicator for one audit.

    ``value`` is a number or an enumeration where the indicator has one; ``confidence`` is 0..1;
    ``reasons`` explains the state with stable identifiers; ``rule`` is ``indicator@version``.
    """

    indicator: str
    state: State
    value: float | str | None = None
    confidence: float = Field(default=0.95, ge=0, le=1)
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rule: str


class IndicatorSpec(Record):
    """What the public needs to know of an indicator: everything but its rule."""

    id: str
    label: str
    family: int | None
    denominator: Denominator
    version: int
    states: tuple[State, ...]
    values: tuple[str, ...] = ()
    unit: str | None = None
    summary: str = ""
    source: str = ""


def release_of(rule_set: str) -> int:
    """Return the release number of a rule-set version such as ``r3-1f0c9a2b``."""
    return int(rule_set.removeprefix("r").split("-", 1)[0])


FUNCTIONAL_SITE = "has_functional_site"
"""The indicator that says whether the authority has a site that works."""
_WORKS = {State.YES: True, State.PARTIAL: True, State.NO: False}


class RuleSet(Record):
    """A versioned set of indicators.

    ``version`` is ``r<release>-<digest>``: the digest derives from the rules and their data, the
    release number orders versions.
    """

    version: str
    indicators: tuple[IndicatorSpec, ...]


class VerdictSet(Record):
    """All verdicts of one audit under one rule set.

    ``unmeasured`` is None when the audit is measured, else why the site could not be judged. ``address`` is the
    one that the home page was served from, None when it was not read.
    """

    schema_version: int = 1
    audit_id: str
    campaign: str
    sequence: int
    authority: Authority
    rule_set: str
    manifest_key: str
    captured_at: datetime
    analyzed_at: datetime
    unmeasured: Reason | None = None
    address: str | None = None
    verdicts: tuple[Verdict, ...]

    @property
    def rank(self) -> tuple[int, datetime, int, datetime]:
        """Order of precedence: of two sets for one authority, the one of higher rank is current."""
        return (self.sequence, self.captured_at, release_of(self.rule_set), self.analyzed_at)

    @property
    def works(self) -> bool | None:
        """Whether the authority has a site that works, None when that is undetermined."""
        return next((_WORKS.get(v.state) for v in self.verdicts if v.indicator == FUNCTIONAL_SITE), None)
