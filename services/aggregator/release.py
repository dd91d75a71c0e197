"""Builds and checks releases: folders that never change, whose digests sha256sum alone can check."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from services import __version__
from services.aggregator.domain.release import MANIFEST, SUMS, Gate, ReleasedFile, ReleaseManifest, sums
from services.aggregator.domain.study_meta import StudyMeta
from services.contracts.errors import BadInput
from services.contracts.verdicts import RuleSet

_CHUNK = 1 << 20


def describe_files(
    folder: Path, names: Iterable[str], *, meta: StudyMeta, rules: RuleSet, browsers: Sequence[str], gate: Gate
) -> ReleaseManifest:
    """Return the manifest of published files; a name may be a folder, whose files are all counted."""
    files = [_described(folder, path) for name in names for path in _files(folder / name)]
    return ReleaseManifest(
        campaign=meta.campaign,
        generated_at=meta.generated_at,
        code=__version__,
        rule_set=rules.version,
        indicators=len(rules.indicators),
        frame=meta.frame,
        browsers=tuple(sorted(set(browsers))),
        synthetic=meta.synthetic,
        licence=meta.licence,
        authorities=meta.conservation.planned,
        measured=meta.conservation.measured,
        gate=gate,
        files=tuple(sorted(files, key=lambda file: file.path)),
    )


def build_release(folder: Path, target: Path, *, force: str | None = None) -> ReleaseManifest:
    """Copy what a folder publishes into a release, made read-only. Raises BadInput where its gate is closed.

    ``force`` is the reason to build it all the same; it is written into the manifest. Nothing is left of a release
    that could not be completed.
    """
    manifest = read_manifest(folder)
    if manifest.gate.failures and not force:
        raise BadInput(f"not released: {'; '.join(manifest.gate.failures)}; --force REASON releases it all the same")
    broken = verify(folder)
    if broken:
        raise BadInput(f"{folder}: changed since it was published: {', '.join(broken[:5])}; publish it again")
    if target.exists():
        raise BadInput(f"{target}: exists already; a release never changes, name another folder")
    gate = manifest.gate.model_copy(update={"forced": force if manifest.gate.failures else None})
    manifest = manifest.model_copy(update={"gate": gate})
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".release-") as aside:
        made = Path(aside) / "release"
        for file in manifest.files:
            (made / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file.path, made / file.path)
        write_manifest(made, manifest)
        for path in _files(made):
            path.chmod(0o444)
        os.replace(made, target)  # noqa: PTH105  # Path.replace refuses a folder on some systems
    return manifest


def verify(folder: Path) -> list[str]:
    """Return the files of a release that are missing or not what its manifest says. Raises BadInput without one."""
    manifest = read_manifest(folder)
    return [file.path for file in manifest.files if not _is_intact(folder / file.path, file)]


def differences(before: Path, after: Path) -> dict[str, str]:
    """Return how each file differs between two releases: ``added``, ``removed`` or ``changed``."""
    old, new = ({f.path: f.sha256 for f in read_manifest(folder).files} for folder in (before, after))
    found = {path: "removed" for path in old if path not in new}
    found |= {path: "added" for path in new if path not in old}
    found |= {path: "changed" for path in old if path in new and old[path] != new[path]}
    return dict(sorted(found.items()))


def write_manifest(folder: Path, manifest: ReleaseManifest) -> None:
    """Write the manifest and the digests beside it."""
    (folder / SUMS).write_text(sums(manifest.files), encoding="utf-8")
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> ReleaseManifest:
    """Return the manifest of a folder. Raises BadInput when there is none, or none that can be read."""
    try:
        return ReleaseManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise BadInput(f"{folder}: no manifest of a release there: {type(error).__name__}") from error


def _files(path: Path) -> list[Path]:
    return sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]


def _described(folder: Path, path: Path) -> ReleasedFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    name = path.relative_to(folder).as_posix()
    return ReleasedFile(path=name, bytes=path.stat().st_size, sha256=digest.hexdigest())


def _is_intact(path: Path, expected: ReleasedFile) -> bool:
    return path.is_file() and _described(path.parent, path).sha256 == expected.sha256
