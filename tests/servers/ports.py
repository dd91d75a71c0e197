"""Ports for private servers."""

import random
import socket

_BELOW_THE_EPHEMERAL = range(15_000, 32_000)
"""Ports that the kernel gives to no outgoing connection: one stays free from the moment it is chosen."""
_DRAW = random.SystemRandom()


def free_port() -> int:
    """Return a TCP port of loopback that nobody listens on."""
    while True:
        port = _DRAW.choice(_BELOW_THE_EPHEMERAL)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
