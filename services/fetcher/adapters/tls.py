"""The strict judgement of a host's certificate, and what the certificate says."""

import asyncio
import ssl
from dataclasses import dataclass

from services.contracts.capture import TlsRecord
from services.fetcher.adapters.egress import Egress, EgressFailure, open_streams
from services.fetcher.adapters.http import HttpClient
from services.fetcher.adapters.trust import Trust
from services.fetcher.domain.certificates import (
    error_class,
    issuer_is_missing,
    issuer_urls,
    read_certificate,
    read_intermediates,
)
from services.runtime.clock import Clock

_MAX_INTERMEDIATES = 3
_MAX_CERTIFICATE_BYTES = 64_000
_FETCH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Session:
    protocol: str | None
    certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsInspector:
    """Opens TLS sessions to look at certificates; missing issuers are fetched over the same egress."""

    egress: Egress
    trust: Trust
    http: HttpClient
    clock: Clock
    handshake_seconds: float = 10.0

    async def inspect(self, host: str, port: int) -> TlsRecord | None:
        """Return the judgement, None when the port does not answer. Never raises for what a site does."""
        at = self.clock.now()
        try:
            try:
                session = await self._handshake(host, port, self.trust.strict)
                error, detail = None, ""
            except ssl.SSLCertVerificationError as failure:
                session = await self._handshake(host, port, self.trust.lax)
                error, detail = await self._judge(host, port, session, failure), failure.verify_message
            except (OSError, TimeoutError) as failure:
                session = await self._handshake(host, port, self.trust.lax)
                error, detail = "other", _text(failure)
        except EgressFailure:
            return None
        except (OSError, TimeoutError) as failure:
            detail = _text(failure)
            return TlsRecord(
                host=host, port=port, handshake=False, verified=False, error="other", detail=detail[:300], at=at
            )
        shown = read_certificate(session.certificate)
        return TlsRecord(
            host=host,
            port=port,
            handshake=True,
            verified=error is None,
            error=error,
            detail=detail[:300],
            protocol=session.protocol,
            subject=shown.subject if shown else None,
            issuer=shown.issuer if shown else None,
            names=shown.names if shown else (),
            not_before=shown.not_before if shown else None,
            not_after=shown.not_after if shown else None,
            sha256=shown.sha256 if shown else None,
            at=at,
        )

    async def _handshake(self, host: str, port: int, context: ssl.SSLContext) -> _Session:
        connected = await self.egress.connect(host, port)
        async with asyncio.timeout(self.handshake_seconds):
            _, writer = await open_streams(connected, context, host)
        try:
            tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
            return _Session(tls.version(), tls.getpeercert(binary_form=True) or b"")
        finally:
            writer.transport.abort()

    async def _judge(self, host: str, port: int, session: _Session, failure: ssl.SSLCertVerificationError) -> str:
        """Return the error class; a missing issuer is looked for first, as browsers do."""
        if not issuer_is_missing(failure.verify_code):
            return error_class(failure.verify_code)
        intermediates = await self._intermediates(session.certificate)
        if not intermediates:
            return "unknown_authority"
        # The same verifier judges again, so that the only difference is what the server forgot to send.
        context = self.trust.verifying(ssl.DER_cert_to_PEM_cert(der) for der in intermediates)
        try:
            await self._handshake(host, port, context)
        except ssl.SSLCertVerificationError as again:
            return error_class(again.verify_code)
        except (EgressFailure, OSError, TimeoutError):
            return "unknown_authority"
        return "incomplete_chain"

    async def _intermediates(self, leaf: bytes) -> list[bytes]:
        found: list[bytes] = []
        current = leaf
        for _ in range(_MAX_INTERMEDIATES):
            urls = issuer_urls(current)
            if not urls:
                break
            response = await self.http.get(urls[0], max_bytes=_MAX_CERTIFICATE_BYTES, timeout=_FETCH_SECONDS)
            issuers = [der for der in read_intermediates(response.body) if der not in found]
            if not issuers:
                break
            found += issuers
            current = issuers[0]
        return found


def _text(failure: Exception) -> str:
    return str(failure) or type(failure).__name__
