"""What a whole site says of its publisher, its director of publication and its host."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from services.analyzer.legal.lexicons import ROLES, ROLES_SIEVE
from services.analyzer.legal.names import Role
from services.analyzer.legal.parties import (
    Party,
    find_party,
    has_strong_wording,
    implied_editor,
    said_in,
    speaks_of,
    wording_of,
)
from services.analyzer.lines import HEADING_SELECTOR, Line, lines_of
from services.analyzer.page import Link, Page
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import Discovery, PageClass
from services.contracts.reasons import Reason
from services.contracts.text import normalise

_MIN_CHARS = 80
"""A page with less visible text has not been rendered: its notice cannot be judged."""
_TITLE = 60
_GONE = (404, 410)
_NAMING = frozenset(entry.id for role in Role for entry in wording_of(role))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A party and the page that names it."""

    party: Party
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The legal notice of a site, read over every page of its plan.

    ``page`` is the legal page, or the page with a legal section, when one was read; ``reachable`` whether two
    clicks from the home page lead to it; ``link`` the link to it when it is unread. ``unread`` is why a legal
    page that the site links to could not be read; ``gone`` is such a page that answered 404.
    """

    page: Page | None
    reachable: bool
    editor: Mention | None
    director: Mention | None
    host: Mention | None
    unread: Reason | None = None
    link: Link | None = None
    gone: Page | None = None

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The parties that are named."""
        return tuple(mention for mention in (self.editor, self.director, self.host) if mention)


@once_per_site
def read_notice(site: Site) -> Notice:
    """Return what the site's pages say, the same object for the same site: seven indicators share one reading."""
    home = _address(site.final_url or "")
    texts = [(page, _lines(page)) for page in site.readable_pages if _may_matter(page)]
    said = {id(lines): said_in(lines) for _, lines in texts}
    legal = [(page, lines) for page, lines in texts if _is_legal_page(page, lines, home)]
    others = [(page, lines) for page, lines in texts if not any(page is known for known, _ in legal)]
    sections = [(page, lines) for page, lines in others if _has_section(lines, said[id(lines)])]
    phone = site.authority.phone

    def best(role: Role) -> Mention | None:
        sources = [(legal, True), (sections, False)]
        if role is Role.HOST:
            # A credits line in a footer may name the host, on a site without any legal notice.
            sources.append((texts, False))
        for pages, is_legal in sources:
            found = [
                Mention(party=party, page=page)
                for page, lines in pages
                if speaks_of(said[id(lines)], role)
                and (party := find_party(lines, role, legal=is_legal, town_hall_phone=phone))
            ]
            if found:
                return max(found, key=lambda mention: mention.party.completeness)
        implied = ((page, implied_editor(lines)) for page, lines in legal if role is Role.EDITOR)
        return next((Mention(party=party, page=page) for page, party in implied if party), None)

    editor, director, host = best(Role.EDITOR), best(Role.DIRECTOR), best(Role.HOST)
    # A page that is not a legal notice counts as one only by what it names.
    named = [mention.page for mention in (editor, director, host) if mention]
    page = next(iter([page for page, _ in legal] + named), None)
    unread, link, gone = (None, None, None) if legal else _unread(site, read=named)
    return Notice(
        page=page,
        reachable=page is not None and _reachable(site, page),
        editor=editor,
        director=director,
        host=host,
        unread=unread,
        link=link,
        gone=gone,
    )


def _may_matter(page: Page) -> bool:
    """Whether a page may be a legal notice or name someone for a role; the others need not be read line by line."""
    if page.capture.page_class is PageClass.MENTIONS or ROLES["legal_page"].search(normalise(page.title)):
        return True
    for document in page.documents:
        if ROLES_SIEVE.candidates(document.everything_said) & _NAMING:
            return True
        headings = (normalise(node.text()) for node in document.tree.css(HEADING_SELECTOR))
        if any(ROLES["legal_page"].search(heading) for heading in headings):
            return True
    return False


def _lines(page: Page) -> tuple[Line, ...]:
    return tuple(line for document in page.documents for line in lines_of(document))


def _is_legal_page(page: Page, lines: tuple[Line, ...], home: str) -> bool:
    """Whether the page is a legal notice: planned or titled as one, not an error page nor the home page in disguise."""
    if _address(page.url) == home:
        return False
    headings = [line.normal for line in lines if line.heading and not line.footer and not line.link]
    titles = [normalise(page.title), *headings]
    if any(ROLES["not_found"].search(title) for title in titles):
        return False
    titled = any(ROLES["legal_page"].search(title) for title in titles[:4])
    if page.capture.page_class is not PageClass.MENTIONS:
        return titled
    if page.capture.discovery is Discovery.GUESS:
        # Many servers answer any address with their home page.
        return titled or _has_section(lines, said_in(lines))
    return len(page.text) >= _MIN_CHARS


def _has_section(lines: tuple[Line, ...], said: frozenset[str]) -> bool:
    """Whether a page that is not a legal notice holds one: its title, or wording that names the site."""
    if "legal_page" in said:
        short = (line.normal for line in lines if not line.link and len(line.text) < _TITLE)
        if any(ROLES["legal_page"].pattern.match(text) for text in short):
            return True
    return any(f"{role}_strong" in said and has_strong_wording(lines, role) for role in (Role.EDITOR, Role.HOST))


def _reachable(site: Site, page: Page) -> bool:
    """Whether the page is the home page, or a page that was read links to it: then it is at two clicks at most."""
    capture = page.capture
    if capture.page_class is PageClass.HOME or capture.discovery in (Discovery.DECLARED, Discovery.LINK):
        return True
    targets = {_address(page.url), _address(capture.url)}
    return any(
        _address(link.url) in targets for other in site.readable_pages if other is not page for link in other.links
    )


def _unread(site: Site, *, read: list[Page]) -> tuple[Reason | None, Link | None, Page | None]:
    """Return why the legal page that the site links to is unread, with its link, or the page that is gone."""
    gone = None
    for page in site.pages:
        capture = page.capture
        if capture.page_class is not PageClass.MENTIONS or capture.discovery is Discovery.GUESS:
            continue
        if page.readable and len(page.text) >= _MIN_CHARS:
            # It was read and turned out to be an error page.
            gone = gone or page
        elif capture.status in _GONE:
            gone = page
        else:
            return _why_unread(page), None, None
    link = None if gone else _legal_link(site, read)
    return (Reason.NOT_TESTED if link else None), link, gone


def _why_unread(page: Page) -> Reason:
    capture = page.capture
    if page.readable:
        return Reason.UNEXPECTED_CONTENT
    if capture.failure:
        return capture.failure
    if capture.status is not None and capture.status >= 500:
        return Reason.SERVER_ERROR
    return Reason.BLOCKED if capture.status in (401, 403, 429) else Reason.UNEXPECTED_CONTENT


def _legal_link(site: Site, read: list[Page]) -> Link | None:
    """Return a link to a legal notice that the plan did not follow; one within a read section is followed."""
    seen = {_address(page.url) for page in read}
    links = (link for page in site.readable_pages for link in page.links)
    return next(
        (link for link in links if ROLES["legal_page"].search(link.text) and _address(link.url) not in seen), None
    )


def _address(url: str) -> str:
    """Return a URL reduced to what makes two links lead to one page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"
