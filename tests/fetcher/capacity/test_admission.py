"""When one more site may start, and how long it can be kept waiting."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.adapters.gate import PressureGate
from services.fetcher.adapters.pressure import read_pressure
from services.fetcher.domain.admission import Pressure, Room, may_start
from services.fetcher.domain.browser_wear import Start, Wear, worn_out

ROOM = Room(always=2)
CALM = Pressure(cpu=5, memory=0, available=8000)


@pytest.mark.parametrize(
    ("running", "since_last", "pressure", "allowed"),
    [
        (0, 0, Pressure(cpu=100, memory=100, available=1), True),
        (1, 0, CALM, True),
        (1, 0, Pressure(cpu=100, memory=0, available=8000), True),
        (1, 9, Pressure(cpu=5, memory=0, available=900), False),
        (1, 9, Pressure(cpu=5, memory=40, available=8000), False),
        (2, 9, CALM, True),
        (2, 0.1, CALM, False),
        (2, 9, Pressure(cpu=95, memory=0, available=8000), False),
        (7, 9, Pressure(), True),
    ],
)
def test_a_site_starts_while_there_is_room(running: int, since_last: float, pressure: Pressure, allowed: bool) -> None:
    assert may_start(running, since_last, pressure, ROOM) is allowed


pressures = st.builds(
    Pressure,
    cpu=st.none() | st.floats(0, 100),
    memory=st.none() | st.floats(0, 100),
    available=st.none() | st.floats(0, 1e6),
)


@given(st.integers(0, 20), st.floats(0, 100), pressures)
def test_what_may_start_beside_many_may_start_beside_fewer(running: int, since_last: float, pressure: Pressure) -> None:
    if may_start(running + 1, since_last, pressure, ROOM):
        assert may_start(running, since_last, pressure, ROOM)


async def test_sites_beyond_the_room_wait_until_one_ends() -> None:
    gate = PressureGate(reserve=1000, longest_wait=60, look=lambda: Pressure(available=10), look_seconds=0.01)
    order: list[str] = []

    async def site(name: str) -> None:
        async with gate.place():
            order.append(f"{name} in")
            await asyncio.sleep(0.03)
            order.append(f"{name} out")

    await asyncio.gather(site("a"), site("b"), site("c"))
    assert order == ["a in", "a out", "b in", "b out", "c in", "c out"]


async def test_the_place_of_a_site_that_ended_is_taken_without_waiting_for_the_next_look() -> None:
    gate = PressureGate(reserve=1000, longest_wait=3600, look=lambda: Pressure(available=10), look_seconds=3600)

    async def site() -> None:
        async with gate.place():
            await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(site(), site(), site()), 60)
    assert gate.running == 0


async def test_no_site_waits_longer_than_it_may() -> None:
    gate = PressureGate(reserve=1000, longest_wait=0.05, look=lambda: Pressure(available=10), look_seconds=0.01)
    async with gate.place(), gate.place(), gate.place():
        assert gate.running == 3


async def test_a_site_that_is_given_up_while_it_waits_holds_nobody_up() -> None:
    gate = PressureGate(reserve=1000, longest_wait=60, look=lambda: Pressure(available=10), look_seconds=0.01)

    async def site() -> None:
        async with gate.place():
            pass

    async with gate.place():
        waiting = asyncio.ensure_future(site())
        await asyncio.sleep(0.03)
        waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(site(), 5)
    assert gate.running == 0


def machine(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MEMINFO = {"proc/meminfo": "MemTotal: 24000000 kB\nMemAvailable:   8192000 kB\n"}


def test_the_machines_own_words_are_read(tmp_path: Path) -> None:
    stall = "some avg10=57.28 avg60=27.60 avg300=7.66 total=28689557\nfull avg10=1.00 avg60=0 avg300=0 total=0\n"
    found = read_pressure(machine(tmp_path, MEMINFO | {"proc/pressure/cpu": stall, "proc/pressure/memory": stall}))
    assert found == Pressure(cpu=57.28, memory=57.28, available=8000)


@pytest.mark.parametrize(
    "files",
    [
        {"memory.max": "2000000000\n", "memory.current": "1500000000\n", "memory.stat": "inactive_file 100000000\n"},
        {
            "memory/memory.limit_in_bytes": "2000000000",
            "memory/memory.usage_in_bytes": "1500000000",
            "memory/memory.stat": "cache 5\ntotal_inactive_file 100000000\n",
        },
    ],
)
def test_the_limit_of_a_container_counts(tmp_path: Path, files: dict[str, str]) -> None:
    group = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    assert read_pressure(machine(tmp_path, MEMINFO | group)).available == 600


@pytest.mark.parametrize("limit", ["max\n", str(2**63 - 4096)])
def test_a_container_without_a_limit_has_the_machine(tmp_path: Path, limit: str) -> None:
    group = {"sys/fs/cgroup/memory.max": limit, "sys/fs/cgroup/memory.current": "1500000000\n"}
    assert read_pressure(machine(tmp_path, MEMINFO | group)).available == 8000


def test_a_kernel_that_says_nothing_says_nothing(tmp_path: Path) -> None:
    assert read_pressure(tmp_path) == Pressure()


def test_this_machine_can_be_read() -> None:
    assert read_pressure().available is not None


LIMITS = Wear(visits=100, seconds=3600, megabytes=1500)


@pytest.mark.parametrize(
    ("wear", "reason"),
    [
        (Wear(visits=99, seconds=3599, megabytes=1499), None),
        (Wear(visits=100, seconds=1, megabytes=1), Start.VISITS),
        (Wear(visits=1, seconds=3600, megabytes=1), Start.AGE),
        (Wear(visits=1, seconds=1, megabytes=1500), Start.MEMORY),
    ],
)
def test_a_browser_is_replaced_by_count_age_and_memory(wear: Wear, reason: Start | None) -> None:
    assert worn_out(wear, LIMITS) == reason
