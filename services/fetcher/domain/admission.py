"""Whether one more site may start now: many at once only while the machine has room for them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """What the machine says of itself; None where it does not say.

    ``cpu`` and ``memory`` are the percentage of the last ten seconds in which something waited for a
    processor or for memory; ``available`` is the memory that can still be used, in megabytes.
    """

    cpu: float | None = None
    memory: float | None = None
    available: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of the machine may be used. ``always`` sites run whatever the processors say."""

    always: int
    most_cpu: float = 80.0
    most_memory: float = 10.0
    reserve: float = 1000.0
    """Megabytes that are to stay available."""
    settle: float = 1.0
    """Seconds between two starts beyond ``always``: pressure shows with delay."""


def may_start(running: int, since_last: float, pressure: Pressure, room: Room) -> bool:
    """Whether a site may start beside ``running`` others, ``since_last`` seconds after the last start.

    One site always may: a machine that is short of something is not helped by doing nothing.
    """
    if running == 0:
        return True
    if pressure.available is not None and pressure.available < room.reserve:
        return False
    if pressure.memory is not None and pressure.memory > room.most_memory:
        return False
    if running < room.always:
        return True
    return since_last >= room.settle and (pressure.cpu is None or pressure.cpu <= room.most_cpu)
