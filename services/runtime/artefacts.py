"""The artefact store port and its embedded implementation, a folder."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import zstandard

from services.contracts.artefacts import ArtefactRef, MediaType, is_compressed_at_rest, reference
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, BadInput, StoreUnavailable

MAX_ARTEFACT_BYTES = 64 * 1024 * 1024
_PART = ".part-"


class StoredItem(NamedTuple):
    """Something stored: its key, its bytes at rest, and when it was last stored."""

    key: str
    size: int
    modified: datetime


class ArtefactStore(Protocol):
    """Write-once storage of bytes under keys. Safe to call from several threads."""

    def probe(self) -> None:
        """Return when the store can be used. Raises StoreUnavailable, or BadInput for what an operator must mend."""

    def put(self, data: bytes, media_type: MediaType) -> ArtefactRef:
        """Store bytes under their content-addressed key. Storing the same bytes twice is free."""

    def put_document(self, key: str, data: bytes) -> None:
        """Store a document under a given key, replacing what was there in one step."""

    def get(self, ref: ArtefactRef) -> bytes:
        """Return an artefact's bytes, checked. Raises ArtefactMissing or ArtefactCorrupt."""

    def get_document(self, key: str) -> bytes:
        """Return a document's bytes. Raises ArtefactMissing."""

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""

    def location(self, key: str) -> str:
        """Return where a person can find the stored bytes."""

    def list(self, prefix: str) -> Iterator[StoredItem]:
        """Return what is stored under keys that start with a prefix, in key order."""

    def delete(self, key: str) -> None:
        """Delete what is stored under a key; nothing happens when there is nothing."""


def encode(data: bytes) -> bytes:
    """Compress bytes for rest."""
    return zstandard.ZstdCompressor(level=6).compress(data)


def decode(data: bytes) -> bytes:
    """Decompress bytes at rest, refusing more than MAX_ARTEFACT_BYTES. Raises ArtefactCorrupt."""
    # A frame states its own size and the one-shot call believes it: read a stream to bound it.
    try:
        with zstandard.ZstdDecompressor().stream_reader(data) as reader:
            decoded: bytes = reader.read(MAX_ARTEFACT_BYTES + 1)
    except zstandard.ZstdError as error:
        raise ArtefactCorrupt(f"stored bytes cannot be decompressed: {error}") from error
    if len(decoded) > MAX_ARTEFACT_BYTES:
        raise ArtefactCorrupt(f"stored bytes decompress to more than {MAX_ARTEFACT_BYTES} bytes")
    return decoded


def check(ref: ArtefactRef, data: bytes) -> bytes:
    """Return the bytes when they are those of the reference. Raises ArtefactCorrupt."""
    if reference(data, ref.media_type).sha256 != ref.sha256:
        raise ArtefactCorrupt(f"{ref.key}: the stored bytes do not have SHA-256 {ref.sha256}")
    return data


class FolderArtefactStore:
    """An artefact store in a folder. Writes are atomic: a killed process leaves no partial artefact."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def probe(self) -> None:
        """Return when the folder exists, made if need be."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"AUDIT_STORE_URL: {self._root}: {error.strerror}") from error

    def put(self, data: bytes, media_type: MediaType) -> ArtefactRef:
        """Store bytes under their content-addressed key."""
        if len(data) > MAX_ARTEFACT_BYTES:
            raise BadInput(f"artefact of {len(data)} bytes: at most {MAX_ARTEFACT_BYTES} are stored")
        ref = reference(data, media_type)
        if not self._refreshed(ref.key):
            self._write(ref.key, encode(data) if is_compressed_at_rest(media_type) else data)
        return ref

    def put_document(self, key: str, data: bytes) -> None:
        """Store a document under a given key."""
        self._write(key, encode(data))

    def get(self, ref: ArtefactRef) -> bytes:
        """Return an artefact's bytes, checked against its SHA-256."""
        data = self._read(ref.key)
        return check(ref, decode(data) if is_compressed_at_rest(ref.media_type) else data)

    def get_document(self, key: str) -> bytes:
        """Return a document's bytes."""
        return decode(self._read(key))

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        return self._path(key).is_file()

    def location(self, key: str) -> str:
        """Return the path of the file that holds the bytes."""
        return str(self._path(key))

    def list(self, prefix: str) -> Iterator[StoredItem]:
        """Return what is stored under keys that start with a prefix, in key order."""
        folder, _, start = prefix.rpartition("/")
        base = self._path(folder) if folder else self._root
        return self._walk(base, f"{folder}/" if folder else "", start)

    def delete(self, key: str) -> None:
        """Delete what is stored under a key; nothing happens when there is nothing."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error

    def _walk(self, folder: Path, key: str, start: str = "") -> Iterator[StoredItem]:
        try:
            with os.scandir(folder) as found:
                # A slash sorts after "-" and ".": folders take their place among the keys they lead to.
                entries = sorted((entry.name + "/" * entry.is_dir(), entry) for entry in found)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error
        for name, entry in entries:
            if name.startswith(_PART) or not name.startswith(start):
                continue
            if name.endswith("/"):
                yield from self._walk(folder / entry.name, key + name)
                continue
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            yield StoredItem(key + name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def _refreshed(self, key: str) -> bool:
        """Whether the bytes are there; retention then counts from now."""
        try:
            os.utime(self._path(key))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error
        return True

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root) or path == self._root:
            raise BadInput(f"artefact key {key!r} leaves the store")
        return path

    def _read(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise ArtefactMissing(f"{key}: not in the artefact store") from error
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error

    def _write(self, key: str, data: bytes) -> None:
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PART)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreUnavailable(f"{key}: {error}") from error
