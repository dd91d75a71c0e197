"""Keys of the artefact store, and references to what is stored.

Retention is encoded in the prefix: ``raw/`` content-addressed captures, ``evidence/`` manifests and
verdicts, ``reports/`` what is published.
"""

import hashlib
from enum import StrEnum

from services.contracts.audits import AuditId
from services.contracts.model import Record


class MediaType(StrEnum):
    """The kinds of artefact that are stored, with their media type."""

    HTML = "text/html"
    JSON = "application/json"
    JSON_LINES = "application/x-ndjson"
    TEXT = "text/plain"
    WEBP = "image/webp"
    JPEG = "image/jpeg"
    WACZ = "application/wacz"


_SUFFIX = {
    MediaType.HTML: "html",
    MediaType.JSON: "json",
    MediaType.JSON_LINES: "ndjson",
    MediaType.TEXT: "txt",
    MediaType.WEBP: "webp",
    MediaType.JPEG: "jpg",
    MediaType.WACZ: "wacz",
}
_ALREADY_COMPRESSED = frozenset({MediaType.WEBP, MediaType.JPEG, MediaType.WACZ})


class ArtefactRef(Record):
    """A stored artefact: its key, the SHA-256 and size of its bytes before compression."""

    key: str
    sha256: str
    size: int
    media_type: MediaType


def is_compressed_at_rest(media_type: MediaType) -> bool:
    """Whether artefacts of this type are stored under zstandard compression."""
    return media_type not in _ALREADY_COMPRESSED


def blob_key(sha256: str, media_type: MediaType) -> str:
    """Return the content-addressed key of an artefact: the same bytes always have the same key."""
    suffix = _SUFFIX[media_type] + (".zst" if is_compressed_at_rest(media_type) else "")
    return f"raw/{sha256[:2]}/{sha256}.{suffix}"


def reference(data: bytes, media_type: MediaType) -> ArtefactRef:
    """Return the reference under which these bytes are stored."""
    digest = hashlib.sha256(data).hexdigest()
    return ArtefactRef(key=blob_key(digest, media_type), sha256=digest, size=len(data), media_type=media_type)


def manifest_key(audit: AuditId) -> str:
    """Return the key of an audit's capture manifest, whose presence commits the capture."""
    return f"evidence/{audit.campaign}/{audit.code}/{audit.sequence}/manifest.json.zst"


def partial_key(audit: AuditId) -> str:
    """Return the key of what an interrupted attempt at a capture had seen, for the next one to go on from."""
    return f"attempts/{audit.campaign}/{audit.code}/{audit.sequence}/partial.json.zst"


def verdicts_key(audit: AuditId, rule_set: str) -> str:
    """Return the key of an audit's verdicts under a rule set."""
    return f"evidence/{audit.campaign}/{audit.code}/{audit.sequence}/verdicts-{rule_set}.json.zst"


def rule_set_key(version: str) -> str:
    """Return the key of the public description of a rule set."""
    return f"evidence/rule-sets/{version}.json.zst"
