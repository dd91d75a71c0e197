"""The messages between services. Small: identifiers and keys, never pages."""

from datetime import datetime
from enum import IntEnum
from typing import ClassVar, Self

from pydantic import Field, ValidationError

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority
from services.contracts.errors import BadInput, UnsupportedSchema
from services.contracts.model import Record
from services.contracts.reasons import Reason


class Priority(IntEnum):
    """Broker priority: on-demand work overtakes the campaign."""

    CAMPAIGN = 0
    RETRY = 1
    ON_DEMAND = 2


class Message(Record):
    """A versioned message. ``schema`` is the major version of its type."""

    SCHEMA: ClassVar[int] = 1

    schema_version: int = Field(default=1, alias="schema", serialization_alias="schema")
    audit: AuditId

    def to_json(self) -> str:
        """Return the message as it travels."""
        return self.model_dump_json(by_alias=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a message. Raises UnsupportedSchema or BadInput."""
        try:
            message = cls.model_validate_json(text)
        except ValidationError as error:
            raise BadInput(f"not a {cls.__name__} message: {error.errors()[0]['msg']}") from error
        if message.schema_version != cls.SCHEMA:
            raise UnsupportedSchema(f"{cls.__name__} schema {message.schema_version}, this program reads {cls.SCHEMA}")
        return message


class FetchSite(Message):
    """Command to the fetcher: capture the declared site of one authority."""

    authority: Authority
    attempt: int = 1
    priority: Priority = Priority.CAMPAIGN
    refused_hosts: tuple[str, ...] = ()
    """Hosts, with all below them, whose owners asked not to be visited: no request goes there, from any page."""
    wacz: bool = False
    """Whether the site's HTTP exchanges are kept as a WACZ besides."""
    max_pages: int | None = Field(default=None, ge=1)
    """Pages of the plan beyond the home page; the fetcher's own setting when None."""
    requests: tuple[str, ...] = Field(default=(), max_length=10)
    """Ids of the requests for re-audits that it answers, the first ones: the logs of all services follow them."""
    asked_at: datetime | None = None
    """When a re-audit was asked for, where this is the first command that follows; None otherwise."""


class SiteCaptured(Message):
    """The capture is complete: its manifest is in the artefact store."""

    manifest_key: str
    bytes_stored: int = 0


class SiteAnalyzed(Message):
    """The verdicts are complete: their document is in the artefact store."""

    verdicts_key: str
    rule_set: str


class AuditClosed(Message):
    """The verdicts are in the verdict store; the ledger can close the audit.

    ``unmeasured`` is None for a measured audit. ``works`` says whether the authority has a site that works, None
    when that is not known. ``address`` is the one that its site was served from, None when no page was.
    ``current``: these verdicts are the ones that count, and correct an audit that was closed under other rules.
    """

    unmeasured: Reason | None = None
    rule_set: str
    works: bool | None = None
    address: str | None = None
    current: bool = False
