"""Every handler of the corpus; importing them registers them."""

from services.simulator.hostile import bodies, heads, redirects
from services.simulator.hostile.registry import HANDLERS

__all__ = ["HANDLERS", "bodies", "heads", "redirects"]
