"""`frame import`: a frame from official files, over another frame or from nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.contracts.errors import BadInput
from services.scheduler.frame.assembly import Tally, assemble
from services.scheduler.frame.derive import derive
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.importer import Importer
from services.scheduler.frame.reading import FileReadings, read_file
from services.scheduler.frame.rejects import Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A frame, the account of every file, what was set aside, and what the operator should know."""

    frame: Frame
    tallies: tuple[Tally, ...]
    rejects: tuple[Reject, ...]
    added: tuple[str, ...]
    notes: tuple[str, ...]


def import_files(paths: Sequence[Path], *, base: Frame | None, forced: Importer | None, today: date) -> Import:
    """Return the frame that the files give, over ``base`` when there is one; later files win.

    ``forced`` names the format of every file, else each is recognised by its content. Raises BadInput
    when a file cannot be used at all, or when no authority results.
    """
    if not paths:
        raise BadInput("give at least one file to import")
    files = [read_file(path, forced) for path in paths]
    readings = [reading for file in files for reading in file.readings.values()]
    assembly = assemble(base.authorities if base else {}, readings)
    derived = derive(assembly.authorities.values())
    if not derived.authorities:
        raise BadInput("the files give no authority at all: see the rejects, or complete them with --base national")
    frame = Frame(
        authorities=derived.authorities,
        source=" ; ".join([*([base.source] if base else []), *dict.fromkeys(_credit(file) for file in files)]),
        date=today.isoformat(),
        licence=base.licence if base else "Licence Ouverte 2.0",
    )
    return Import(
        frame=frame,
        tallies=tuple(assembly.tallies),
        rejects=(*(f.damage for f in files if f.damage), *assembly.rejects),
        added=tuple(assembly.added) if base else (),
        notes=(*_unknown_members(files), *derived.notes),
    )


def _credit(file: FileReadings) -> str:
    return ", ".join(f"{reading.importer.title} ({reading.file})" for reading in file.readings.values())


def _unknown_members(files: Sequence[FileReadings]) -> list[str]:
    notes = []
    for members in (file.unknown for file in files if file.unknown):
        more = f" and {len(members) - 3} more" if len(members) > 3 else ""
        notes.append(f"not read, in no known format: {', '.join(members[:3])}{more}")
    return notes
