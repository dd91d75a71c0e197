"""Doing the same thing for many items on a few threads."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class FanOut:
    """A few threads that stay from call to call, because a thread's connection to the broker is its own.

    One thread means the caller's.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def each(self, do: Callable[[T], None], items: Sequence[T]) -> tuple[list[T], BaseException | None]:
        """Do it for each item; return the items it was not done for, and the first error.

        After a failure nothing new is begun. What failed may have been done all the same.
        """
        failed = threading.Event()

        def attempt(item: T) -> BaseException | None:
            if failed.is_set():
                return _NotBegunError()
            try:
                do(item)
            except BaseException as error:  # noqa: BLE001  # handed to the caller
                failed.set()
                return error
            return None

        alone = self._threads == 1 or len(items) <= 1
        outcomes = list(map(attempt, items) if alone else self._pool.map(attempt, items))
        errors = [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, _NotBegunError)]
        undone = [item for item, outcome in zip(items, outcomes, strict=True) if outcome is not None]
        return undone, errors[0] if errors else None

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="fan-out")


class _NotBegunError(Exception):
    """Another item failed first."""
