"""Waiting at start for a database that is away or has not been migrated by this release yet."""

import random
import threading

from sqlalchemy import Engine

from services.contracts.errors import AuditError
from services.runtime.backoff import retrying
from services.runtime.logging import get_logger
from services.runtime.migrations.schema import check_schema

_log = get_logger(__name__)


def wait_for_schema(engine: Engine) -> None:
    """Return once the database answers with the schema this program was written for.

    A database that is away is waited for; one with another schema raises BadInput, because only an operator
    can change that.
    """

    def told(error: AuditError, delay: float) -> None:
        _log.warning("the database is away", error=str(error), next_try_seconds=round(delay, 1))

    retrying(lambda: check_schema(engine), draw=random.random, wait=threading.Event().wait, on_failure=told)
