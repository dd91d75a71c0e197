"""Mixed content: sub-resources in clear that a page in HTTPS asks for (W3C Mixed Content)."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding, not_applicable, undetermined
from services.analyzer.page import Document, Page
from services.analyzer.site import Site
from services.contracts.capture import PageClass
from services.contracts.reasons import Reason
from services.contracts.verdicts import Evidence, EvidenceKind, State

MAX_EVIDENCE = 5
_LOADING_RELS = frozenset(
    {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "apple-touch-icon", "manifest"}
)
# Elements that load what their attribute names, without any action of the reader.
_LOADERS = (
    ("script[src]", "src"),
    ("iframe[src]", "src"),
    ("frame[src]", "src"),
    ("img[src]", "src"),
    ("img[srcset]", "srcset"),
    ("source[src]", "src"),
    ("source[srcset]", "srcset"),
    ("video[src]", "src"),
    ("video[poster]", "poster"),
    ("audio[src]", "src"),
    ("track[src]", "src"),
    ("embed[src]", "src"),
    ("object[data]", "data"),
    ("input[type=image][src]", "src"),
    ("body[background]", "background"),
    ("table[background]", "background"),
    ("td[background]", "background"),
)
_STYLE_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*(http://[^"')\s]+)""", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_CLEAR = re.compile(r"(?:^|[\s,])(http://[^\s,]+)", re.IGNORECASE)


def judge_mixed_content(site: Site) -> Finding:
    """Return whether a page in HTTPS asks for sub-resources in clear: yes is the defect.

    What the browser blocked or upgraded counts as well: the mark-up asks for it. The value is the number of
    distinct addresses.
    """
    if site.final_url is None:
        return undetermined(Reason.HOME_NOT_CAPTURED)
    if not site.final_url.startswith("https://"):
        return not_applicable("not_https")
    found: dict[str, Evidence] = {}
    for page in site.pages:
        ours = page.capture.page_class is not PageClass.PROVIDER
        if ours and page.readable and page.url.startswith("https://"):
            for url, evidence in _in_page(page):
                found.setdefault(url, evidence)
    if found:
        proofs = tuple(found.values())[:MAX_EVIDENCE]
        return Finding(state=State.YES, value=float(len(found)), evidence=proofs)
    if not site.plan_complete:
        return undetermined(Reason.PLAN_INCOMPLETE, plan_evidence(site))
    return Finding(state=State.NO, value=0.0, evidence=(plan_evidence(site),))


def clear_resources(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the selector and address of every sub-resource in clear that a document's mark-up asks for."""
    for selector, attribute in _LOADERS:
        for node in document.tree.css(selector):
            value = (node.attributes.get(attribute) or "").strip()
            for url in _clear_urls(value, document, is_set=attribute == "srcset"):
                yield selector, url
    for node in document.tree.css("link[rel][href]"):
        if _LOADING_RELS.isdisjoint((node.attributes.get("rel") or "").lower().split()):
            continue
        for url in _clear_urls((node.attributes.get("href") or "").strip(), document, is_set=False):
            yield "link[href]", url
    for url in _in_styles(document):
        yield "style", url


def _in_styles(document: Document) -> Iterator[str]:
    for node in document.tree.css("style"):
        yield from _STYLE_URL.findall(node.text())
    for node in document.tree.css("[style*='http://']"):
        yield from _STYLE_URL.findall(node.attributes.get("style") or "")


def _clear_urls(value: str, document: Document, *, is_set: bool) -> Iterator[str]:
    if is_set:
        yield from _CLEAR.findall(value)
    elif value.lower().startswith("http://"):
        yield value
    elif document.base_url.lower().startswith("http://") and value and not _HAS_SCHEME.match(value):
        # <base href="http://…"> puts every relative address in clear.
        yield urljoin(document.base_url, value)


def _in_page(page: Page) -> Iterator[tuple[str, Evidence]]:
    for request in page.requests:
        if request.url.startswith("http://") and request.resource_type not in ("document", "navigation"):
            yield request.url, _request(page, request.url, request.resource_type)
    for document in page.documents:
        if document.url.startswith("https://") or document is page.document:
            for selector, url in clear_resources(document):
                yield url, page_evidence(page, EvidenceKind.DOM, url, where=selector, document=document)


def _request(page: Page, url: str, kind: str) -> Evidence:
    log = page.capture.requests
    seen = page_evidence(page, EvidenceKind.REQUEST, f"{kind} {url}", where="requests")
    return seen.model_copy(update={"artefact": log.key, "sha256": log.sha256}) if log else seen
