"""What a dead letter says of itself. Everything in it is hostile: bounded, typed here and nowhere trusted."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.contracts import queues
from services.contracts.audits import AuditId
from services.contracts.authorities import is_authority_code
from services.contracts.errors import BadInput

MAX_TEXT = 300
"""Characters of any short text that is kept of a letter."""
_MAX_BODY = 1_000_000
"""Bytes of a body that is decoded; our messages have a few hundred."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_COUNTERS = ("retries", "traceback", "requeue_timestamp", "eta")
"""Options by which dramatiq counts and delays the attempts at a message."""
_ACTORS = (queues.FETCH_SITE, queues.ANALYZE_SITE, queues.RECORD_VERDICTS, queues.CLOSE_AUDIT)

Fingerprint = tuple[str, str, bytes]
"""Queue, id and SHA-256 of the body of a letter."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a queue of dead letters, as far as it can be understood."""

    queue: str
    body: bytes
    id: str
    """Of the message; where it gives none, the beginning of its body's SHA-256."""
    at: datetime | None = None
    """When it died, else when it was sent."""
    actor: str | None = None
    audit: AuditId | None = None
    authority: str | None = None
    death: str | None = None
    """Why the broker put it here, and how often."""
    why: str = ""
    """The exception of its last retry, the reason of its refusal, or what is wrong with its body."""
    traceback: str | None = None
    retries: int = 0
    headers: Mapping[str, object] = field(default_factory=dict)

    @property
    def fingerprint(self) -> Fingerprint:
        """What tells the letter from every other, also from one that pretends to have its id."""
        return self.queue, self.id, hashlib.sha256(self.body).digest()


def read_letter(
    queue: str, body: bytes, *, headers: Mapping[Any, object] | None, message_id: object = None, raw: bool = False
) -> Letter:
    """Describe a message of a dead-letter queue; ``raw`` where its body is not an actor's message. Never raises."""
    headers = {name: value for name, value in (headers or {}).items() if isinstance(name, str)}
    envelope = None if raw else _envelope(body)
    options = _mapping(envelope.get("options")) if envelope else {}
    context = _mapping(options.get("context"))
    payload = _json_object(body) if raw else _payload(envelope)
    died, death = _death(headers)
    audit = _audit(context.get("audit")) or _audit(_audit_text(payload))
    traceback, retries = options.get("traceback"), options.get("retries")
    traceback = traceback if isinstance(traceback, str) else None
    return Letter(
        queue=queue,
        body=body,
        id=_identity(envelope.get("message_id") if envelope else message_id, body),
        at=died or _sent(envelope),
        actor=_short(envelope.get("actor_name")) if envelope else None,
        audit=audit,
        authority=audit.code if audit else _authority(context.get("authority"), payload.get("authority")),
        death=death,
        why=_refusal(headers) if raw else _failure(envelope, payload, traceback),
        traceback=traceback,
        retries=retries if isinstance(retries, int) else 0,
        headers=headers,
    )


def renewed(letter: Letter, queue: str) -> bytes:
    """Return the body with which the letter starts anew in a queue: nothing of its attempts is left.

    A body that is not an actor's message stays as it is.
    """
    envelope = _envelope(letter.body) if letter.actor is not None else None
    if envelope is None:
        return letter.body
    options = {name: value for name, value in envelope["options"].items() if name not in _COUNTERS}
    try:
        return json.dumps({**envelope, "queue_name": queue, "options": options}, separators=(",", ":")).encode()
    except RecursionError:
        return letter.body


def _json_object(body: bytes) -> dict[str, Any]:
    if len(body) > _MAX_BODY:
        return {}
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _envelope(body: bytes) -> dict[str, Any] | None:
    """Return the fields of an actor's message; None when it is none."""
    document = _json_object(body)
    shaped = (
        isinstance(document.get("actor_name"), str)
        and isinstance(document.get("args"), list)
        and isinstance(document.get("options"), dict)
    )
    return document if shaped else None


def _payload(envelope: dict[str, Any] | None) -> dict[str, Any]:
    argument = envelope["args"][0] if envelope and envelope["args"] else None
    return _json_object(argument.encode(errors="replace")) if isinstance(argument, str) else {}


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _identity(given: object, body: bytes) -> str:
    if isinstance(given, str) and _ID.fullmatch(given):
        return given
    return hashlib.sha256(body).hexdigest()[:16]


def _audit_text(payload: dict[str, Any]) -> str | None:
    audit = _mapping(payload.get("audit"))
    return f"{audit.get('campaign')}/{audit.get('code')}/{audit.get('sequence', 1)}" if audit else None


def _audit(text: object) -> AuditId | None:
    try:
        audit = AuditId.parse(text) if isinstance(text, str) and len(text) <= MAX_TEXT else None
    except BadInput:
        return None
    return audit if audit is not None and is_authority_code(audit.code) else None


def _authority(*candidates: object) -> str | None:
    return next((_short(text) for text in candidates if isinstance(text, str)), None)


def _short(text: object) -> str | None:
    return text[:MAX_TEXT] if isinstance(text, str) else None


def _sent(envelope: dict[str, Any] | None) -> datetime | None:
    stamp = envelope.get("message_timestamp") if envelope else None
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC) if isinstance(stamp, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _death(headers: Mapping[str, object]) -> tuple[datetime | None, str | None]:
    deaths = headers.get("x-death")
    latest = _mapping(deaths[0]) if isinstance(deaths, list) and deaths else {}
    at, reason, count = latest.get("time"), latest.get("reason"), latest.get("count")
    when = (at if at.tzinfo else at.replace(tzinfo=UTC)) if isinstance(at, datetime) else None
    return when, f"{_short(reason)} x{count}" if isinstance(reason, str) and isinstance(count, int) else None


def _refusal(headers: Mapping[str, object]) -> str:
    reason, detail = _short(headers.get("reason")), _short(headers.get("detail"))
    return ": ".join(text for text in (reason, detail) if text) or "no reason was given"


def _failure(envelope: dict[str, Any] | None, payload: dict[str, Any], traceback: str | None) -> str:
    if envelope is None:
        return "not a message of this program"
    if envelope["actor_name"] not in _ACTORS:
        return f"unknown actor {_short(envelope['actor_name'])}"
    lines = [line.strip() for line in (traceback or "")[-10_000:].splitlines() if line.strip()]
    if lines:
        return lines[-1][:MAX_TEXT]
    if "audit" not in payload:
        return "its argument is not a message of this program"
    return "refused without a retry: the log of the worker says why"
