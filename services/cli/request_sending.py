"""Asking for a re-audit: through the broker, in the database of the services, or in a folder's own."""

import hashlib
import json
import logging
import uuid
from collections.abc import Sequence

from services.cli.workspace import Workspace
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.contracts.requests import SCHEMA, BadRequest, parse_request
from services.runtime.broker_settings import BrokerSettings
from services.runtime.clock import SystemClock
from services.runtime.database import open_database
from services.runtime.database_settings import DatabaseSettings
from services.runtime.logging import configure_logging
from services.runtime.migrations.schema import check_schema
from services.runtime.request_queue import publish_request
from services.runtime.settings import RuntimeSettings, read_settings
from services.scheduler.adapters.national_frame import ShippedFrame
from services.scheduler.adapters.requests import SqlRequests
from services.scheduler.domain.requests import Request
from services.scheduler.handlers import AcceptRequest, Refused


def send_request(authorities: Sequence[str], reason: str, requested_by: str, campaign: str | None) -> str | None:
    """Ask the services for re-audits and return the request's id; None when no services are set up.

    AUDIT_AMQP_URL sends it to the queue, where the scheduler judges it; AUDIT_DATABASE_URL alone has it judged here.
    Raises BadInput for what can be told to be wrong.
    """
    broker, database = read_settings(BrokerSettings), read_settings(DatabaseSettings)
    by_broker = "amqp_url" in broker.model_fields_set
    if not by_broker and database.database_url is None:
        return None
    if campaign is not None:
        raise BadInput("--campaign: the services choose the campaign of a re-audit; leave it out")
    _keep_quiet()
    body, request_id = _checked_body(authorities, reason, requested_by), uuid.uuid4().hex
    if by_broker:
        publish_request(broker, body, request_id)
        return request_id
    engine = open_database(database)
    check_schema(engine)
    outcome = AcceptRequest(SqlRequests(engine), ShippedFrame(), SystemClock())(body, request_id)
    engine.dispose()
    if isinstance(outcome, Refused):
        raise BadInput(outcome.detail)
    return request_id


def record_request(
    workspace: Workspace, campaign: str, authorities: Sequence[Authority], reason: str, requested_by: str
) -> str:
    """Plan re-audits in a campaign of a folder and return the request's id. Raises BadInput."""
    body = _checked_body([authority.code for authority in authorities], reason, requested_by)
    request = Request(
        id=uuid.uuid4().hex,
        digest=hashlib.sha256(body).hexdigest(),
        received_at=workspace.clock.now(),
        reason=reason,
        requested_by=requested_by,
    )
    once = {authority.code: authority for authority in authorities}
    SqlRequests(workspace.engine).accept_in(campaign, request, list(once.values()))
    return request.id


def _keep_quiet() -> None:
    """Log errors only: what happens is said by the command, and pika's failures by our own error."""
    settings = read_settings(RuntimeSettings)
    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "error"})
    configure_logging(settings)
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def _checked_body(authorities: Sequence[str], reason: str, requested_by: str) -> bytes:
    message = {"schema": SCHEMA, "authority": list(authorities), "reason": reason, "requested_by": requested_by}
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogateescape")
    try:
        parse_request(body)
    except BadRequest as error:
        raise BadInput(str(error)) from error
    return body
