"""Doing the same thing for many items on a few threads."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")


class Begun(Generic[T]):
    """Work that was begun for some items, and may go on meanwhile."""

    def __init__(self, items: Sequence[T], outcomes: Iterable[BaseException | None]) -> None:
        self._items = items
        self._outcomes = outcomes

    def result(self) -> tuple[list[T], BaseException | None]:
        """Wait for its end; return the items it was not done for, and the first error.

        What failed may have been done all the same.
        """
        outcomes = list(self._outcomes)
        errors = [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, _NotBegunError)]
        undone = [item for item, outcome in zip(self._items, outcomes, strict=True) if outcome is not None]
        return undone, errors[0] if errors else None


class FanOut:
    """A few threads that stay from call to call, because a thread's connection to the broker is its own.

    One thread means the caller's.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def begin(self, do: Callable[[T], None], items: Sequence[T]) -> Begun[T]:
        """Begin to do it for each item. After a failure nothing new is begun."""
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
        return Begun(items, list(map(attempt, items)) if alone else self._pool.map(attempt, items))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="fan-out")


class _NotBegunError(Exception):
    """Another item failed first."""
