"""Retention: how long each kind of artefact is kept, and the sweep that deletes what is past it.

A captured artefact outlives its own retention for as long as a manifest in retention refers to it.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.contracts.capture import Manifest
from services.contracts.errors import ArtefactCorrupt
from services.contracts.model import Record
from services.runtime.artefacts import ArtefactStore, StoredItem

MANIFEST_NAME = "/manifest.json.zst"
_RAW = "raw/"
_EVIDENCE = "evidence/"


class RetentionSettings(BaseSettings):
    """Overrides of the retention table. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    # A store may count the age of bytes that are stored again from up to a day before.
    retention_raw_days: int | None = Field(default=None, ge=2)
    """Days that captured bytes are kept when no manifest refers to them; at least 2."""
    retention_evidence_days: int | None = Field(default=None, ge=2)
    """Days that manifests and verdicts are kept, and with them the captured bytes they refer to."""
    retention_reports_days: int | None = Field(default=None, ge=2)
    """Days that published reports are kept."""


class Retention(Record):
    """How long keys under a prefix are kept, and on what ground. ``days`` None is for ever."""

    prefix: str
    days: int | None = None
    source: str
    why: str

    def is_over(self, item: StoredItem, now: datetime) -> bool:
        """Whether an item is past its retention."""
        return self.days is not None and now - item.modified > timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep saw under one prefix, and what it deleted (or would have)."""

    prefix: str
    stored: int
    stored_bytes: int
    deleted: int
    deleted_bytes: int


def load_retention(settings: RetentionSettings) -> tuple[Retention, ...]:
    """Return the retention table under the operator's settings."""
    table = tomllib.loads(files(__package__).joinpath("retention.toml").read_text(encoding="utf-8"))
    days = {
        _RAW: settings.retention_raw_days,
        _EVIDENCE: settings.retention_evidence_days,
        "reports/": settings.retention_reports_days,
    }
    rules = tuple(Retention.model_validate(row) for row in table["prefix"])
    return tuple(
        rule.model_copy(update={"days": days[rule.prefix]}) if days.get(rule.prefix) is not None else rule
        for rule in rules
    )


def sweep(store: ArtefactStore, rules: Iterable[Retention], now: datetime, *, dry_run: bool) -> tuple[Swept, ...]:
    """Delete what is past its retention, and report by prefix.

    Every manifest in retention is read before anything is deleted: one that cannot be read raises
    (ArtefactCorrupt, StoreUnavailable) and nothing is lost. Safe while audits run: what they store is young.
    """
    by_length = sorted(rules, key=lambda rule: -len(rule.prefix))
    needed = _referred_to(store, by_length, now)
    return tuple(_sweep_prefix(store, rule, by_length, needed, now, dry_run=dry_run) for rule in rules)


def read_manifest(store: ArtefactStore, key: str) -> Manifest:
    """Return a stored manifest. Raises ArtefactMissing, or ArtefactCorrupt when it is not one."""
    try:
        return Manifest.model_validate_json(store.get_document(key))
    except ValidationError as error:
        raise ArtefactCorrupt(f"{key}: is not a capture manifest") from error


def _referred_to(store: ArtefactStore, by_length: list[Retention], now: datetime) -> set[str]:
    """Return the keys that manifests in retention refer to: about 200 bytes of memory each."""
    needed: set[str] = set()
    for item in store.list(_EVIDENCE):
        if item.key.endswith(MANIFEST_NAME) and not _rule_for(item.key, by_length).is_over(item, now):
            needed.update(ref.key for ref in read_manifest(store, item.key).artefacts())
    return needed


def _sweep_prefix(
    store: ArtefactStore,
    rule: Retention,
    by_length: list[Retention],
    needed: set[str],
    now: datetime,
    *,
    dry_run: bool,
) -> Swept:
    stored = stored_bytes = deleted = deleted_bytes = 0
    for item in store.list(rule.prefix):
        if _rule_for(item.key, by_length) is not rule:
            continue
        stored += 1
        stored_bytes += item.size
        if item.key in needed or not rule.is_over(item, now):
            continue
        if not dry_run:
            if not _is_still_over(store, rule, item.key, now):
                continue
            store.delete(item.key)
        deleted += 1
        deleted_bytes += item.size
    return Swept(
        prefix=rule.prefix, stored=stored, stored_bytes=stored_bytes, deleted=deleted, deleted_bytes=deleted_bytes
    )


def _is_still_over(store: ArtefactStore, rule: Retention, key: str, now: datetime) -> bool:
    """Look again just before deleting: a running audit may have stored the same bytes since the listing."""
    item = next(store.list(key), None)
    return item is not None and item.key == key and rule.is_over(item, now)


def _rule_for(key: str, by_length: list[Retention]) -> Retention:
    return next(rule for rule in by_length if key.startswith(rule.prefix))
