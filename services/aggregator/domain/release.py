"""A release of open data: what it says of itself, and the gate that it has to pass. Pure."""

from collections.abc import Iterable
from datetime import datetime

from services.aggregator.domain.scopes import ScopeKind
from services.aggregator.domain.statistics import Statistic
from services.aggregator.domain.study_meta import StudyMeta
from services.contracts.model import Record

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
MOST_UNDETERMINED = 0.05
"""Share of undetermined authorities in a published stratum above which its figures are not released."""
_GATED = "has_functional_site"
_KINDS = (ScopeKind.ALL, ScopeKind.STRATUM)


class ReleasedFile(Record):
    """One file of a release, by its path below the manifest."""

    path: str
    bytes: int
    sha256: str


class Gate(Record):
    """What kept a release from being built, and why it was built all the same (``forced``)."""

    failures: tuple[str, ...] = ()
    forced: str | None = None


class ReleaseManifest(Record):
    """``manifest.json``: where the figures come from, and the digest of every file."""

    schema_version: int = 1
    campaign: str
    generated_at: datetime
    code: str
    rule_set: str
    indicators: int
    frame: str
    browsers: tuple[str, ...]
    synthetic: bool
    licence: str
    authorities: int
    measured: int
    gate: Gate
    files: tuple[ReleasedFile, ...]


def gate_failures(meta: StudyMeta, statistics: Iterable[Statistic]) -> tuple[str, ...]:
    """Return why a study should not be released: lost authorities, or a stratum that could not be seen well enough."""
    failures = []
    if meta.conservation.residue:
        failures.append(f"conservation: {meta.conservation.residue} authorities are nowhere")
    for statistic in statistics:
        if statistic.indicator.id != _GATED or statistic.scope.kind not in _KINDS:
            continue
        asked = statistic.measured + statistic.undetermined
        if asked and statistic.undetermined / asked > MOST_UNDETERMINED:
            share = statistic.undetermined / asked
            failures.append(f"{statistic.scope.id}: {share:.1%} undetermined, at most {MOST_UNDETERMINED:.0%}")
    return tuple(failures)


def sums(files: Iterable[ReleasedFile]) -> str:
    """Return the text that ``sha256sum --check`` reads."""
    return "".join(f"{file.sha256}  {file.path}\n" for file in files)
