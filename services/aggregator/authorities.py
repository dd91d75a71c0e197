"""Publishes one page an authority: what was seen, every verdict with its proof, and what to mend first."""

import base64
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from services.aggregator.adapters.report import render_authority
from services.aggregator.domain.outcomes import Outcome
from services.aggregator.domain.statistics import Statistic
from services.aggregator.domain.study_meta import StudyMeta
from services.aggregator.report.authority_page import build_authority_page
from services.contracts.artefacts import ArtefactRef
from services.contracts.capture import Manifest, PageClass
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing
from services.contracts.verdicts import RuleSet, VerdictSet
from services.runtime.artefacts import ArtefactStore

FOLDER = "authorities"
_MOST_PICTURE_BYTES = 600_000


def publish_authorities(
    store: ArtefactStore,
    out_dir: Path,
    outcomes: Mapping[str, Outcome],
    statistics: Iterable[Statistic],
    *,
    meta: StudyMeta,
    rules: RuleSet,
    contact: str,
    progress: Callable[[], None] = lambda: None,
) -> int:
    """Write ``authorities/CODE/index.html`` for each authority whose verdicts count; return how many.

    Each page is replaced in one step. A picture that is no longer stored is left out.
    """
    by_scope = {(statistic.indicator.id, statistic.scope.id): statistic for statistic in statistics}
    written = 0
    for code, outcome in outcomes.items():
        progress()
        if outcome.verdict_set is None:
            continue
        audit = VerdictSet.model_validate_json(store.get_document(outcome.verdict_set.verdicts_key))
        pictures = _pictures(store, outcome.verdict_set.manifest_key)
        page = build_authority_page(meta, rules, audit, by_scope, pictures, contact=contact)
        _replace(out_dir / FOLDER / code / "index.html", render_authority(page))
        written += 1
    return written


def browsers_of(store: ArtefactStore, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Return the browsers of the first and the last capture that count: a campaign may see one replaced."""
    sets = [outcome.verdict_set for outcome in outcomes.values() if outcome.verdict_set]
    ends = sorted(sets, key=lambda kept: kept.captured_at)
    manifests = (_manifest(store, kept.manifest_key) for kept in (*ends[:1], *ends[-1:]))
    return [manifest.browser for manifest in manifests if manifest is not None and manifest.browser]


def _manifest(store: ArtefactStore, key: str) -> Manifest | None:
    try:
        return Manifest.model_validate_json(store.get_document(key))
    except (ArtefactMissing, ArtefactCorrupt, ValidationError):
        return None


def _pictures(store: ArtefactStore, manifest_key: str) -> dict[str, str]:
    """Return the first screens of the home page as data URLs, by viewport."""
    manifest = _manifest(store, manifest_key)
    found: dict[str, str] = {}
    for page in manifest.pages if manifest else ():
        if page.page_class is PageClass.HOME and page.screenshot is not None:
            data = _read(store, page.screenshot)
            if data is not None:
                kind = page.screenshot.media_type.value
                found.setdefault(page.viewport.value, f"data:{kind};base64,{base64.b64encode(data).decode()}")
    return found


def _read(store: ArtefactStore, ref: ArtefactRef) -> bytes | None:
    if ref.size > _MOST_PICTURE_BYTES:
        return None
    try:
        return store.get(ref)
    except (ArtefactMissing, ArtefactCorrupt):
        return None


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False, suffix=".new") as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
