"""The handlers of the corpus by name: what a page file and a status cannot do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.simulator.hostile.asking import Ask, Out

Answer = Callable[[Ask, Out], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """How to answer at the home page, and at other ``paths`` of a case whose handler it is."""

    answer: Answer
    paths: tuple[str, ...] = ()


HANDLERS: dict[str, Handler] = {}


def handles(name: str, *paths: str) -> Callable[[Answer], Answer]:
    """Register a coroutine function under a name."""

    def register(answer: Answer) -> Answer:
        HANDLERS[name] = Handler(answer, paths)
        return answer

    return register
