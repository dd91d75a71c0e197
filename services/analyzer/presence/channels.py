"""The channels between a town and its residents: what is written, linked, shown in frames and registered of each."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files

import re2

from services.analyzer.classification.phones import phones_in
from services.analyzer.demarches.forms import has_message_form, subscribes
from services.analyzer.demarches.found import read_offer
from services.analyzer.demarches.proof import entries_evidence, entry_evidence
from services.analyzer.demarches.providers import Category
from services.analyzer.demarches.targets import Target
from services.analyzer.evidence import page_evidence, registry_evidence
from services.analyzer.indicator import Finding
from services.analyzer.legal.contact import find_address
from services.analyzer.lexicons import LEXICONS, MATCHER
from services.analyzer.page import Page
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.hosts import host_of
from services.contracts.verdicts import Evidence, EvidenceKind, State

TOLD = LEXICONS["channels"].entries
"""The channels that words tell of."""
ENOUGH_IN_TEXT = frozenset({"opening_hours", "permanences", "itinerant", "home_service", "video_sign"})
"""Channels that running text describes as well as a heading would."""
_MAIL = re2.compile(
    r"[a-z0-9._%+-]{1,64} ?(?:@|\(at\)|\[at\]|\(arobase\)|\[arobase\]) ?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+"
)
_NOT_A_PROFILE = re.compile(
    r"sharer|/share\b|[?&]share|/intent/|/plugins/|/dialog|/tr\b|/embed/|/hashtag/|/watch\b|/legal|/privacy|/policies"
)
_FEED = re.compile(r"/feed/?$|/rss\b|\.rss$|/atom\b|\.atom$|[?&]feed=")
_SHOWN = 3


def judge_told(site: Site, channel: str) -> Finding:
    """Return whether a channel is offered: a link or frame of a vendor's, a place in the menus, or words."""
    seen = seen_at(site, channel)
    if seen:
        names = sorted({name for name, _ in seen})
        shown = tuple(evidence for _, evidence in seen[:_SHOWN])
        return Finding(state=State.YES, value=", ".join(names), confidence=0.9, evidence=shown)
    key = f"channels.{channel}"
    mentions = read_mentions(site).get(key, ())
    if not mentions:
        return absent(site, "channel_absent")
    for mention in mentions:
        if subscribes(mention.document, lambda words: key in MATCHER.matches(words)):
            return Finding(state=State.YES, confidence=0.9, evidence=(mention_evidence(mention, key),))
    placed = [mention for mention in mentions if mention.place is not Place.TEXT]
    shown = tuple(mention_evidence(mention, key) for mention in (placed or mentions)[:_SHOWN])
    if placed or channel in ENOUGH_IN_TEXT:
        return Finding(state=State.YES, confidence=0.8, evidence=shown)
    return Finding(state=State.PARTIAL, confidence=0.6, reasons=("text_only",), evidence=shown)


def judge_social(site: Site) -> Finding:
    """Return whether the site leads to profiles of the town's on social networks; buttons to share are none."""
    seen = [pair for pair in seen_at(site, "social") if not _NOT_A_PROFILE.search(pair[1].snippet or "")]
    if not seen:
        return absent(site, "channel_absent")
    value = ", ".join(sorted({name for name, _ in seen}))
    return Finding(state=State.YES, value=value, confidence=0.8, evidence=tuple(e for _, e in seen[:_SHOWN]))


def judge_phone(site: Site) -> Finding:
    """Return whether a telephone number is given, by the site or by the register of the State."""
    return _registered(site, "phone", site.authority.phone) or _first(site, _phone)


def judge_email(site: Site) -> Finding:
    """Return whether an e-mail address is given, by the site or by the register of the State."""
    return _registered(site, "email_domain", site.authority.email_domain) or _first(site, _mail)


def judge_address(site: Site) -> Finding:
    """Return whether the site gives a postal address."""
    return _first(site, lambda page: find_address(page.text))


def judge_contact_form(site: Site) -> Finding:
    """Return whether the site has a form to write to the town."""
    return _first(site, lambda page: "formulaire" if any(map(has_message_form, page.documents)) else None)


def judge_appointment(site: Site) -> Finding:
    """Return whether an appointment can be made online; ``partial``: the site only speaks of appointments."""
    offer = read_offer(site)
    entries = [
        entry
        for entry in offer.entries
        if (entry.destination.provider is not None and entry.destination.provider.category is Category.RDV)
        or ("rendez_vous" in entry.demarches and entry.target >= Target.FORM)
    ]
    if entries:
        return Finding(state=State.YES, confidence=0.9, evidence=entries_evidence(entries))
    spoken = offer.best.get("rendez_vous")
    if spoken is not None:
        evidence = (entry_evidence(spoken),)
        return Finding(state=State.PARTIAL, confidence=0.6, reasons=("words_only",), evidence=evidence)
    return absent(site, "channel_absent")


def judge_feed(site: Site) -> Finding:
    """Return whether the site has a feed that readers are led to; ``partial``: only programs are told of it."""
    for page in site.readable_pages:
        for link in page.links:
            if _FEED.search(link.url.lower()):
                shown = page_evidence(page, EvidenceKind.LINK, link.url, where=link.selector)
                return Finding(state=State.YES, confidence=0.9, evidence=(shown,))
    for page in site.readable_pages:
        for document in page.documents:
            node = document.tree.css_first('link[rel=alternate][type*="rss"],link[rel=alternate][type*="atom"]')
            if node is not None:
                where = "link[rel=alternate]"
                shown = page_evidence(page, EvidenceKind.DOM, node.attributes.get("href") or where, where=where)
                return Finding(state=State.PARTIAL, confidence=0.9, reasons=("head_only",), evidence=(shown,))
    return absent(site, "channel_absent")


