"""What one synthetic site says: its people, address, news, menu, legal notice. Deterministic, no markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.contracts.authorities import Kind
from services.simulator.country import Country, SyntheticSite
from services.simulator.draws import pick, unit
from services.simulator.features import Accessibility, Freshness, Legal, LegalHost, Status, Template
from services.simulator.pages.french import display_name, institution, of_place, town_hall, with_article
from services.simulator.pages.stock import HostingCompany, stock

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_NEWEST = {Freshness.RECENT: 6, Freshness.YEAR: 210, Freshness.OLD: 1100}
_PATHS = {
    Template.TABLE: "/{key}.html",
    Template.FRAMESET: "/{key}.htm",
    Template.WORDPRESS: "/{key}/",
    Template.RESPONSIVE: "/{key}",
    Template.BUILDER: "/fr/rb/{number}/{key}",
    Template.SINGLE: "/{key}",
    Template.SHELL: "/{key}",
}
_KEYS = {
    "legal": "mentions-legales",
    "contact": "contact",
    "services": "demarches",
    "planning": "urbanisme",
    "childhood": "enfance",
    "news": "actualites",
    "council": "conseil",
    "leisure": "associations",
    "tourism": "decouvrir",
    "sitemap": "plan-du-site",
    "accessibility": "accessibilite",
}


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A page of the site: its kind, its path below the host, and the words of the links to it."""

    key: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """A dated piece of news."""

    title: str
    text: str
    day: date
    day_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything the templates print. ``of_name`` is « d’Ambert »; ``street`` and ``town`` make the postal address.

    ``signature`` is « Commune d’Ambert », ``the_institution`` the same within a sentence.

    ``shows_address`` is whether the address stands on every page: never on a site whose notice names no editor,
    where it would itself be the editor's name and address.
    """

    name: str
    of_name: str
    signature: str
    the_institution: str
    the_town_hall: str
    town_hall: str
    leader: str
    leader_title: str
    council: str
    street: str
    town: str
    phone: str
    phone_link: str
    email: str
    hours: str
    shows_address: bool
    news: tuple[News, ...]
    menu: tuple[MenuLink, ...]
    footer: tuple[MenuLink, ...]
    hosting: HostingCompany
    legal_style: int
    year: int
    photo: int
    home: str
    is_epci: bool
    epci_note: str

    def link(self, key: str) -> MenuLink | None:
        """Return the page of a kind, None when the site has none."""
        return next((link for link in (*self.menu, *self.footer) if link.key == key), None)


def content_of(site: SyntheticSite, country: Country) -> Content:
    """Return the content of a site."""
    authority, features, seed, code = site.authority, site.features, country.seed, site.authority.code
    texts = stock()
    is_epci = authority.kind is Kind.EPCI
    female = unit(seed, code, "leader_gender") < 0.42
    first = pick(texts.first_names, seed, code, "first_name")
    last = pick(texts.last_names, seed, code, "last_name")
    postal = (
        authority.postal_codes[0] if authority.postal_codes else f"{code[:2]}000".replace("A", "0").replace("B", "0")
    )
    phone = authority.phone or ""
    menu, footer = _pages(site, country)
    base = site.address.base if site.address else ""
    return Content(
        name=display_name(authority),
        of_name=of_place(display_name(authority)),
        signature=institution(authority),
        the_institution=with_article(institution(authority)),
        the_town_hall=with_article(town_hall(authority), capital=True),
        town_hall=town_hall(authority),
        leader=f"{first} {last}",
        leader_title=("présidente" if female else "président") if is_epci else "maire",
        council="conseil communautaire" if is_epci else "conseil municipal",
        street=f"{1 + int(unit(seed, code, 'street_number') * 40)} {pick(texts.streets, seed, code, 'street')}",
        town=postal if is_epci else f"{postal} {authority.name}",
        phone=phone.replace(" ", "." if unit(seed, code, "phone_style") < 0.3 else " "),
        phone_link="+33" + phone.replace(" ", "")[1:],
        email=f"contact@{authority.email_domain}" if authority.email_domain else "",
        hours=pick(texts.hours, seed, code, "hours"),
        shows_address=features.legal_editor or features.legal is Legal.ABSENT,
        news=_news(site, country),
        menu=menu,
        footer=footer,
        hosting=pick(texts.hosting, seed, code, "hosting"),
        legal_style=int(unit(seed, code, "legal_style") * 3),
        year=country.today.year,
        photo=int(unit(seed, code, "photo") * 6),
        home=f"{base}/",
        is_epci=is_epci,
        epci_note=authority.epci_name or "" if features.status is Status.EPCI_HOSTED else "",
    )


def _pages(site: SyntheticSite, country: Country) -> tuple[tuple[MenuLink, ...], tuple[MenuLink, ...]]:
    """Return the menu and the footer links of a site."""
    features = site.features
    main = ["news", "council", "services", "planning", "childhood", "leisure", "tourism", "contact"]
    small = []
    if features.legal is Legal.PAGE:
        small.append("legal")
    if features.accessibility is not Accessibility.ABSENT:
        small.append("accessibility")
    if features.sitemap_page:
        small.append("sitemap")
    return _links(site, country, main), _links(site, country, small)


def _links(site: SyntheticSite, country: Country, kinds: Sequence[str]) -> tuple[MenuLink, ...]:
    code, base = site.authority.code, site.address.base if site.address else ""
    found = []
    for kind in kinds:
        wording = "community" if kind == "council" and site.authority.kind is Kind.EPCI else kind
        number = 100000 + int(unit(country.seed, code, f"page_{kind}") * 800000)
        path = base + _PATHS[site.features.template].format(key=_KEYS[kind], number=number)
        found.append(MenuLink(kind, path, pick(stock().links[wording], country.seed, code, f"link_{kind}")))
    return tuple(found)


def _news(site: SyntheticSite, country: Country) -> tuple[News, ...]:
    """Return eight pieces of news, the newest as old as the site's freshness says."""
    code, items = site.authority.code, stock().news
    first = int(unit(country.seed, code, "news") * len(items))
    age = _NEWEST[site.features.freshness] + int(unit(country.seed, code, "news_age") * 12)
    found = []
    for index in range(8):
        item = items[(first + index * 5) % len(items)]
        day = country.today - timedelta(days=age)
        found.append(News(item.title, item.text, day, day_in_french(day)))
        age += 9 + int(unit(country.seed, code, f"news_gap_{index}") * 25)
    return tuple(found)


def day_in_french(day: date) -> str:
    """Return a date as it is written: « 1er mars 2024 »."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def host_lines(content: Content, host: LegalHost) -> tuple[str, ...]:
    """Return what the notice says of the hosting company: name, then address and telephone as far as given."""
    company = content.hosting
    lines = [company.name]
    if host in (LegalHost.COMPLETE, LegalHost.NO_PHONE):
        lines.append(company.address)
    if host in (LegalHost.COMPLETE, LegalHost.NO_ADDRESS):
        lines.append(f"Téléphone : {company.phone}")
    return tuple(lines) if host is not LegalHost.ABSENT else ()
