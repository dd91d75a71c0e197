"""The one error hierarchy. An error says once whether trying again can help and what kind it is."""

from services.contracts.reasons import Reason


class AuditError(Exception):
    """Something the audit could not do."""

    retryable: bool = False
    kind: Reason = Reason.INTERNAL

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class BadInput(AuditError):
    """What the operator gave cannot be used. The message names the input and the fix; exit code 2."""

    kind = Reason.BAD_INPUT


class UnsupportedSchema(AuditError):
    """A record was written under a major schema version this program does not know."""

    kind = Reason.UNSUPPORTED_SCHEMA


class ArtefactMissing(AuditError):
    """An artefact that a manifest or message names is not in the store."""

    kind = Reason.ARTEFACT_LOST


class ArtefactCorrupt(AuditError):
    """An artefact's bytes do not have the SHA-256 that its key or manifest states."""

    kind = Reason.ARTEFACT_LOST


class StoreUnavailable(AuditError):
    """The artefact store did not answer; the same call may succeed later."""

    retryable = True
    kind = Reason.STORE_UNAVAILABLE


class DatabaseUnavailable(AuditError):
    """The database did not answer; the same call may succeed later."""

    retryable = True
    kind = Reason.DATABASE_UNAVAILABLE


class BrokerUnavailable(AuditError):
    """The message broker did not answer or refused; the same call may succeed later."""

    retryable = True


class BrowserUnavailable(AuditError):
    """The browser died or could not be started; the site deserves another try."""

    retryable = True
    kind = Reason.BROWSER_CRASH


class BudgetExceeded(AuditError):
    """An audit used up its time budget before it was complete."""

    retryable = True
    kind = Reason.TIMEOUT
