"""Which links to other sites are worth one more page: what they lead to proves, or disproves, a service. Pure."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.contracts.capture import Discovery, PageClass
from services.contracts.hosts import PlatformCategory, host_of, platform_of
from services.fetcher.domain.links import Link
from services.fetcher.domain.page_plan import PlannedPage
from services.fetcher.domain.scope import canonical, is_page, within_site

_STATE = "gouv.fr"


@dataclass(frozen=True, slots=True)
class _Rules:
    classes: tuple[re.Pattern[str], ...]
    state_hosts: tuple[str, ...]


def choose_proofs(home: str, links: Iterable[Link], *, most: int) -> tuple[PlannedPage, ...]:
    """Return at most ``most`` pages of other sites, each kind of service once before any of them a second time.

    A host is asked once. Social networks are left out, and the State's sites but those where towns are paid.
    """
    outside = [link for link in links if _is_elsewhere(home, link.url)]
    ranked = [[link for link in outside if rule.search(link.text)] for rule in _rules().classes]
    chosen: dict[str, Link] = {}
    for turn in range(max((len(found) for found in ranked), default=0)):
        for found in ranked:
            if turn < len(found) and len(chosen) < most:
                chosen.setdefault(host_of(found[turn].url), found[turn])
    return tuple(
        PlannedPage(url=link.url, page_class=PageClass.PROVIDER, discovery=Discovery.LINK, link_text=link.text)
        for link in chosen.values()
    )


def _is_elsewhere(home: str, url: str) -> bool:
    address = canonical(url)
    if address is None or within_site(home, address) or not is_page(address):
        return False
    host = host_of(address)
    platform = platform_of(host)
    if platform is not None and platform.category is PlatformCategory.SOCIAL:
        return False
    return not _is_below(host, (_STATE,)) or _is_below(host, _rules().state_hosts)


def _is_below(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


@cache
def _rules() -> _Rules:
    table = tomllib.loads(files(__package__).joinpath("proofs.toml").read_text(encoding="utf-8"))
    return _Rules(
        classes=tuple(re.compile(rf"(?<!\w)(?:{row['text']})(?!\w)") for row in table["class"]),
        state_hosts=tuple(table["state_hosts"]),
    )
