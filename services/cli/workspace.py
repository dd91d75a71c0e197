"""The folder of an embedded campaign, and the state of campaigns wherever it is kept."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from services.contracts.errors import BadInput
from services.runtime.artefacts import ArtefactStore, FolderArtefactStore
from services.runtime.clock import Clock, SystemClock
from services.runtime.database import open_database, open_sqlite
from services.runtime.database_settings import DatabaseSettings
from services.runtime.logging import configure_logging
from services.runtime.measured_store import MeasuredStore
from services.runtime.migrations.schema import check_schema
from services.runtime.settings import RuntimeSettings, read_settings
from services.runtime.store_settings import StoreSettings, open_store
from services.scheduler.adapters.ledger import SqlLedger
from services.scheduler.domain.campaign import Campaign

PAGES_UP_TO = 2_000
"""Authorities of a campaign up to which each has a page without being asked for: a whole country's take a while."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of an embedded campaign: database, artefacts and published files.

    ``private``: the database is the folder's own, and no service works on it.
    """

    folder: Path
    engine: Engine
    store: ArtefactStore
    ledger: SqlLedger
    clock: Clock
    private: bool = True

    def give_back(self, campaign: str) -> None:
        """Return to the queue what an earlier run released and never closed: its broker died with it."""
        ours = [c.name for c in self.ledger.campaigns()] if self.private else [campaign]
        for name in ours:
            self.ledger.give_back(name, self.clock.now())


def open_workspace(folder: Path) -> Workspace:
    """Open (or create) the state of campaigns. Raises BadInput when it cannot be.

    It is kept in the folder, unless AUDIT_DATABASE_URL and AUDIT_STORE_URL say where the services keep it.
    """
    databases, stores = read_settings(DatabaseSettings), read_settings(StoreSettings)
    store = open_store(stores) if stores.store_url else MeasuredStore(FolderArtefactStore(folder / "artefacts"))
    if databases.database_url is not None:
        engine = open_database(databases)
        check_schema(engine)
    else:
        engine = _open_folder(folder)
    return Workspace(
        folder=folder,
        engine=engine,
        store=store,
        ledger=SqlLedger(engine),
        clock=SystemClock(),
        private=databases.database_url is None,
    )


def has_workspace(folder: Path) -> bool:
    """Whether there is a state of campaigns, in the folder or where AUDIT_DATABASE_URL says."""
    return read_settings(DatabaseSettings).database_url is not None or (folder / "audit.db").is_file()


def existing_workspace(folder: Path) -> Workspace:
    """Open the state of campaigns that exist. Raises BadInput, with the way to begin, when there is none."""
    if not has_workspace(folder):
        raise BadInput(f"--out {folder}: no audit there; start with `commune-audit run --out {folder}`")
    return open_workspace(folder)


def _open_folder(folder: Path) -> Engine:
    try:
        return open_sqlite(folder / "audit.db")
    except (OSError, DatabaseError) as error:
        raise BadInput(f"--out {folder}: cannot be used: {getattr(error, 'orig', None) or error}") from error


def the_campaign(workspace: Workspace, name: str | None) -> Campaign:
    """Return a campaign of the folder. Raises BadInput when there is none, or several and no name."""
    campaigns = workspace.ledger.campaigns()
    found = [c for c in campaigns if name is None or c.name == name]
    if len(found) == 1:
        return found[0]
    if not campaigns:
        raise BadInput(f"{workspace.folder}: no campaign here; start with `commune-audit run --out {workspace.folder}`")
    raise BadInput(f"--campaign: choose one of {', '.join(c.name for c in campaigns)}")


def configure(out: Path, verbose: bool) -> None:
    """Send logs to a file of the output folder, and to standard error from ``error`` up unless told otherwise."""
    settings = read_settings(RuntimeSettings)
    if "log_level" not in settings.model_fields_set and not verbose:
        settings = settings.model_copy(update={"log_level": "error"})
    try:
        configure_logging(settings, file=out / "audit.log")
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be used: {error}") from error
