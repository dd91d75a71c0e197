"""What a certificate says, and what a failed verification means."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

MAX_NAMES = 100

_ERRORS = {
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    23: "revoked",
    62: "hostname_mismatch",
    64: "hostname_mismatch",
}
"""OpenSSL's X509_V_ERR_* codes (x509_vfy.h)."""
_UNKNOWN_ISSUER = frozenset({2, 20, 21})
_UNTRUSTED_ROOT = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The fields of a leaf certificate that are kept."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    sha256: str


def error_class(verify_code: int) -> str:
    """Return the error class of TlsRecord for OpenSSL's verification code."""
    if verify_code in _UNKNOWN_ISSUER or verify_code == _UNTRUSTED_ROOT:
        return "unknown_authority"
    return _ERRORS.get(verify_code, "other")


def issuer_is_missing(verify_code: int) -> bool:
    """Whether the chain stopped at a certificate whose issuer is not at hand: it may only be incomplete."""
    return verify_code in _UNKNOWN_ISSUER


def read_certificate(der: bytes) -> Certificate | None:
    """Return what a certificate says, None when it cannot be parsed."""
    try:
        parsed = x509.load_der_x509_certificate(der)
        return Certificate(
            subject=parsed.subject.rfc4514_string(),
            issuer=parsed.issuer.rfc4514_string(),
            names=_names(parsed)[:MAX_NAMES],
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            sha256=parsed.fingerprint(SHA256()).hex(),
        )
    except (ValueError, x509.DuplicateExtension):
        return None


def issuer_urls(der: bytes) -> tuple[str, ...]:
    """Return where a certificate says that its issuer's certificate is (RFC 5280 §4.2.2.1); plain http only."""
    try:
        access = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    return tuple(
        place.access_location.value
        for place in access.value
        if place.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(place.access_location, x509.UniformResourceIdentifier)
        and place.access_location.value.lower().startswith("http://")
    )


def read_intermediates(body: bytes) -> tuple[bytes, ...]:
    """Return the DER certificates of a fetched issuer file: DER, PEM or PKCS #7.

    Self-issued ones are left out: a root that a site points to is not one that anybody trusts.
    """
    found: list[x509.Certificate] = []
    for load in (_load_der, x509.load_pem_x509_certificates, pkcs7.load_der_pkcs7_certificates):
        try:
            found = load(body)
        except ValueError:
            continue
        break
    return tuple(one.public_bytes(Encoding.DER) for one in found[:5] if one.subject != one.issuer)


def _load_der(body: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(body)]


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)
