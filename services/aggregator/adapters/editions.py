"""Editions of a campaign's verdicts: the current ones, or those under a rule set that is named."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.aggregator.domain.changes import Change, changes_of
from services.aggregator.ports import VerdictStore
from services.contracts.artefacts import verdicts_key
from services.contracts.audits import AuditId
from services.contracts.errors import BadInput
from services.contracts.verdicts import VerdictSet
from services.runtime.artefacts import ArtefactStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A campaign, judged under a rule set; None stands for the one whose verdicts are current."""

    campaign: str
    rule_set: str | None = None

    def __str__(self) -> str:
        return f"{self.campaign}@{self.rule_set}" if self.rule_set else self.campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many authorities two editions share, and how many only one of them has."""

    shared: int
    only_before: int
    only_after: int


class Editions:
    """Reads verdict documents of editions. Raises BadInput for an edition without any."""

    def __init__(self, store: ArtefactStore, verdicts: VerdictStore) -> None:
        self._store = store
        self._verdicts = verdicts

    def compare(self, before: Edition, after: Edition) -> tuple[Compared, Iterator[Change]]:
        """Return what the editions share, and every change, authority by authority in the order of their codes."""
        first, second = self._audits(before), self._audits(after)
        shared = sorted(first.keys() & second.keys())
        counts = Compared(
            shared=len(shared), only_before=len(first) - len(shared), only_after=len(second) - len(shared)
        )
        return counts, self._changes([(first[code], second[code]) for code in shared])

    def _changes(self, pairs: list[tuple[tuple[AuditId, str], tuple[AuditId, str]]]) -> Iterator[Change]:
        for (audit, old_key), (_, new_key) in pairs:
            old, new = self._read(old_key), self._read(new_key)
            again = verdicts_key(audit, new.rule_set)
            known = again != old_key and self._store.exists(again)
            yield from changes_of(old, new, self._read(again) if known else None)

    def _audits(self, edition: Edition) -> dict[str, tuple[AuditId, str]]:
        """Return the audit and the key of the verdicts of each authority that has any, by code."""
        found: dict[str, tuple[AuditId, str]] = {}
        for audit, _ in self._verdicts.manifests(edition.campaign):
            key = self._key(audit, edition)
            if key is not None:
                found[audit.code] = (audit, key)
        if not found:
            known = (
                "no verdict is stored" if edition.rule_set is None else f"nothing was judged under {edition.rule_set}"
            )
            raise BadInput(f"{edition}: {known}; `commune-audit campaign list` has the campaigns")
        return found

    def _key(self, audit: AuditId, edition: Edition) -> str | None:
        if edition.rule_set is None:
            return self._verdicts.verdicts_key(audit.campaign, audit.code)
        key = verdicts_key(audit, edition.rule_set)
        return key if self._store.exists(key) else None

    def _read(self, key: str) -> VerdictSet:
        return VerdictSet.model_validate_json(self._store.get_document(key))
