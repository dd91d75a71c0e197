"""What a scan of security headers looks at, taken from a captured site."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer.page import Document
from services.analyzer.site import Site
from services.contracts.capture import Cookie, Hop, Probe, TlsRecord
from services.contracts.hosts import host_of, same_site


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The answer that the home page was, and what goes with it.

    ``clear`` is the variant of the final host in http, when it was tried. ``cookies`` are those of the site itself.
    ``document`` is the page as sent.
    """

    url: str
    answer: Hop
    clear: Probe | None = None
    certificate: TlsRecord | None = None
    cookies: Sequence[Cookie] = ()
    document: Document | None = None

    @property
    def secure(self) -> bool:
        """Whether the home page came over HTTPS."""
        return self.url.startswith("https://")

    @property
    def trusted(self) -> bool:
        """Whether browsers accept the certificate; an intermediate that they fetch themselves does not count."""
        record = self.certificate
        return record is None or record.verified or record.error == "incomplete_chain"

    def headers(self, name: str) -> tuple[str, ...]:
        """Return the values of all headers of a (lower-case) name."""
        return tuple(header.value for header in self.answer.headers if header.name == name)

    def metas(self, attribute: str, name: str) -> tuple[str, ...]:
        """Return what the document's meta elements of a name say in place of a header."""
        nodes = self.document.tree.css(f"meta[{attribute}]") if self.document else ()
        return tuple(
            node.attributes.get("content") or ""
            for node in nodes
            if (node.attributes.get(attribute) or "").strip().lower() == name
        )


def look(site: Site) -> Seen | None:
    """Return what is scanned; None when the answer of the home page was not kept."""
    home = site.home
    if home is None or not home.capture.hops:
        return None
    host = host_of(home.url)
    clear = [probe for probe in site.probes if probe.url.startswith("http://") and host_of(probe.url) == host]
    return Seen(
        url=home.url,
        answer=home.capture.hops[-1],
        clear=clear[0] if clear else None,
        certificate=site.tls_of(host),
        cookies=[cookie for cookie in home.capture.cookies if same_site(cookie.domain.lstrip("."), host)],
        document=home.raw or home.document,
    )
