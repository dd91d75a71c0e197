"""Which certificates are believed, and the two ways of opening a TLS session: strictly, and just to read."""

import ssl
from collections.abc import Iterable
from pathlib import Path

import certifi

from services.contracts.errors import BadInput

DEBIAN_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_OP_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, without a name in Python 3.11: browsers talk to servers without RFC 5746."""
_BROWSER_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:kRSA+AESGCM:kRSA+AES:!aNULL:!PSK:!SRP:!AESCCM"
"""What Chromium offers below TLS 1.3: with RSA key exchange, and without the DHE that old servers do badly."""
_VERIFY_X509_STRICT = 0x20
_VERIFY_X509_PARTIAL_CHAIN = 0x80000


class Trust:
    """The machine's certificate authorities, and one more when given. Raises BadInput when that cannot be read."""

    def __init__(self, extra: Path | None = None) -> None:
        self._extra = extra
        self.strict = self.verifying()
        self.lax = _reading()

    def verifying(self, intermediates: Iterable[str] = ()) -> ssl.SSLContext:
        """Return a context that verifies chain, dates and host name as browsers do.

        ``intermediates`` are PEM certificates that may complete a chain; they are never an anchor.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_BROWSER_CIPHERS)
        context.load_default_certs()
        if not context.cert_store_stats()["x509_ca"]:
            context.load_verify_locations(DEBIAN_BUNDLE if DEBIAN_BUNDLE.exists() else certifi.where())
        if self._extra is not None:
            try:
                context.load_verify_locations(self._extra)
            except (OSError, ssl.SSLError) as error:
                raise BadInput(f"AUDIT_TRUSTED_CA: {self._extra} is not a readable PEM file of certificates") from error
        # Newer Pythons refuse more than browsers do, and would take an intermediate for an anchor.
        context.verify_flags &= ~ssl.VerifyFlags(_VERIFY_X509_STRICT | _VERIFY_X509_PARTIAL_CHAIN)
        context.options |= _OP_LEGACY_SERVER_CONNECT
        for pem in intermediates:
            context.load_verify_locations(cadata=pem)
        return context


def _reading() -> ssl.SSLContext:
    """Return a context that believes every certificate and speaks every old dialect, to read what is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= _OP_LEGACY_SERVER_CONNECT
    return context
