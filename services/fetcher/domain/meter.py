"""What one site has cost so far, and may cost: the requests made for it and the bytes received.

The meter of the site in hand is found in the context of its task: HTTP without a browser, the browser and
the egress all count on the same one.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from services.contracts.capture import SiteCost


@dataclass(slots=True, weakref_slot=True, eq=False)
class Meter:
    """Counts requests and bytes of one site against their bounds.

    Bytes are counted as they come off the wire: inside TLS where we end it ourselves, around it where the browser
    does.
    """

    max_requests: int
    max_bytes: int
    requests: int = 0
    bytes_received: int = 0
    refused: bool = False
    """Whether something was not asked for because a bound was reached."""

    @property
    def exhausted(self) -> bool:
        """Whether the site may be asked for nothing more."""
        return self.requests >= self.max_requests or self.bytes_received >= self.max_bytes

    @property
    def overdrawn(self) -> bool:
        """Whether what is under way must end."""
        return self.requests > self.max_requests or self.bytes_received > self.max_bytes

    def sent(self) -> None:
        """Count a request."""
        self.requests += 1

    def received(self, count: int) -> None:
        """Count bytes."""
        self.bytes_received += count

    def refuse(self) -> str:
        """Note that something is not asked for, and return why."""
        self.refused = True
        return f"the site has cost {self.requests} requests and {self.bytes_received} bytes"

    def carry(self, cost: SiteCost | None) -> None:
        """Count what an earlier attempt at the same site cost."""
        if cost is not None:
            self.requests += cost.requests
            self.bytes_received += cost.bytes_received

    def cost(self) -> SiteCost:
        """Return what the manifest keeps."""
        return SiteCost(requests=self.requests, bytes_received=self.bytes_received, limit_reached=self.refused)


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def current_meter() -> Meter | None:
    """Return the meter of the site in hand, None outside any site."""
    return _METER.get()


def measure_with(meter: Meter | None) -> None:
    """Count on this meter for the rest of the present task, and in the tasks it starts."""
    _METER.set(meter)
