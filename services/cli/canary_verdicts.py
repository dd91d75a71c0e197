"""What was recorded of the canaries' audits, and where it differs from what is true of their sites."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, and_, select

from services.contracts.audits import CANARY, AuditId
from services.contracts.errors import AuditError
from services.contracts.verdicts import Evidence, State, VerdictSet
from services.runtime.artefacts import ArtefactStore
from services.runtime.tables import VERDICT, VERDICT_SET
from services.simulator.truth import SiteTruth, TruthVerdict

Verdicts = Mapping[str, TruthVerdict]


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that is not what is true; ``found`` is None when there is none."""

    audit: AuditId
    indicator: str
    expected: TruthVerdict
    found: TruthVerdict | None


def differences(truths: Mapping[str, SiteTruth], recorded: Mapping[AuditId, Verdicts]) -> tuple[Difference, ...]:
    """Return each verdict of some audits that is wrong or missing, by audit and indicator. Pure.

    ``undetermined`` is right of a site that keeps the auditor out.
    """
    return tuple(
        Difference(audit, indicator, expected, found)
        for audit, verdicts in sorted(recorded.items(), key=lambda item: str(item[0]))
        for indicator, expected in sorted(truths[audit.code].verdicts.items())
        for found in [verdicts.get(indicator)]
        if found is None or not truths[audit.code].allows(indicator, found.state, found.value)
    )


class CanaryVerdicts:
    """Reads the verdicts from the database, and their evidence from the store."""

    def __init__(self, engine: Engine, store: ArtefactStore) -> None:
        self._engine = engine
        self._store = store

    def recorded(self, audits: Collection[AuditId]) -> dict[AuditId, Verdicts]:
        """Return the verdicts of each audit by indicator; none where only an earlier audit's were recorded."""
        same = and_(VERDICT_SET.c.campaign == VERDICT.c.campaign, VERDICT_SET.c.code == VERDICT.c.code)
        columns = (VERDICT.c.code, VERDICT_SET.c.sequence, VERDICT.c.indicator, VERDICT.c.state, VERDICT.c.value_text)
        query = select(*columns).join(VERDICT_SET, same).where(VERDICT.c.campaign == CANARY)
        found: dict[AuditId, dict[str, TruthVerdict]] = {audit: {} for audit in audits}
        latest = {audit.code: audit for audit in audits}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                audit = latest.get(row.code)
                if audit is not None and row.sequence >= audit.sequence:
                    found[audit][row.indicator] = TruthVerdict(state=State(row.state), value=row.value_text)
        return dict(found)

    def evidence(self, difference: Difference) -> tuple[Evidence, ...]:
        """Return the evidence of a wrong verdict; none where there is none, or where it cannot be read."""
        audit = difference.audit
        mine = and_(VERDICT_SET.c.campaign == audit.campaign, VERDICT_SET.c.code == audit.code)
        try:
            with self._engine.connect() as connection:
                key = connection.scalar(select(VERDICT_SET.c.verdicts_key).where(mine))
            stored = VerdictSet.model_validate_json(self._store.get_document(key)) if key else None
        except AuditError:
            return ()
        verdicts = stored.verdicts if stored else ()
        return next((verdict.evidence for verdict in verdicts if verdict.indicator == difference.indicator), ())
