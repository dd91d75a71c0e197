"""What the ledger says of the audits of dead letters, where there is a ledger to ask."""

from collections.abc import Collection

from services.contracts.audits import AuditId, AuditState
from services.contracts.errors import DatabaseUnavailable
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.migrations.schema import check_schema
from services.runtime.settings import read_settings
from services.scheduler.adapters.ledger import SqlLedger

_OPEN = {
    AuditState.PLANNED: "planned: waits to be released",
    AuditState.RELEASED: "released: will be released again by reconciliation",
}


class Standings:
    """Where audits stand. ``trouble`` says why the ledger could not be asked; then nothing is known of any."""

    def __init__(self, found: dict[AuditId, tuple[AuditState, str | None]], trouble: str | None = None) -> None:
        self._found = found
        self.trouble = trouble

    def of(self, audit: AuditId | None) -> str | None:
        """Return where an audit stands and what becomes of it; None when that is not known."""
        if audit is None or self.trouble is not None:
            return None
        if audit not in self._found:
            return "not in the ledger"
        state, reason = self._found[audit]
        if state in _OPEN:
            return _OPEN[state]
        return f"{state.value}({reason})" if reason else f"{state.value}: done already"


def read_standings(audits: Collection[AuditId]) -> Standings:
    """Ask the ledger that AUDIT_DATABASE_URL names. Raises BadInput for settings or a schema that cannot be used."""
    settings = read_settings(DatabaseSettings)
    if settings.database_url is None:
        return Standings({}, "AUDIT_DATABASE_URL is not set")
    engine = open_database(settings)
    try:
        check_schema(engine)
        return Standings(SqlLedger(engine).standings(audits))
    except DatabaseUnavailable as error:
        return Standings({}, str(error))
    finally:
        engine.dispose()
