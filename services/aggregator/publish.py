"""Puts the published files in place, all of them complete or none."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

Writer = Callable[[Path], None]


def publish_files(folder: Path, writers: Mapping[str, Writer]) -> dict[str, Path]:
    """Write every file aside, then move them into the folder; a failure leaves the older files untouched.

    Each file is replaced in one step. Returns the paths by file name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".publishing-") as aside:
        for name, write in writers.items():
            write(Path(aside) / name)
        return {name: (Path(aside) / name).replace(folder / name) for name in writers}
