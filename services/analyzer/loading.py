"""From a manifest and the artefact store to a Site. A lost artefact makes one page unreadable, never a crash."""

from pydantic import ValidationError

from services.analyzer.page import MAX_HTML_CHARS, Document, Page
from services.analyzer.site import Site
from services.contracts.artefacts import ArtefactRef
from services.contracts.capture import Manifest, PageCapture, RequestRecord
from services.contracts.errors import ArtefactCorrupt, ArtefactMissing
from services.contracts.reasons import Reason
from services.runtime.artefacts import ArtefactStore

MAX_REQUESTS = 5_000
MAX_FRAMES = 20
# One character takes at most four bytes of UTF-8.
_MAX_HTML_BYTES = 4 * MAX_HTML_CHARS


def load_site(manifest: Manifest, store: ArtefactStore, *, manifest_sha256: str | None = None) -> Site:
    """Return the site that a manifest describes, its documents read and checked against their SHA-256.

    A page whose document is lost, corrupt or beyond the size bound has ``Reason.ARTEFACT_LOST`` or
    ``Reason.TOO_LARGE`` as its failure. Raises StoreUnavailable when the store does not answer.
    """
    loader = _Loader(store)
    pages = tuple(loader.page(capture) for capture in manifest.pages)
    return Site(manifest=manifest, pages=pages, bodies=loader.probe_bodies(manifest), manifest_sha256=manifest_sha256)


class _Loader:
    """Reads artefacts; what cannot be read is None."""

    def __init__(self, store: ArtefactStore) -> None:
        self._store = store

    def page(self, capture: PageCapture) -> Page:
        document = self._document(capture.dom, capture.final_url or capture.url)
        lost = capture.dom is not None and document is None
        if lost and capture.failure is None:
            oversized = capture.dom is not None and capture.dom.size > _MAX_HTML_BYTES
            capture = capture.model_copy(update={"failure": Reason.TOO_LARGE if oversized else Reason.ARTEFACT_LOST})
        frames = (self._document(frame.dom, frame.url) for frame in capture.frames[:MAX_FRAMES])
        return Page(
            capture=capture,
            document=document,
            frames=tuple(frame for frame in frames if frame is not None),
            raw=self._document(capture.raw, capture.final_url or capture.url),
            requests=self._requests(capture.requests),
            lost=lost,
        )

    def probe_bodies(self, manifest: Manifest) -> dict[str, Document]:
        found: dict[str, Document] = {}
        probes = list(manifest.visits[-1].probes) if manifest.visits else []
        if manifest.security_txt is not None:
            probes.append(manifest.security_txt)
        for probe in probes:
            document = self._document(probe.body, probe.final.url if probe.final else probe.url)
            if probe.body is not None and document is not None:
                found[probe.body.key] = document
        return found

    def _document(self, ref: ArtefactRef | None, url: str) -> Document | None:
        data = self._read(ref)
        return None if data is None else Document(data.decode("utf-8", errors="replace"), url=url, ref=ref)

    def _requests(self, ref: ArtefactRef | None) -> tuple[RequestRecord, ...]:
        data = self._read(ref)
        lines = data.decode("utf-8", errors="replace").splitlines()[:MAX_REQUESTS] if data else []
        try:
            return tuple(RequestRecord.model_validate_json(line) for line in lines if line.strip())
        except ValidationError:
            return ()

    def _read(self, ref: ArtefactRef | None) -> bytes | None:
        if ref is None or ref.size > _MAX_HTML_BYTES:
            return None
        try:
            return self._store.get(ref)
        except (ArtefactMissing, ArtefactCorrupt):
            return None
