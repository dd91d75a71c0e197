"""What a synthetic site is like: every feature that is drawn, with its possible values."""

from enum import StrEnum

from services.contracts.model import Record


class Status(StrEnum):
    """What stands at the declared address: the values of ``site_status``."""

    NONE_DECLARED = "none_declared"
    SOCIAL_ONLY = "social_only"
    STATE_PAGE = "state_page"
    DNS_DEAD = "dns_dead"
    PARKED = "parked"
    DEFAULT_HOSTING = "default_hosting"
    UNDER_CONSTRUCTION = "under_construction"
    HIJACKED = "hijacked"
    HTTP_ERROR = "http_error"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    LOGIN_ONLY = "login_only"
    EMPTY = "empty"
    WRONG_ENTITY = "wrong_entity"
    EPCI_HOSTED = "epci_hosted"
    THIRD_PARTY_SUBDOMAIN = "third_party_subdomain"
    FUNCTIONAL = "functional"


REAL_SITES = frozenset({Status.BLOCKED, Status.EPCI_HOSTED, Status.THIRD_PARTY_SUBDOMAIN, Status.FUNCTIONAL})
"""Statuses behind which there is a site of the authority; ``blocked`` only keeps the auditor out."""


class Pace(StrEnum):
    """How the home page arrives: in time, later than any budget, or without an end."""

    NORMAL = "normal"
    SLOW = "slow"
    ENDLESS = "endless"


class Template(StrEnum):
    """The make of a site."""

    TABLE = "table"
    FRAMESET = "frameset"
    WORDPRESS = "wordpress"
    RESPONSIVE = "responsive"
    BUILDER = "builder"
    SINGLE = "single"
    SHELL = "shell"


class ViewportMeta(StrEnum):
    """The viewport meta tag."""

    GOOD = "good"
    ZOOM_BLOCKED = "zoom_blocked"
    FIXED = "fixed"
    SMALL_SCALE = "small_scale"
    NONE = "none"


class Overflow(StrEnum):
    """What does not fit a telephone's width: a 12 px strip, a wide table, a fixed page, text that is cut off."""

    NONE = "none"
    SLIGHT = "slight"
    TABLE = "table"
    FIXED = "fixed"
    CLIPPED = "clipped"


class TextSize(StrEnum):
    """The size of the running text: 16 px or 11 px."""

    NORMAL = "normal"
    SMALL = "small"


class TapTargets(StrEnum):
    """Links and buttons: 48 px and apart, or a few pixels and packed."""

    LARGE = "large"
    TIGHT = "tight"


class MobileContent(StrEnum):
    """What a telephone is given: the same page, less of it, or another site."""

    SAME = "same"
    REDUCED = "reduced"
    SEPARATE = "separate"


class Plugin(StrEnum):
    """A Flash introduction in place of the home page's content."""

    NONE = "none"
    FLASH = "flash"


class Https(StrEnum):
    """``enforced``: http redirects to https; ``both``: each answers; ``downgraded``: https redirects to http."""

    ENFORCED = "enforced"
    BOTH = "both"
    HTTP_ONLY = "http_only"
    DOWNGRADED = "downgraded"


class CertificateKind(StrEnum):
    """What is right or wrong with the certificate."""

    VALID = "valid"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"


class Hsts(StrEnum):
    """The Strict-Transport-Security header: none, a week, two years."""

    NONE = "none"
    SHORT = "short"
    LONG = "long"


class Legal(StrEnum):
    """Where the legal notice stands."""

    PAGE = "page"
    SECTION = "section"
    ABSENT = "absent"


class LegalHost(StrEnum):
    """What the notice says of the hosting company."""

    COMPLETE = "complete"
    NO_PHONE = "no_phone"
    NO_ADDRESS = "no_address"
    NAME = "name"
    ABSENT = "absent"


class Alias(StrEnum):
    """What the name without ``www`` does."""

    REDIRECT = "redirect"
    SAME = "same"
    ABSENT = "absent"


class Declared(StrEnum):
    """How the address was typed into the directory."""

    CLEAN = "clean"
    HOME_PAGE = "home_page"
    NO_SCHEME = "no_scheme"
    UPPER = "upper"
    SPACES = "spaces"
    NO_WWW = "no_www"


class Robots(StrEnum):
    """robots.txt: absent, everything allowed, the back office forbidden, a delay asked for."""

    ABSENT = "absent"
    OPEN = "open"
    PARTIAL = "partial"
    CRAWL_DELAY = "crawl_delay"


class NotFound(StrEnum):
    """The answer to unknown addresses: 404, or 200 with an apology."""

    HARD = "hard"
    SOFT = "soft"


class CookieBanner(StrEnum):
    """None, a notice without choice, or accept and refuse."""

    NONE = "none"
    NOTICE = "notice"
    CHOICE = "choice"


class Tracker(StrEnum):
    """A third party's audience script, before any consent."""

    NONE = "none"
    ANALYTICS = "analytics"


class Teleservice(StrEnum):
    """The best that the démarches page offers."""

    NONE = "none"
    STATE_LINKS = "state_links"
    FORM = "form"
    PLATFORM = "platform"


class Payment(StrEnum):
    """Online payment."""

    NONE = "none"
    PAYFIP = "payfip"


class Account(StrEnum):
    """A citizen account."""

    NONE = "none"
    CITIZEN = "citizen"


class Accessibility(StrEnum):
    """The mention « Accessibilité : … conforme »."""

    ABSENT = "absent"
    NON = "non"
    PARTIELLE = "partielle"
    TOTALE = "totale"


class Freshness(StrEnum):
    """The age of the newest item: weeks, months, years."""

    RECENT = "recent"
    YEAR = "year"
    OLD = "old"


class Features(Record):
    """Everything that was drawn for one authority, after the rules of ``coherence`` were applied.

    ``variant`` is the way in which an unhappy status shows itself (``refused``, ``sedo_ns``, ``casino`` …).
    """

    status: Status = Status.FUNCTIONAL
    variant: str = ""
    pace: Pace = Pace.NORMAL
    template: Template = Template.RESPONSIVE
    viewport: ViewportMeta = ViewportMeta.GOOD
    overflow: Overflow = Overflow.NONE
    text_size: TextSize = TextSize.NORMAL
    tap_targets: TapTargets = TapTargets.LARGE
    mobile_content: MobileContent = MobileContent.SAME
    plugin: Plugin = Plugin.NONE
    https: Https = Https.ENFORCED
    certificate: CertificateKind = CertificateKind.VALID
    hsts: Hsts = Hsts.NONE
    mixed_content: bool = False
    legal: Legal = Legal.PAGE
    legal_editor: bool = True
    legal_director: bool = True
    legal_host: LegalHost = LegalHost.COMPLETE
    moved: bool = False
    alias: Alias = Alias.REDIRECT
    declared: Declared = Declared.CLEAN
    robots: Robots = Robots.ABSENT
    sitemap_xml: bool = False
    not_found: NotFound = NotFound.HARD
    cookie_banner: CookieBanner = CookieBanner.NONE
    tracker: Tracker = Tracker.NONE
    teleservice: Teleservice = Teleservice.NONE
    payment: Payment = Payment.NONE
    account: Account = Account.NONE
    franceconnect: bool = False
    contact_form: bool = False
    email: bool = True
    social: bool = False
    newsletter: bool = False
    mobile_app: bool = False
    accessibility: Accessibility = Accessibility.ABSENT
    sitemap_page: bool = True
    freshness: Freshness = Freshness.RECENT

    @property
    def has_site(self) -> bool:
        """Whether there is a site of the authority, seen or unseen."""
        return self.status in REAL_SITES
