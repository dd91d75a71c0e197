"""The aggregator's use case: keep the verdicts of one audit."""

from pydantic import ValidationError

from services.aggregator.metrics import VERDICT_SETS, Recorded
from services.aggregator.ports import VerdictStore
from services.contracts.errors import ArtefactCorrupt, UnsupportedSchema
from services.contracts.messages import AuditClosed, SiteAnalyzed
from services.contracts.verdicts import VerdictSet
from services.runtime.artefacts import ArtefactStore
from services.runtime.logging import get_logger
from services.runtime.tracing import span

_SCHEMA = 1
_log = get_logger(__name__)


class RecordVerdicts:
    """Records the verdicts that SiteAnalyzed names. Any number of deliveries, in any order, ends the same."""

    def __init__(self, store: ArtefactStore, verdicts: VerdictStore) -> None:
        self._store = store
        self._verdicts = verdicts

    def __call__(self, message: SiteAnalyzed) -> AuditClosed:
        """Record and answer. Raises ArtefactMissing, ArtefactCorrupt or UnsupportedSchema."""
        verdict_set, key = self._read(message), message.verdicts_key
        with span("aggregate"):
            current = self._verdicts.record(verdict_set)
        VERDICT_SETS.add(outcome=Recorded.CURRENT if current else Recorded.OLDER)
        _log.info(
            "verdicts recorded" if current else "newer verdicts were recorded already",
            rule_set=verdict_set.rule_set,
            verdicts=len(verdict_set.verdicts),
        )
        return AuditClosed(
            audit=message.audit,
            unmeasured=verdict_set.unmeasured,
            rule_set=verdict_set.rule_set,
            works=verdict_set.works,
            address=verdict_set.address,
            # A second delivery says the same: the first answer may have been lost.
            current=current or self._verdicts.verdicts_key(message.audit.campaign, message.audit.code) == key,
        )

    def _read(self, message: SiteAnalyzed) -> VerdictSet:
        key = message.verdicts_key
        try:
            verdict_set = VerdictSet.model_validate_json(self._store.get_document(key))
        except ValidationError as error:
            raise ArtefactCorrupt(f"{key}: not a verdict set: {error.errors()[0]['msg']}") from error
        if verdict_set.schema_version != _SCHEMA:
            raise UnsupportedSchema(f"{key}: schema {verdict_set.schema_version}, this program reads {_SCHEMA}")
        owner = (verdict_set.campaign, verdict_set.authority.code, verdict_set.sequence)
        if owner != (message.audit.campaign, message.audit.code, message.audit.sequence):
            raise ArtefactCorrupt(f"{key}: holds the verdicts of another audit than {message.audit}")
        names = [verdict.indicator for verdict in verdict_set.verdicts]
        if len(names) != len(set(names)):
            raise ArtefactCorrupt(f"{key}: gives two verdicts of one indicator")
        return verdict_set
