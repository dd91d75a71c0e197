"""What answered at the declared address, whatever its status: the material of every judgement on the site."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from services.analyzer.evidence import cut, manifest_evidence
from services.analyzer.page import Document, Link, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import Hop, PageClass, Probe, Viewport
from services.contracts.hosts import host_of, same_site
from services.contracts.verdicts import Evidence, EvidenceKind

_VIEWPORT_ORDER = (Viewport.DESKTOP, Viewport.MOBILE, Viewport.HTTP)


@dataclass(frozen=True, eq=False, kw_only=True)
class Landing:
    """The answer read at the declared address.

    It comes from the home page of the capture, or from a probe when no browser was started (``page`` is then None).
    """

    site: Site
    url: str
    status: int
    documents: tuple[Document, ...]
    hop: Hop | None = None
    page: Page | None = None
    probe: Probe | None = None

    @property
    def host(self) -> str:
        """The host that answered in the end."""
        return host_of(self.url)

    @property
    def successful(self) -> bool:
        """Whether a page was served as a success."""
        return self.status < 400

    @cached_property
    def title(self) -> str:
        """The first title among the page and its frames, as written."""
        return next((document.title for document in self.documents if document.title), "")

    @cached_property
    def text(self) -> str:
        """The normalised visible text of the page and its frames."""
        return " ".join(document.text for document in self.documents).strip()

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of the page and its frames."""
        return tuple(link for document in self.documents for link in document.links)

    @cached_property
    def internal_links(self) -> frozenset[str]:
        """The distinct pages of the same site, other than this one, that are linked."""
        return frozenset(self._internal())

    def _internal(self) -> Iterator[str]:
        here = self.url.split("#", 1)[0].rstrip("/")
        for link in self.links:
            target = link.url.split("#", 1)[0].rstrip("/")
            if target.startswith(("http:", "https:")) and target != here and same_site(host_of(target), self.host):
                yield target

    def evidence(
        self, kind: EvidenceKind, snippet: str, *, where: str | None = None, within: str | None = None
    ) -> Evidence:
        """Return something seen here as evidence; ``within`` is the normalised text that tells which frame."""
        sought = within or snippet
        holder = next((document for document in self.documents if sought and sought in document.text), None)
        document = holder or next(iter(self.documents), None)
        if document is None or document.ref is None:
            return manifest_evidence(self.site, kind, snippet, url=self.url, where=where)
        capture = self.page.capture if self.page else None
        return Evidence(
            kind=kind,
            url=document.url or self.url,
            where=where,
            snippet=cut(snippet),
            viewport=(capture.viewport if capture else Viewport.HTTP).value,
            artefact=document.ref.key,
            sha256=document.ref.sha256,
            at=capture.at if capture else self.hop.at if self.hop else None,
        )


@once_per_site
def landing_of(site: Site) -> Landing | None:
    """Return the best answer that was read, or None when nothing answered.

    A rendered home page comes first, then the home page read without a browser, then the probes; among equals
    a success before an error.
    """
    homes = [page for page in site.pages if page.capture.page_class is PageClass.HOME and page.capture.failure is None]
    homes = [page for page in homes if page.capture.status is not None and not page.lost]
    homes.sort(key=lambda page: ((page.capture.status or 0) >= 400, _VIEWPORT_ORDER.index(page.capture.viewport)))
    if homes:
        page = homes[0]
        hop = page.capture.hops[-1] if page.capture.hops else None
        status = page.capture.status or 0
        return Landing(site=site, url=page.url, status=status, documents=page.documents, hop=hop, page=page)
    return _landing_of_probes(site)


def _landing_of_probes(site: Site) -> Landing | None:
    answered = [(probe, probe.final) for probe in site.probes if probe.final is not None]
    if not answered:
        return None
    declared = site.manifest.normalised_url or ""
    probe, final = min(answered, key=lambda item: (_rank(item[1]), item[0].url != declared))
    document = site.bodies.get(probe.body.key) if probe.body else None
    documents = (document,) if document else ()
    return Landing(site=site, url=final.url, status=final.status, documents=documents, hop=final, probe=probe)


def _rank(hop: Hop | None) -> int:
    """Order answers: a page, a refusal (someone is there), an error of the client, an error of the server."""
    status = hop.status if hop else 599
    if status < 400:
        return 0
    if status in (401, 403, 429, 503):
        return 1
    return 2 if status < 500 else 3


def path_of(url: str) -> str:
    """Return the path of a URL, ``/`` when it cannot be read."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"
