"""The TLS faces of the corpus: right and wrong certificates by name, and two that need a port of their own."""

import ssl
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.simulator.certificates import CertificateAuthority
from services.simulator.features import CertificateKind
from services.simulator.hostile.cases import SUFFIX, Case, Tls

INTERMEDIATE_PATH = "/intermediate.crt"
_KINDS = {
    Tls.EXPIRED: CertificateKind.EXPIRED,
    Tls.SELF_SIGNED: CertificateKind.SELF_SIGNED,
    Tls.WRONG_HOST: CertificateKind.WRONG_HOST,
}
_SPECIAL = (Tls.WEAK, Tls.CLIENT_CERTIFICATE)


class HostileTls:
    """``entry`` chooses a certificate by the name asked for.

    ``special`` are the contexts of hosts that need a port of their own. ``files`` are certificates that sites
    must give out, by path.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self._authority = CertificateAuthority()
        self._intermediate = CertificateAuthority(below=self._authority)
        self._folder = tempfile.TemporaryDirectory(prefix="hostile-corpus-")
        self._cases = {host: case for case in cases for host in case.hosts}
        self._known: dict[str, ssl.SSLContext] = {}
        self.ca_pem = self._authority.pem
        self.files = {INTERMEDIATE_PATH: self._intermediate.der}
        self.entry = self._context((SUFFIX,), Tls.VALID)
        self.entry.sni_callback = self._choose
        self.special: Mapping[str, ssl.SSLContext] = {
            case.hosts[0]: self._demanding(case) for case in cases if case.tls in _SPECIAL
        }

    def close(self) -> None:
        """Remove the scratch folder."""
        self._folder.cleanup()

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        case = self._cases.get((name or "").lower())
        if case is not None:
            if case.name not in self._known:
                self._known[case.name] = self._context(case.hosts, case.tls)
            connection.context = self._known[case.name]

    def _context(self, hosts: Sequence[str], tls: Tls) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        if tls is Tls.INCOMPLETE:
            url = f"http://{hosts[0]}{INTERMEDIATE_PATH}"
            pem = self._intermediate.issue(hosts, CertificateKind.VALID, issuer_url=url)
        else:
            pem = self._authority.issue(hosts, _KINDS.get(tls, CertificateKind.VALID))
        # The ssl module reads certificates from files only.
        path = Path(self._folder.name) / "certificate.pem"
        path.write_bytes(pem)
        context.load_cert_chain(path)
        path.unlink()
        return context

    def _demanding(self, case: Case) -> ssl.SSLContext:
        context = self._context(case.hosts, case.tls)
        if case.tls is Tls.CLIENT_CERTIFICATE:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.ca_pem.decode("ascii"))
            return context
        with warnings.catch_warnings():
            # Old is the point.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context
