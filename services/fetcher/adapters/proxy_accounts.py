"""The logins of the egress proxy: one password, and a user name for each site in hand."""

import hmac
import itertools
import re
from base64 import b64encode
from weakref import WeakValueDictionary

from services.fetcher.domain.meter import Meter

_AUTHORIZATION = re.compile(rb"^proxy-authorization:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class ProxyAccounts:
    """Tells by its login which site a request is made for. An account lasts as long as its meter is in use."""

    username = "fetcher"

    def __init__(self, password: str) -> None:
        self.password = password
        self._numbers = itertools.count(1)
        self._meters: WeakValueDictionary[str, Meter] = WeakValueDictionary()

    def open(self, meter: Meter | None) -> str:
        """Return the user name whose traffic is counted on a meter; the plain one without a meter."""
        if meter is None:
            return self.username
        for name, known in self._meters.items():
            if known is meter:
                return name
        name = f"site-{next(self._numbers)}"
        self._meters[name] = meter
        return name

    def login_of(self, head: bytes) -> tuple[str, Meter | None]:
        """Return the login that a request must show, and whose meter it counts on, from the login it does show."""
        shown = _AUTHORIZATION.search(head)
        given = shown[1] if shown else b""
        for name, meter in list(self._meters.items()):
            login = self._login(name)
            if hmac.compare_digest(given, login.encode()):
                return login, meter
        return self._login(self.username), None

    def _login(self, username: str) -> str:
        return "Basic " + b64encode(f"{username}:{self.password}".encode()).decode()
