"""What a process notes on a message while it holds it: options that dramatiq carries and that mean something to us."""

from typing import Final

GIVEN_BACK: Final = "given_back"
"""Marks, in this process only, a message that goes back to its queue untouched."""
LOST: Final = "lost"
"""Marks, in this process only, a message whose connection was lost: it is delivered again."""
GAVE_UP: Final = "gave_up"
"""Marks, in this process only, a message whose audit the edge closed because no further try would help."""
WAITED: Final = "waited"
"""How many seconds a message waited for its handling to start."""
TRACE: Final = "trace"
"""The trace that a message belongs to, as W3C Trace Context writes it; absent where nothing is traced."""
DUE: Final = "due_timestamp"
"""When the retry of a message was due, in milliseconds; dramatiq forgets it once the time has come."""
