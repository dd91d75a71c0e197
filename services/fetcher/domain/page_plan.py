"""The page plan: from what the home page and the sitemap offer, the pages that are worth a visit.

Pure and deterministic: the same links give the same plan.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from services.contracts.capture import Discovery, PageClass
from services.fetcher.domain.links import Link, path_words
from services.fetcher.domain.scope import answers_consent, canonical, is_page, page_key, site_root, within_site


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPage:
    """A page that is to be read, and how it was found. ``link_text`` is normalised, empty for guesses."""

    url: str
    page_class: PageClass
    discovery: Discovery
    link_text: str = ""
    mobile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    page_class: PageClass
    quota: int
    text: re.Pattern[str] | None
    path: re.Pattern[str] | None
    guess: str | None
    mobile: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    link: Link
    discovery: Discovery
    order: int

    @property
    def key(self) -> str:
        return page_key(self.link.url)


ESSENTIAL = (PageClass.MENTIONS, PageClass.CONTACT, PageClass.DEMARCHES_HUB)
"""Classes worth asking the sitemap for, when the home page does not lead to them."""


SPLASH_LINKS = 4
"""A home page that leads to fewer pages of its site than this may be a door to another home page."""


@cache
def _table() -> tuple[str, tuple[_Rule, ...]]:
    data = files(__package__).joinpath("page_plan.toml").read_bytes()
    table = tomllib.loads(data.decode("utf-8"))
    rules = tuple(
        _Rule(
            page_class=PageClass(row["name"]),
            quota=row["quota"],
            text=re.compile(rf"\b(?:{row['text']})(?!\w)") if "text" in row else None,
            path=re.compile(rf"(?:^|-)(?:{row['path']})(?:-|$)") if "path" in row else None,
            guess=row.get("guess"),
            mobile=row.get("mobile", False),
        )
        for row in table["classes"]
    )
    return f"{table['version']}-{hashlib.sha256(data).hexdigest()[:8]}", rules


def plan_version() -> str:
    """Return the version of the plan's rules, which changes with their text."""
    return _table()[0]


def lacks_essentials(home: str, links: Sequence[Link]) -> bool:
    """Whether the links lead to no page of one of the ESSENTIAL classes."""
    found = {
        page.page_class for page in choose_pages(home, links, (), max_pages=25) if page.discovery is Discovery.LINK
    }
    return not found.issuperset(ESSENTIAL)


def choose_pages(
    home: str, links: Sequence[Link], sitemap: Sequence[str], *, max_pages: int
) -> tuple[PlannedPage, ...]:
    """Return at most ``max_pages`` pages besides the home page, the most important first.

    Only pages of the same site, each once; links before sitemap entries before guessed paths.
    """
    candidates = _candidates(home, links, sitemap)
    rules = _table()[1]
    used = {page_key(home)}
    if len({candidate.key for candidate in candidates}) < SPLASH_LINKS:
        # A splash page leads to the true home page, under names that elsewhere mean the page itself.
        candidates = [candidate for candidate in candidates if not _is_home(candidate, home)]
        used = set()
    ranked = {rule.page_class: _ranked(rule, candidates) for rule in rules}
    chosen: dict[PageClass, list[PlannedPage]] = {rule.page_class: [] for rule in rules}
    total = 0
    for turn in range(max(rule.quota for rule in rules)):
        for rule in rules:
            if total >= max_pages or turn >= rule.quota or len(chosen[rule.page_class]) < turn:
                continue
            page = _next(rule, ranked[rule.page_class], used) or (
                _guess(rule, home, ranked, used) if turn == 0 else None
            )
            if page is not None:
                used.add(page_key(page.url))
                chosen[rule.page_class].append(page)
                total += 1
    return tuple(page for rule in rules for page in chosen[rule.page_class])


def _is_home(candidate: _Candidate, home: str) -> bool:
    same_path = urlsplit(candidate.link.url).path.strip("/") == urlsplit(home).path.strip("/")
    return same_path and candidate.key == page_key(home)


def _candidates(home: str, links: Sequence[Link], sitemap: Iterable[str]) -> list[_Candidate]:
    offered = [(link, Discovery.LINK) for link in links]
    offered += [(Link(url=url, text="", path=path_words(url)), Discovery.SITEMAP) for url in sitemap]
    seen: dict[tuple[str, str], _Candidate] = {}
    for order, (link, discovery) in enumerate(offered):
        url = canonical(link.url)
        if url is None or not within_site(home, url) or not is_page(url) or answers_consent(link.text):
            continue
        candidate = _Candidate(Link(url, link.text, link.path, link.navigation), discovery, order)
        seen.setdefault((candidate.key, link.text), candidate)
    return list(seen.values())


def _ranked(rule: _Rule, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    if rule.text is None or rule.path is None:
        # What is left of the navigation; without one, of the page's links, nearest to the root first.
        menu = [c for c in candidates if c.link.navigation]
        rest = [c for c in candidates if not c.link.navigation and c.link.text]
        return menu + sorted(rest, key=lambda c: (c.discovery is not Discovery.LINK, _depth(c.link.url), c.order))
    scored = [(score, c) for c in candidates if (score := _score(rule.text, rule.path, c)) is not None]
    return [c for _, c in sorted(scored, key=lambda pair: (pair[0], pair[1].order))]


def _score(text: re.Pattern[str], path: re.Pattern[str], candidate: _Candidate) -> tuple[int, int, int] | None:
    """Return how well a candidate fits, smaller is better; None when it does not.

    A label that is the class's name and nothing else beats one that contains it; a long label is a
    headline about the subject rather than the way to it.
    """
    link = candidate.link
    late = int(candidate.discovery is Discovery.SITEMAP)
    if text.fullmatch(link.text):
        return late, 0, 0
    if text.search(link.text):
        return late, 1, len(link.text) // 25
    if path.search(link.path):
        return late, 2, _depth(link.url)
    return None


def _next(rule: _Rule, ranked: Sequence[_Candidate], used: set[str]) -> PlannedPage | None:
    for candidate in ranked:
        if candidate.key not in used:
            return PlannedPage(
                url=candidate.link.url,
                page_class=rule.page_class,
                discovery=candidate.discovery,
                link_text=candidate.link.text,
                mobile=rule.mobile,
            )
    return None


def _guess(rule: _Rule, home: str, ranked: dict[PageClass, list[_Candidate]], used: set[str]) -> PlannedPage | None:
    # A class whose page was already taken for another ("mentions légales et accessibilité") is served.
    if rule.guess is None or ranked[rule.page_class]:
        return None
    url = canonical(site_root(home) + rule.guess.lstrip("/"))
    if url is None or page_key(url) in used or not within_site(home, url):
        return None
    return PlannedPage(url=url, page_class=rule.page_class, discovery=Discovery.GUESS)


def _depth(url: str) -> int:
    return len([segment for segment in urlsplit(url).path.split("/") if segment])
