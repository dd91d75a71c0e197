"""Rendering the pages of a site: which there are, and their HTML. Pure: the same site gives the same bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.simulator.country import Country, SyntheticSite
from services.simulator.draws import unit
from services.simulator.features import Legal, Template
from services.simulator.names import authority_slug
from services.simulator.pages.content import content_of, host_lines

FRAGMENTS = "api/page"
"""Where a JavaScript shell finds the content of a page, below the site's base."""
_FRAME_KEYS = {"haut.htm": "top", "menu.htm": "menu", "accueil.htm": "home"}


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as the templates see it: its kind, its path, its ``<title>`` and its first heading."""

    key: str
    path: str
    title: str
    heading: str


@cache
def environment() -> Environment:
    """Return the template environment."""
    return Environment(
        loader=PackageLoader("services.simulator.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class SitePages:
    """The pages of one site, by path."""

    def __init__(self, site: SyntheticSite, country: Country) -> None:
        self.site = site
        self.content = content_of(site, country)
        self._number = 10_000 + int(unit(country.seed, site.authority.code, "number") * 80_000)
        self.views = self._views()

    @property
    def base(self) -> str:
        """The path below which the site lives, with its last slash."""
        return self.content.home

    def html(self, path: str) -> str | None:
        """Return the page at a path (without query), None where the site has none."""
        template = self.site.features.template
        if template is Template.FRAMESET:
            return self._framed(path)
        if template is Template.SHELL and path.startswith(self.base + FRAGMENTS):
            view = self.views.get("/" + path.removeprefix(self.base + FRAGMENTS).lstrip("/"))
            return self._render("fragment", view) if view else None
        view = self.views.get(path)
        return self._render(template.value, view) if view else None

    def mobile_html(self, path: str) -> str | None:
        """Return the mobile twin's page at a path, None where the full site has none."""
        view = self.views.get(path)
        return self._render("mobile", view) if view else None

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the pages that a reader can reach, the home page first."""
        return tuple(self.views)

    def _framed(self, path: str) -> str | None:
        if path == self.base:
            return self._render("frameset", self.views[self.base])
        key = _FRAME_KEYS.get(path.removeprefix(self.base))
        if key:
            home = self.views[self.base]
            return self._render("frame", PageView(key, path, home.title, home.heading))
        view = self.views.get(path)
        return self._render("frame", view) if view else None

    def _render(self, template: str, view: PageView) -> str:
        features = self.site.features
        address = self.site.address
        lines = host_lines(self.content, features.legal_host) if features.legal is not Legal.ABSENT else ()
        return (
            environment()
            .get_template(f"{template}.html.j2")
            .render(
                c=self.content,
                f=features,
                page=view,
                host=address.host if address else "",
                slug=authority_slug(self.site.authority),
                number=self._number,
                host_lines=lines,
                fragment=f"{self.base}{FRAGMENTS}{view.path}",
            )
        )

    def _views(self) -> Mapping[str, PageView]:
        content = self.content
        views = {
            content.home: PageView("home", content.home, f"{content.town_hall} – Site officiel", content.town_hall)
        }
        for link in (*content.menu, *content.footer):
            views[link.path] = PageView(link.key, link.path, f"{link.text} – {content.town_hall}", link.text)
        return views
