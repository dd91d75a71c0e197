"""What every artefact store does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.artefacts import MediaType
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing, BadInput
from services.runtime import artefacts
from services.runtime.artefacts import ArtefactStore
from services.runtime.message_metrics import PROCESS
from tests.measured import Measured

Overwrite = Callable[[ArtefactStore, str, bytes], None]


@pytest.fixture
def overwrite(request: pytest.FixtureRequest) -> Overwrite:
    """Change what is at rest, behind the store's back."""

    def write(store: ArtefactStore, key: str, stored: bytes) -> None:
        where = store.location(key)
        if not where.startswith("s3://"):
            Path(where).write_bytes(stored)
            return
        bucket = where.removeprefix("s3://").removesuffix(f"/{key}")
        request.getfixturevalue("s3_server").client.put_object(Bucket=bucket, Key=key, Body=stored)

    return write


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(max_size=5000), media_type=st.sampled_from(MediaType))
def test_what_is_put_is_got(store: ArtefactStore, data: bytes, media_type: MediaType) -> None:
    ref = store.put(data, media_type)
    assert store.get(ref) == data
    assert ref.size == len(data)
    assert store.exists(ref.key)


def test_the_same_bytes_are_stored_once(store: ArtefactStore) -> None:
    first = store.put(b"<p>Bonjour</p>", MediaType.HTML)
    assert store.put(b"<p>Bonjour</p>", MediaType.HTML) == first


def test_a_document_can_be_replaced(store: ArtefactStore) -> None:
    store.put_document("evidence/c/33243/1/manifest.json.zst", b"{}")
    store.put_document("evidence/c/33243/1/manifest.json.zst", b'{"a": 1}')
    assert store.get_document("evidence/c/33243/1/manifest.json.zst") == b'{"a": 1}'


def test_a_missing_artefact_is_said_to_be_missing(store: ArtefactStore) -> None:
    ref = store.put(b"x", MediaType.TEXT).model_copy(update={"key": "raw/00/absent.txt.zst"})
    assert not store.exists(ref.key)
    with pytest.raises(ArtefactMissing):
        store.get(ref)
    with pytest.raises(ArtefactMissing):
        store.get_document("evidence/nowhere.json.zst")


def test_bytes_that_changed_at_rest_are_refused(store: ArtefactStore, overwrite: Overwrite) -> None:
    ref = store.put(b"true", MediaType.TEXT)
    overwrite(store, ref.key, artefacts.encode(b"false"))
    with pytest.raises(ArtefactCorrupt):
        store.get(ref)


def test_bytes_that_are_no_longer_compressed_are_refused(store: ArtefactStore, overwrite: Overwrite) -> None:
    ref = store.put(b"true", MediaType.TEXT)
    overwrite(store, ref.key, b"garbage")
    with pytest.raises(ArtefactCorrupt):
        store.get(ref)


def test_a_bomb_at_rest_is_refused(store: ArtefactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put_document("evidence/bomb.zst", b"\0" * 100_000)
    monkeypatch.setattr(artefacts, "MAX_ARTEFACT_BYTES", 1000)
    with pytest.raises(ArtefactCorrupt):
        store.get_document("evidence/bomb.zst")


@pytest.mark.parametrize("key", ["../outside", "/absolute", "a/../../b", ""])
def test_a_key_never_leaves_the_store(store: ArtefactStore, key: str) -> None:
    with pytest.raises(BadInput):
        store.put_document(key, b"x")


def test_an_oversized_artefact_is_refused(store: ArtefactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "MAX_ARTEFACT_BYTES", 10)
    with pytest.raises(BadInput, match="at most 10"):
        store.put(b"x" * 11, MediaType.TEXT)


def test_many_threads_may_store_the_same_bytes(store: ArtefactStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda _: store.put(b"page" * 1000, MediaType.HTML), range(32)))
    assert len(set(refs)) == 1
    assert store.get(refs[0]) == b"page" * 1000


def test_what_is_stored_is_listed_by_prefix_in_key_order(store: ArtefactStore) -> None:
    keys = [f"evidence/c/{name}/manifest.json.zst" for name in ("33063/1", "33063-a/1", "33063.b/1", "2A004/1", "é/1")]
    keys += ["evidence/c2/33063/1/manifest.json.zst", "reports/c/index.html"]
    for key in reversed(keys):
        store.put_document(key, b"{}")
    for prefix in ("", "evidence/", "evidence/c", "evidence/c/", "evidence/c/33063", "reports/c/index.html", "raw/"):
        assert [item.key for item in store.list(prefix)] == sorted(key for key in keys if key.startswith(prefix))


def test_a_listing_tells_size_at_rest_and_when_it_was_stored(store: ArtefactStore) -> None:
    key = store.put(b"x" * 1000, MediaType.WEBP).key
    (item,) = store.list("raw/")
    assert (item.key, item.size) == (key, 1000)
    assert abs(datetime.now(UTC) - item.modified) < timedelta(minutes=5)  # noqa: TID251  # the server's own clock


def test_what_is_deleted_is_gone_and_deleting_it_again_changes_nothing(store: ArtefactStore) -> None:
    kept, gone = store.put(b"kept", MediaType.TEXT), store.put(b"gone", MediaType.TEXT)
    store.delete(gone.key)
    store.delete(gone.key)
    assert not store.exists(gone.key)
    assert [item.key for item in store.list("raw/")] == [kept.key]
    assert store.put(b"gone", MediaType.TEXT) == gone
    assert store.get(gone) == b"gone"


def test_deleting_while_listing_misses_nothing(store: ArtefactStore) -> None:
    for number in range(20):
        store.put(str(number).encode(), MediaType.TEXT)
    for item in store.list("raw/"):
        store.delete(item.key)
    assert list(store.list("")) == []


@pytest.mark.parametrize("key", ["../outside", "/absolute", "a/../../b", ""])
def test_nothing_outside_the_store_can_be_deleted(store: ArtefactStore, key: str) -> None:
    with pytest.raises(BadInput):
        store.delete(key)


def test_operations_are_counted_with_what_they_moved_and_a_missing_artefact_is_no_failure(store: ArtefactStore) -> None:
    measured = Measured(PROCESS)
    ref = store.put(b"twelve bytes", MediaType.HTML)
    store.get(ref)
    store.exists(ref.key)
    assert [item.key for item in store.list("")] == [ref.key]
    store.delete(ref.key)
    with pytest.raises(ArtefactMissing):
        store.get(ref)
    operations = {(name, "ok"): 1 for name in ("put", "exists", "list", "delete")} | {("get", "ok"): 2}
    assert measured.changes("audit_artefact_operations_total") == operations
    assert measured.changes("audit_artefact_bytes_total") == {("put",): 12, ("get",): 12}
    assert measured.change("audit_artefact_duration_seconds_count", operation="get") == 2


def test_an_operation_that_fails_is_counted_as_such(store: ArtefactStore, overwrite: Overwrite) -> None:
    ref = store.put(b"page", MediaType.HTML)
    overwrite(store, ref.key, b"not what was stored")
    measured = Measured(PROCESS)
    with pytest.raises(ArtefactCorrupt):
        store.get(ref)
    assert measured.change("audit_artefact_operations_total", operation="get", result="failed") == 1
