"""The operator's request for a re-audit: plain JSON from any AMQP client, read strictly."""

import json
import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from services.contracts.authorities import is_authority_code
from services.contracts.declared_url import normalise_declared_url
from services.contracts.errors import AuditError
from services.contracts.model import Record
from services.contracts.reasons import Reason

SCHEMA: Final = 1
MAX_BYTES: Final = 16_384
MAX_AUTHORITIES: Final = 500
MAX_TEXT: Final = 500
_MAX_DEPTH: Final = 4
_ID = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")


class Rejection(StrEnum):
    """Why a request is refused; travels in the ``reason`` header of the rejected message."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"
    TOO_DEEP = "too_deep"
    SCHEMA_MISSING = "schema_missing"
    SCHEMA_UNSUPPORTED = "schema_unsupported"
    AUTHORITY_MISSING = "authority_missing"
    AUTHORITY_MALFORMED = "authority_malformed"
    AUTHORITY_UNKNOWN = "authority_unknown"
    AUTHORITY_AMBIGUOUS = "authority_ambiguous"
    TOO_MANY_AUTHORITIES = "too_many_authorities"
    TEXT_MALFORMED = "text_malformed"
    ID_MALFORMED = "id_malformed"
    ID_REUSED = "id_reused"


class BadRequest(AuditError):
    """A request that cannot be carried out; ``rejection`` is its stable name."""

    kind = Reason.BAD_INPUT

    def __init__(self, rejection: Rejection, message: str) -> None:
        super().__init__(message)
        self.rejection = rejection


class ReauditRequest(Record):
    """A request as understood. ``targets`` are authority codes or URLs of authorities, in order, each once."""

    targets: tuple[str, ...]
    reason: str = ""
    requested_by: str = ""


class RequestMessage(Record):
    """The request as publishers write it, for its JSON Schema; ``parse_request`` reads it, and more strictly."""

    schema_version: Literal[1] = Field(alias="schema")
    authority: (
        Annotated[str, Field(min_length=1)] | Annotated[list[str], Field(min_length=1, max_length=MAX_AUTHORITIES)]
    ) = Field(description="INSEE code, SIREN, or URL of an authority's site; or a list of these")
    reason: str = Field(default="", max_length=MAX_TEXT, description="why; kept with the request")
    requested_by: str = Field(default="", max_length=MAX_TEXT, description="who asks; kept with the request")


def given_request_id(message_id: object) -> str | None:
    """Return the request id that an AMQP ``message_id`` gives, None where it is unset.

    Raises BadRequest unless it is 1 to 64 printable ASCII characters without spaces around them.
    """
    if message_id is None or message_id == "":
        return None
    if isinstance(message_id, str) and _ID.fullmatch(message_id):
        return message_id
    raise BadRequest(
        Rejection.ID_MALFORMED, f"message_id {repr(message_id)[:80]}: write 1 to 64 printable ASCII characters, or none"
    )


def parse_request(body: bytes) -> ReauditRequest:
    """Read a request. Raises BadRequest and nothing else, whatever the bytes.

    ``{"schema": 1, "authority": "33243", "reason": "…", "requested_by": "…"}``; ``authority`` is an INSEE
    code, a SIREN, the URL of an authority's site, or a list of these. Unknown fields are ignored.
    """
    document = _document(body)
    schema = document.get("schema")
    if schema is None:
        raise BadRequest(Rejection.SCHEMA_MISSING, 'the field "schema" is missing: write "schema": 1')
    if schema != SCHEMA or isinstance(schema, bool):
        raise BadRequest(Rejection.SCHEMA_UNSUPPORTED, f"schema {repr(schema)[:80]} is not known: write 1")
    return ReauditRequest(
        targets=_targets(document.get("authority")),
        reason=_text(document, "reason"),
        requested_by=_text(document, "requested_by"),
    )


def _document(body: bytes) -> dict[str, object]:
    if len(body) > MAX_BYTES:
        raise BadRequest(Rejection.TOO_LARGE, f"{len(body)} bytes: at most {MAX_BYTES}")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(Rejection.NOT_UTF8, "the body is not UTF-8 text") from error
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError as error:
        raise BadRequest(Rejection.TOO_DEEP, "the document is nested too deeply") from error
    except ValueError as error:
        raise BadRequest(Rejection.NOT_JSON, f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadRequest(Rejection.NOT_AN_OBJECT, "the body must be one JSON object")
    if _depth(document) > _MAX_DEPTH:
        raise BadRequest(Rejection.TOO_DEEP, "the document is nested too deeply")
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest(Rejection.DUPLICATE_KEY, "a field is given twice")
    return found


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _targets(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if value is None or not items:
        raise BadRequest(Rejection.AUTHORITY_MISSING, 'the field "authority" is missing or empty')
    if len(items) > MAX_AUTHORITIES:
        raise BadRequest(Rejection.TOO_MANY_AUTHORITIES, f"{len(items)} authorities: at most {MAX_AUTHORITIES}")
    return tuple(dict.fromkeys(_target(item) for item in items))


def _target(item: object) -> str:
    if isinstance(item, str):
        text = item.strip()
        if is_authority_code(text.upper()):
            return text.upper()
        url = normalise_declared_url(text).url if "." in text else None
        if url is not None:
            return url
    shown = repr(item)[:80]
    raise BadRequest(
        Rejection.AUTHORITY_MALFORMED,
        f"authority {shown}: write an INSEE code, a SIREN or a URL, as a string",
    )


def _text(document: dict[str, object], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise BadRequest(
            Rejection.TEXT_MALFORMED, f'the field "{name}" must be a string of at most {MAX_TEXT} characters'
        )
    if any(not char.isprintable() for char in value):
        raise BadRequest(Rejection.TEXT_MALFORMED, f'"{name}" holds control characters')
    return value
