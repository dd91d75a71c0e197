"""The frame of the whole country that ships with the package: see ``national/README.md``."""

from functools import cache
from importlib.resources import files

from services.scheduler.frame.frame import Frame
from services.scheduler.frame.frame_file import load_frame, read_frame

__all__ = ["load_frame", "load_national_frame"]


@cache
def load_national_frame() -> Frame:
    """Return the shipped frame (communes of 1 January 2026 and EPCI à fiscalité propre); read once a process."""
    resource = files(__package__).joinpath("national", "frame.csv.zst")
    with resource.open("rb") as file:
        return read_frame(file, "the shipped national frame")
