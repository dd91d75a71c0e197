"""``commune-audit artefacts``: delete what is past its retention, prove that what is kept is intact."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal

from services.aggregator.adapters.verdict_store import SqlVerdictStore
from services.cli.workspace import Workspace, existing_workspace, open_workspace, the_campaign
from services.contracts.artefacts import ArtefactRef, manifest_key
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, BadInput
from services.runtime.artefacts import ArtefactStore
from services.runtime.retention import MANIFEST_NAME, RetentionSettings, load_retention, read_manifest, sweep
from services.runtime.settings import read_settings
from services.runtime.store_settings import StoreSettings, open_store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Out = Annotated[
    Path, typer.Option(help="Folder of the audit; its artefacts are looked for in AUDIT_STORE_URL when that is set.")
]


@app.command("sweep")
def sweep_store(
    out: Out = Path("out"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, delete nothing.")] = False,
) -> None:
    """Delete artefacts past their retention that no manifest in retention refers to."""
    workspace = _existing(out)
    rules = load_retention(read_settings(RetentionSettings))
    kept = {rule.prefix: "for ever" if rule.days is None else f"{rule.days} days" for rule in rules}
    done = "would be deleted" if dry_run else "deleted"
    for swept in sweep(_store(workspace), rules, workspace.clock.now(), dry_run=dry_run):
        _print(
            f"{swept.prefix:<20} kept {kept[swept.prefix]}: {swept.stored:,} stored ({decimal(swept.stored_bytes)}), "
            f"{swept.deleted:,} {done} ({decimal(swept.deleted_bytes)})"
        )


@app.command("verify")
def verify_store(
    out: Out = Path("out"),
    campaign: Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")] = None,
) -> None:
    """Read again everything that a campaign's manifests refer to, and compare it with its SHA-256.

    Exit code 1 when anything is missing or corrupt; each such key is printed.
    """
    workspace = _existing(out)
    name = the_campaign(workspace, campaign).name
    store = _store(workspace)
    check = _Verification(store)
    for key in _manifest_keys(workspace, store, name):
        for problem in check.manifest(key):
            _print(problem)
    _print(
        f"Campaign {name}: {check.manifests:,} manifests, {check.count:,} artefacts, {decimal(check.size)} verified, "
        f"{check.problems:,} missing or corrupt"
    )
    if check.problems:
        raise typer.Exit(1)


@app.command("wacz")
def export_wacz(
    code: Annotated[str, typer.Argument(help="INSEE code of a commune or SIREN of an EPCI.")],
    out_file: Annotated[Path, typer.Option(help="Where to write the archive.")],
    out: Out = Path("out"),
    campaign: Annotated[str | None, typer.Option(help="Campaign; the only one of the folder if unset.")] = None,
) -> None:
    """Write the archive of an authority's latest visit, to be opened in a replay tool.

    Only campaigns made with --wacz have archives.
    """
    workspace = existing_workspace(out)
    name = the_campaign(workspace, campaign).name
    audit = workspace.ledger.latest(name, code)
    if audit is None:
        raise BadInput(f"{code}: not in campaign {name!r}")
    key = manifest_key(audit)
    if not workspace.store.exists(key):
        raise BadInput(f"{code}: not captured in campaign {name!r}; run the campaign to its end")
    ref = read_manifest(workspace.store, key).wacz
    if ref is None:
        raise BadInput(f"{code}: no archive in campaign {name!r}; make campaigns with --wacz, or set AUDIT_WACZ=true")
    try:
        out_file.write_bytes(workspace.store.get(ref))
    except OSError as error:
        raise BadInput(f"--out-file {out_file}: cannot be written: {error}") from error
    _print(f"{out_file}: {decimal(ref.size)}, sha256 {ref.sha256}")


class _Verification:
    """Counts what was verified; each artefact is read once, however many manifests refer to it."""

    def __init__(self, store: ArtefactStore) -> None:
        self._store = store
        self._seen: set[str] = set()
        self.manifests = self.count = self.size = self.problems = 0

    def manifest(self, key: str) -> Iterator[str]:
        """Verify one manifest and what it refers to; return a line for each thing wrong."""
        self.manifests += 1
        try:
            refs: Iterable[ArtefactRef] = read_manifest(self._store, key).artefacts()
        except (ArtefactMissing, ArtefactCorrupt) as error:
            yield self._problem(key, error)
            return
        for ref in refs:
            if ref.key in self._seen:
                continue
            self._seen.add(ref.key)
            try:
                self._store.get(ref)
            except (ArtefactMissing, ArtefactCorrupt) as error:
                yield f"{self._problem(ref.key, error)} (named by {key})"
                continue
            self.count += 1
            self.size += ref.size

    def _problem(self, key: str, error: ArtefactMissing | ArtefactCorrupt) -> str:
        self.problems += 1
        return f"{'missing' if isinstance(error, ArtefactMissing) else 'corrupt'}  {key}"


def _manifest_keys(workspace: Workspace, store: ArtefactStore, campaign: str) -> list[str]:
    """Return every manifest that is stored, and those that the database says should be."""
    stored = {i.key for i in store.list(f"evidence/{campaign}/") if i.key.endswith(MANIFEST_NAME)}
    expected = {key for _, key in SqlVerdictStore(workspace.engine).manifests(campaign)}
    return sorted(stored | expected)


def _existing(out: Path) -> Workspace:
    if not (out / "audit.db").is_file():
        raise BadInput(f"--out {out}: no audit there; start with `commune-audit run --out {out}`")
    return open_workspace(out)


def _store(workspace: Workspace) -> ArtefactStore:
    settings = read_settings(StoreSettings)
    return open_store(settings) if settings.store_url else workspace.store


def _print(line: str) -> None:
    Console(soft_wrap=True).print(line, markup=False, highlight=False)
