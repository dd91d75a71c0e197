"""An artefact store whose operations are measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from services.contracts.artefacts import ArtefactRef, MediaType
from services.contracts.errors import ArtefactMissing
from services.runtime.artefacts import ArtefactStore, StoredItem
from services.runtime.message_metrics import STORE_BYTES, STORE_OPERATIONS, STORE_SECONDS, Result, StoreOperation


class MeasuredStore:
    """Another store, with every operation on it counted and timed. What it returns and raises is the other's."""

    def __init__(self, store: ArtefactStore) -> None:
        self._store = store

    def probe(self) -> None:
        """Return when the store can be used; this is no operation."""
        self._store.probe()

    def put(self, data: bytes, media_type: MediaType) -> ArtefactRef:
        """Store bytes under their content-addressed key."""
        with _measured(StoreOperation.PUT):
            ref = self._store.put(data, media_type)
        STORE_BYTES.add(len(data), operation=StoreOperation.PUT)
        return ref

    def put_document(self, key: str, data: bytes) -> None:
        """Store a document under a given key."""
        with _measured(StoreOperation.PUT):
            self._store.put_document(key, data)
        STORE_BYTES.add(len(data), operation=StoreOperation.PUT)

    def get(self, ref: ArtefactRef) -> bytes:
        """Return an artefact's bytes, checked."""
        with _measured(StoreOperation.GET):
            data = self._store.get(ref)
        STORE_BYTES.add(len(data), operation=StoreOperation.GET)
        return data

    def get_document(self, key: str) -> bytes:
        """Return a document's bytes."""
        with _measured(StoreOperation.GET):
            data = self._store.get_document(key)
        STORE_BYTES.add(len(data), operation=StoreOperation.GET)
        return data

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        with _measured(StoreOperation.EXISTS):
            return self._store.exists(key)

    def location(self, key: str) -> str:
        """Return where a person can find the stored bytes."""
        return self._store.location(key)

    def list(self, prefix: str) -> Iterator[StoredItem]:
        """Return what is stored under keys that start with a prefix, in key order."""
        # The time from here to the end, which is the reader's too: only commands list.
        with _measured(StoreOperation.LIST):
            yield from self._store.list(prefix)

    def delete(self, key: str) -> None:
        """Delete what is stored under a key."""
        with _measured(StoreOperation.DELETE):
            self._store.delete(key)


@contextmanager
def _measured(operation: StoreOperation) -> Iterator[None]:
    started, result = time.monotonic(), Result.FAILED
    try:
        yield
        result = Result.OK
    except (ArtefactMissing, GeneratorExit):
        result = Result.OK
        raise
    finally:
        STORE_SECONDS.observe(time.monotonic() - started, operation=operation)
        STORE_OPERATIONS.add(operation=operation, result=result)
