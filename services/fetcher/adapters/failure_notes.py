"""What the egress proxy saw of connections that failed, where the browser only sees that the proxy gave up."""

from urllib.parse import urlsplit

from services.contracts.failures import FailureKind

_MAX_NOTES = 1000
_PORTS = {"http": 80, "https": 443}


class FailureNotes:
    """The last failure by host and port, until a connection there succeeds. Bounded; the oldest are forgotten."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, int], FailureKind] = {}

    def note(self, host: str, port: int, kind: FailureKind) -> None:
        """Remember how a connection failed."""
        self._kinds.pop((host, port), None)
        while len(self._kinds) >= _MAX_NOTES:
            self._kinds.pop(next(iter(self._kinds)))
        self._kinds[host, port] = kind

    def forget(self, host: str, port: int) -> None:
        """Forget the failures of a place that was just connected to."""
        self._kinds.pop((host, port), None)

    def kind_for(self, url: str) -> FailureKind | None:
        """Return how the last connection to a URL's host and port failed, None when it did not."""
        try:
            parts = urlsplit(url)
            place = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return None
        return self._kinds.get(place)