def seen_at(site: Site, channel: str) -> list[tuple[str, Evidence]]:
    """Return the vendors of a channel that the site links to or shows in frames, each with its proof, once."""
    return _vendors(site).get(channel, [])


@once_per_site
def _vendors(site: Site) -> dict[str, list[tuple[str, Evidence]]]:
    found: dict[str, list[tuple[str, Evidence]]] = defaultdict(list)
    seen: set[str] = set()
    for page in site.readable_pages:
        addresses = [(link.url, link.selector) for link in page.links]
        addresses += [(frame.url, "iframe") for frame in page.frames]
        for url, where in addresses:
            vendor = None if url in seen else _vendor(url)
            seen.add(url)
            if vendor is not None:
                channel, name = vendor
                found[channel].append((name, page_evidence(page, EvidenceKind.LINK, url, where=where)))
    return found


def _vendor(url: str) -> tuple[str, str] | None:
    """Return the channel and the name of the vendor whose address it is, if it leads beyond the front page."""
    host = host_of(url)
    domain = host
    while domain:
        for path, channel, name in _hosts().get(domain, ()):
            rest = url.split(host, 1)[-1]
            # A profile, a station or a list has a path of its own; a front page is the vendor's.
            if rest.startswith(path) and rest.strip("/?#"):
                return channel, name
        _, _, domain = domain.partition(".")
    return None


def is_channel_host(host: str) -> bool:
    """Whether a host is that of a social network, an application or another vendor of channels."""
    domain = host
    while domain:
        if domain in _hosts():
            return True
        _, _, domain = domain.partition(".")
    return False


@cache
def _hosts() -> dict[str, list[tuple[str, str, str]]]:
    rows = tomllib.loads(files(__package__).joinpath("channel_hosts.toml").read_text(encoding="utf-8"))["host"]
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        domain, slash, path = row["address"].partition("/")
        found[domain].append((slash + path, row["channel"], row["name"]))
    return found


def _registered(site: Site, field: str, value: str | None) -> Finding | None:
    if not value:
        return None
    return Finding(state=State.YES, confidence=0.9, evidence=(registry_evidence(site, field, value),))


def _first(site: Site, find: Callable[[Page], str | None]) -> Finding:
    for page in site.readable_pages:
        found = find(page)
        if found:
            shown = page_evidence(page, EvidenceKind.TEXT, found, where="text")
            return Finding(state=State.YES, confidence=0.9, evidence=(shown,))
    return absent(site, "channel_absent")


def _phone(page: Page) -> str | None:
    link = next((link.url for link in page.links if link.url.startswith("tel:")), None)
    return link or next(iter(phones_in(page.text).values()), None)


def _mail(page: Page) -> str | None:
    """Return the domain of an address, never the address itself: it may be a person's."""
    for link in page.links:
        if link.url.lower().startswith("mailto:") and "@" in link.url:
            return "mailto: …@" + link.url.split("@", 1)[1].split("?", 1)[0]
    match = _MAIL.search(page.text)
    return "…@" + re.split(r"@|\)|\]", match[0])[-1].strip() if match else None


_RULES: dict[str, Callable[[Site], Finding]] = {
    "phone": judge_phone,
    "email": judge_email,
    "contact_form": judge_contact_form,
    "appointment": judge_appointment,
    "social": judge_social,
    "rss": judge_feed,
    "postal_address": judge_address,
    **{entry.id: partial(judge_told, channel=entry.id) for entry in TOLD},
}
CHANNELS = tuple(_RULES)
"""The channels, in the order in which they are published."""


def judge_channel(site: Site, channel: str) -> Finding:
    """Return whether a site offers a channel, found out once for each site."""
    known = _known(site)
    if channel not in known:
        known[channel] = _RULES[channel](site)
    return known[channel]


@once_per_site
def _known(site: Site) -> dict[str, Finding]:  # noqa: ARG001  # remembered for the site
    return {}


DIGITAL = ("email", "contact_form", "appointment", "sms_alert", "app_mobile", "social", "newsletter", "rss", "chat")
"""Those that residents use on a screen."""
_KINDS = (
    ("phone",),
    ("postal_address", "opening_hours", "permanences"),
    ("email", "contact_form"),
    ("sms_alert", "app_mobile", "newsletter", "social"),
)
"""A channel of each of these is a relation by all channels."""


def count_digital(site: Site) -> Finding:
    """Return the number of digital channels that the site offers, as the value."""
    findings = [judge_channel(site, name) for name in DIGITAL]
    present = [finding for finding in findings if finding.state is State.YES]
    if not present:
        finding = absent(site, "channel_absent")
        if finding.state is State.UNDETERMINED:
            return finding
        return Finding(state=State.NO, value=0, reasons=finding.reasons, evidence=finding.evidence)
    evidence = tuple(finding.evidence[0] for finding in present)
    return Finding(state=State.YES, value=len(present), confidence=0.8, evidence=evidence)


def judge_all_channels(site: Site) -> Finding:
    """Return whether residents have a channel of each kind: voice, place, writing, and news that come to them."""
    shown: list[Evidence] = []
    missing = []
    for number, kind in enumerate(_KINDS):
        found = next((f for f in (judge_channel(site, name) for name in kind) if f.state is State.YES), None)
        if found is None:
            missing.append(("no_voice", "no_place", "no_writing", "no_news")[number])
        else:
            shown.append(found.evidence[0])
    if not missing:
        return Finding(state=State.YES, confidence=0.8, evidence=tuple(shown))
    finding = absent(site, missing[0])
    if finding.state is State.UNDETERMINED:
        return finding
    state = State.PARTIAL if len(missing) < len(_KINDS) else State.NO
    return Finding(state=state, confidence=0.8, reasons=tuple(missing), evidence=(*shown, *finding.evidence))
