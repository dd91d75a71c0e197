"""What a browser's error message says about the site, if it says anything about the site."""

import tomllib
from functools import cache
from importlib.resources import files

from services.contracts.failures import FailureKind, kind_of_reason
from services.contracts.reasons import Reason

_OUR_FAULT = frozenset({"busy", "login"})


@cache
def _table() -> tuple[tuple[str, FailureKind | None], ...]:
    text = files(__package__).joinpath("browser_failures.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rows: list[tuple[str, FailureKind | None]] = [(c, None) for row in table["infrastructure"] for c in row["codes"]]
    rows += [(code, FailureKind(row["kind"])) for row in table["failures"] for code in row["codes"]]
    return tuple(rows)


def proxy_refusal(reason: str) -> FailureKind | None:
    """Return what the egress proxy's refusal says about the site, None when it says only that we are unwell."""
    if reason in _OUR_FAULT:
        return None
    try:
        known = Reason(reason)
    except ValueError:
        return FailureKind.MALFORMED
    return kind_of_reason(known) or FailureKind.MALFORMED


def site_failure(message: str) -> FailureKind | None:
    """Return why the site could not be shown, None when the fault is the browser's or the proxy's."""
    for code, kind in _table():
        if code in message:
            return kind
    return FailureKind.MALFORMED if "net::ERR_" in message else None


def seen_by_proxy(message: str) -> bool:
    """Whether the egress proxy, which saw the connection itself, knows better than the browser what happened."""
    return any(code in message for code in ("ERR_TUNNEL_CONNECTION_FAILED", "ERR_EMPTY_RESPONSE"))
