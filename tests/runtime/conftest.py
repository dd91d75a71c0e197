"""What the tests of the kit share."""

from tests.servers.postgres import postgres

__all__ = ["postgres"]
