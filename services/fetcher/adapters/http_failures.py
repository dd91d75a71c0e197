"""What an error of the HTTP client says happened."""

import ssl
import tomllib
from functools import cache
from importlib.resources import files

import httpcore

from services.contracts.failures import FailureKind
from services.fetcher.adapters.egress import EgressFailure
from services.fetcher.adapters.http_transport import TlsHandshakeFailed
from services.fetcher.domain.decoding import UndecodableBody

_NOTHING_CAME = "without sending a response"


def kind_of_error(error: Exception) -> FailureKind:
    """Return the kind of a failed exchange. A certificate that does not verify is no failure here."""
    match error:
        case EgressFailure():
            return error.failure
        case TlsHandshakeFailed():
            return _kind_of_tls(error.error)
        case ssl.SSLError():
            return _kind_of_tls(error)
        case httpcore.NetworkError():
            # Broken off by the peer in the middle: to a visitor, the same as a closed door.
            return FailureKind.RESET
        case UndecodableBody():
            return FailureKind.UNDECODABLE
        case _:
            return FailureKind.NO_ANSWER if _NOTHING_CAME in str(error) else FailureKind.MALFORMED


def _kind_of_tls(error: OSError) -> FailureKind:
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else ""
    return _tls_reasons().get(reason.upper().replace(" ", "_"), FailureKind.TLS_HANDSHAKE)


@cache
def _tls_reasons() -> dict[str, FailureKind]:
    table = tomllib.loads(files(__package__).joinpath("tls_failures.toml").read_text(encoding="utf-8"))
    return {reason: FailureKind(row["kind"]) for row in table["tls"] for reason in row["reasons"]}
