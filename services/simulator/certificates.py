"""Certificates of the synthetic web: an authority of its own, and one certificate a site, right or wrong.

Keys are fresh at each start unless one is given; names, dates and serial numbers derive from the country.
"""

import hashlib
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from services.simulator.country import Country
from services.simulator.features import CertificateKind, Https

_FROM = datetime(2025, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2045, 1, 1, tzinfo=UTC)
_EXPIRED = (datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 4, 1, tzinfo=UTC))
_ELSEWHERE = "defaut.hebergement-mutualise.example"
_MAX_NAME = 64


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh key."""
    return ec.generate_private_key(ec.SECP256R1())


class CertificateAuthority:
    """A root, or an authority ``below`` another.

    ``pem`` is its certificate, for clients to trust. It exists as long as the process, unless it is given the ``key``
    of an earlier one. Clients believe it for names below ``only_below`` and for no others, when that is given.
    """

    def __init__(
        self,
        below: "CertificateAuthority | None" = None,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        only_below: str | None = None,
    ) -> None:
        self._key = key or new_key()
        self._site_key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Autorité intermédiaire du pays synthétique" if below else "Autorité du pays synthétique")
        signer = below or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(below.subject if below else name)
            .public_key(self._key.public_key())
            .serial_number(2 if below else 1)
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0 if below else 1), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(signer._identifier(), critical=False)  # noqa: SLF001 (another of its own class)
        )
        if only_below is not None:
            names = x509.NameConstraints(permitted_subtrees=[x509.DNSName(only_below)], excluded_subtrees=None)
            builder = builder.add_extension(names, critical=True)
        self._certificate = builder.sign(signer._key, hashes.SHA256())  # noqa: SLF001
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)
        self.der = self._certificate.public_bytes(serialization.Encoding.DER)

    @property
    def subject(self) -> x509.Name:
        """The name that certificates issued here have as their issuer."""
        return self._certificate.subject

    def _identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())

    def issue(self, hosts: Sequence[str], kind: CertificateKind, *, issuer_url: str | None = None) -> bytes:
        """Return a certificate for hosts and its key, as PEM, with the fault that its kind names.

        ``issuer_url`` is where the certificate says that its issuer's is found.
        """
        names = (_ELSEWHERE,) if kind is CertificateKind.WRONG_HOST else tuple(hosts)
        start, end = _EXPIRED if kind is CertificateKind.EXPIRED else (_FROM, _UNTIL)
        subject = _name(names[0])
        alone = kind is CertificateKind.SELF_SIGNED
        signer = self._site_key if alone else self._key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if alone else self._certificate.subject)
            .public_key(self._site_key.public_key())
            .serial_number(_serial(names, kind))
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._site_key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if issuer_url is not None:
            place = x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url)
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
        key = self._site_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM) + key


class TlsContexts:
    """The server side of TLS for a country: the context of a connection is chosen by the name it asks for."""

    def __init__(self, country: Country, authority: CertificateAuthority) -> None:
        self._country = country
        self._authority = authority
        self._folder = tempfile.TemporaryDirectory(prefix="synthetic-country-")
        self._of_names = lru_cache(maxsize=1_000)(self._make)
        self.entry = self._make((_ELSEWHERE,), CertificateKind.VALID)
        self.entry.sni_callback = self._choose

    def close(self) -> None:
        """Remove the scratch folder."""
        self._folder.cleanup()

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Put the site's context on a connection; a site without HTTPS refuses the handshake."""
        if not name:
            return None
        site = self._country.by_host.get(name.lower())
        if site is not None and site.features.https is Https.HTTP_ONLY:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        hosts = (name.lower(),) if site is None else site.hosts
        kind = CertificateKind.VALID if site is None else site.features.certificate
        connection.context = self._of_names(hosts, kind)
        return None

    def _make(self, hosts: tuple[str, ...], kind: CertificateKind) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # The ssl module reads certificates from files only.
        path = Path(self._folder.name) / f"{_serial(hosts, kind):x}.pem"
        path.write_bytes(self._authority.issue(hosts, kind))
        context.load_cert_chain(path)
        path.unlink()
        return context


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:_MAX_NAME])])


def _serial(names: Sequence[str], kind: CertificateKind) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}|{'|'.join(names)}".encode()).digest()[:8], "big") | 1


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
