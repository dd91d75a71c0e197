"""Where hostile pages try to send the browser, and what the corpus's name server says of those names."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ConfigDict

from services.contracts.model import Record


class Rebinding(Record):
    """Names that change their address after the first question."""

    suffix: str
    port: int
    then: tuple[str, ...]


class Targets(Record):
    """Forbidden hosts (as they are written in a URL) and ports, and the addresses of the names among them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    names: dict[str, tuple[str, ...]]
    aliases: dict[str, str]
    rebinding: Rebinding

    @property
    def origins(self) -> tuple[str, ...]:
        """Every host on the web's port, and every port of loopback: ``host:port``."""
        return tuple(f"{host}:80" for host in self.hosts) + tuple(f"127.0.0.1:{port}" for port in self.ports)


@cache
def load_targets() -> Targets:
    """Return the table."""
    text = files(__package__).joinpath("targets.toml").read_text(encoding="utf-8")
    return Targets.model_validate(tomllib.loads(text))
