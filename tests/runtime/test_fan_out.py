"""Doing one thing for many items on a few threads."""

import threading

import pytest

from services.runtime.fan_out import FanOut


@pytest.mark.parametrize("threads", [1, 4])
def test_everything_is_done_once(threads: int) -> None:
    done: list[int] = []
    assert FanOut(threads).begin(done.append, range(100)).result() == ([], None)
    assert sorted(done) == list(range(100))


@pytest.mark.parametrize("threads", [1, 4])
def test_what_is_undone_after_a_failure_is_named(threads: int) -> None:
    done: list[int] = []

    def do(item: int) -> None:
        if item == 5:
            raise OSError("refused")
        done.append(item)

    undone, error = FanOut(threads).begin(do, range(200)).result()
    assert isinstance(error, OSError)
    assert 5 in undone
    assert sorted([*done, *undone]) == list(range(200))


def test_after_a_failure_nothing_new_is_begun() -> None:
    begun: list[int] = []

    def do(item: int) -> None:
        begun.append(item)
        if item == 5:
            raise OSError("refused")

    undone, _ = FanOut(1).begin(do, range(10)).result()
    assert begun == [0, 1, 2, 3, 4, 5]
    assert undone == [5, 6, 7, 8, 9]


def test_several_are_done_at_a_time_on_threads_that_stay() -> None:
    meeting = threading.Barrier(3, timeout=10)
    names: set[str] = set()

    def do(_item: int) -> None:
        names.add(threading.current_thread().name)
        meeting.wait()

    fan_out = FanOut(3)
    for _ in range(4):
        assert fan_out.begin(do, range(3)).result() == ([], None)
    assert len(names) == 3


def test_the_caller_may_go_on_while_it_is_done() -> None:
    told = threading.Event()
    begun = FanOut(2).begin(lambda _: told.wait(10) or None, range(4))
    told.set()
    assert begun.result() == ([], None)


def test_one_item_is_done_by_the_caller() -> None:
    names: list[str] = []
    FanOut(4).begin(lambda _: names.append(threading.current_thread().name), [1]).result()
    assert names == [threading.current_thread().name]
