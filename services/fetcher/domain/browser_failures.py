"""What a browser's error message says about the site, if it says anything about the site."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.reasons import Reason


@cache
def _table() -> tuple[tuple[str, Reason | None], ...]:
    text = files(__package__).joinpath("browser_failures.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rows: list[tuple[str, Reason | None]] = [(c, None) for row in table["infrastructure"] for c in row["codes"]]
    rows += [(code, Reason(row["reason"])) for row in table["failures"] for code in row["codes"]]
    return tuple(rows)


_OUR_FAULT = frozenset({"busy", "login"})


def proxy_refusal(reason: str) -> Reason | None:
    """Return what the egress proxy's refusal says about the site, None when it says only that we are unwell."""
    if reason in _OUR_FAULT:
        return None
    try:
        return Reason(reason)
    except ValueError:
        return Reason.PROTOCOL_ERROR


def site_failure(message: str) -> Reason | None:
    """Return why the site could not be shown, None when the fault is the browser's or the proxy's."""
    for code, reason in _table():
        if code in message:
            return reason
    return Reason.PROTOCOL_ERROR if "net::ERR_" in message else None
