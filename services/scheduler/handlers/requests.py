"""Take a request for re-audits: all of it into the ledger, or none of it and a reason."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, is_authority_code
from services.contracts.errors import BadInput
from services.contracts.requests import BadRequest, Rejection, given_request_id, parse_request
from services.runtime.clock import Clock
from services.runtime.logging import get_logger
from services.scheduler.domain.host_groups import host_group
from services.scheduler.domain.requests import Refusal, Request, Target, was_under_way
from services.scheduler.domain.site_owner import owners
from services.scheduler.metrics import REJECTIONS, REQUESTS, Answer
from services.scheduler.ports import NationalFrame, Requests

_log = get_logger(__name__)
_EXCERPT_BYTES = 200
_SHOWN_OWNERS = 5


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is in the ledger, and the audits it follows. ``new`` is False for one that was there before."""

    request_id: str
    audits: tuple[AuditId, ...]
    new: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was not carried out, and why."""

    request_id: str
    rejection: Rejection
    detail: str


class AcceptRequest:
    """Carries out requests as they arrive. The same one twice changes nothing."""

    def __init__(self, requests: Requests, national: NationalFrame, clock: Clock) -> None:
        self._requests = requests
        self._national = national
        self._clock = clock

    def __call__(self, body: bytes, message_id: object = None) -> Accepted | Refused:
        """Take one message. Raises DatabaseUnavailable; nothing was done then.

        The request's id is its ``message_id``; without one, the same bytes within one minute are one request.
        """
        at = self._clock.now()
        digest = hashlib.sha256(body).hexdigest()
        request_id = _derived_id(digest, message_id, at)
        try:
            request_id = given_request_id(message_id) or request_id
            accepted = self._accept(Request(id=request_id, digest=digest, received_at=at), body)
        except BadRequest as error:
            refusal = Refusal(
                id=request_id,
                digest=digest,
                received_at=at,
                rejection=error.rejection,
                detail=str(error),
                size=len(body),
                excerpt=_printable(body[:_EXCERPT_BYTES]),
            )
            self._requests.refuse(refusal)
            REQUESTS.add(answer=Answer.REJECTED)
            REJECTIONS.add(rejection=error.rejection)
            _log.warning("request refused", request=request_id, rejection=error.rejection.value, size=len(body))
            return Refused(request_id, error.rejection, str(error))
        _log.info("request accepted", request=request_id, audits=len(accepted.audits), new=accepted.new)
        return accepted

    def _accept(self, request: Request, body: bytes) -> Accepted:
        before = self._requests.accepted(request.id)
        if before is None:
            asked = parse_request(body)
            described = request.model_copy(update={"reason": asked.reason, "requested_by": asked.requested_by})
            new = self._requests.accept(described, self._resolve(asked.targets), self._national_entry)
            # Another scheduler may have taken the same message in between.
            before = self._requests.accepted(request.id)
            if before is None:
                raise RuntimeError("an accepted request is gone")
        else:
            new = False
        first, followed = before
        if first.digest != request.digest:
            raise BadRequest(Rejection.ID_REUSED, "another request has this message_id: give each its own")
        added = new and not all(was_under_way(one, first.received_at) for one in followed)
        REQUESTS.add(answer=Answer.ACCEPTED if added else Answer.COALESCED)
        return Accepted(request.id, tuple(one.audit for one in followed), new)

    def _resolve(self, texts: Iterable[str]) -> tuple[Target, ...]:
        """Return the authorities meant, each once."""
        found: dict[str, Target] = {}
        for text in texts:
            code = text if is_authority_code(text) else self._owner(text)
            found.setdefault(code, Target(text=text, code=code))
        return tuple(found.values())

    def _owner(self, url: str) -> str:
        known = {authority.code: authority for authority in self._national.on_host_of(url)}
        known |= {authority.code: authority for authority in self._requests.in_host_group(host_group(url) or "")}
        found = sorted(owners(url, known.values()), key=lambda authority: authority.code)
        if not found:
            raise BadRequest(Rejection.AUTHORITY_UNKNOWN, f"no authority declares the site {url[:200]}: give its code")
        if len(found) > 1:
            shown = ", ".join(f"{authority.code} ({authority.name})" for authority in found[:_SHOWN_OWNERS])
            raise BadRequest(
                Rejection.AUTHORITY_AMBIGUOUS,
                f"{len(found)} authorities declare the site {url[:200]}: give the code of one, as {shown}",
            )
        return found[0].code

    def _national_entry(self, code: str) -> Authority:
        try:
            return self._national.get(code)
        except BadInput as error:
            raise BadRequest(Rejection.AUTHORITY_UNKNOWN, str(error)) from error


def _derived_id(digest: str, unusable_id: object, at: datetime) -> str:
    told_apart = f"{digest}|{unusable_id!r}|{at:%Y-%m-%dT%H:%M}"
    return hashlib.sha256(told_apart.encode()).hexdigest()[:32]


def _printable(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
