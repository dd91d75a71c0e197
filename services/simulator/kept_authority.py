"""The canaries' certificate authority, kept in a folder so that a restart is not a new one."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.contracts.errors import BadInput
from services.simulator.certificates import CertificateAuthority, new_key

KEY, CERTIFICATE = "ca.key", "ca.pem"


def kept_authority(folder: Path, *, only_below: str) -> CertificateAuthority:
    """Return the authority of a folder, made when there is none yet; ``ca.pem`` is what its clients trust.

    Who has the key can pass for any site below ``only_below`` and for no other. Raises BadInput when the folder
    cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / KEY
        authority = CertificateAuthority(key=_key(path) if path.exists() else _made(path), only_below=only_below)
        draft = folder / f"{CERTIFICATE}.new"
        draft.write_bytes(authority.pem)
        draft.replace(folder / CERTIFICATE)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be used: {error.strerror or error}") from error
    return authority


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise BadInput(f"{path}: is no key; delete it, and a new one is made") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadInput(f"{path}: is no elliptic-curve key; delete it, and a new one is made")
    return key


def _made(path: Path) -> ec.EllipticCurvePrivateKey:
    key = new_key()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    draft.replace(path)
    return key
