"""What the aggregator needs from the outside."""

from collections.abc import Iterator
from typing import Protocol

from services.aggregator.domain.outcomes import AuditRow
from services.aggregator.domain.verdict_rows import VerdictRow
from services.contracts.audits import AuditId
from services.contracts.verdicts import VerdictSet


class VerdictStore(Protocol):
    """The current verdicts of every authority, and the ledger beside them. Safe for several threads."""

    def record(self, verdict_set: VerdictSet) -> bool:
        """Make the set current, in one transaction; False when one of the same or a higher rank already is."""

    def load_verdicts(self, campaign: str, indicator: str | None = None) -> Iterator[VerdictRow]:
        """Stream the current verdicts of a campaign by code and indicator; of one indicator when it is named."""

    def audits(self, campaign: str) -> Iterator[AuditRow]:
        """Stream every audit of a campaign, each with the current verdict set of its authority."""

    def planned(self, campaign: str) -> int:
        """Return how many authorities the campaign counts, whatever became of them."""

    def frame(self, campaign: str) -> str:
        """Return where the authorities of a campaign came from. Raises BadInput when there is no such campaign."""

    def manifests(self, campaign: str) -> list[tuple[AuditId, str]]:
        """Return the capture manifest behind every current verdict set."""

    def verdicts_key(self, campaign: str, code: str) -> str | None:
        """Return the key of an authority's current verdicts, or None."""
