"""The known truth of a synthetic site: the state of every indicator that its features decide. Pure.

Definitions: reference of the indicators, sections 2.2, 2.4 and 2.5. Polarity is that of the name:
``mobile_zoom_blocked`` is ``yes`` where zooming is blocked, ``mixed_content`` where there is some.
"""

from services.contracts.model import Record
from services.contracts.verdicts import State
from services.simulator.country import SyntheticSite
from services.simulator.features import (
    REAL_SITES,
    Accessibility,
    Account,
    CertificateKind,
    CookieBanner,
    Features,
    Hsts,
    Https,
    Legal,
    LegalHost,
    MobileContent,
    Overflow,
    Payment,
    Plugin,
    Status,
    TapTargets,
    Teleservice,
    Template,
    TextSize,
    Tracker,
    ViewportMeta,
)
from services.simulator.mail import mail_setup

SITE_INDICATORS = (
    "mobile_full",
    "mobile_basic",
    "mobile_viewport_ok",
    "mobile_zoom_blocked",
    "mobile_no_horizontal_overflow",
    "mobile_clipped_content",
    "mobile_legible_text",
    "mobile_tap_targets_ok",
    "mobile_same_content",
    "mobile_separate_site",
    "mobile_no_plugin",
    "third_party_subdomain",
    "legal_notice",
    "legal_editor",
    "legal_director",
    "legal_host_name",
    "legal_host_address",
    "legal_host_phone",
    "hosting_legal_info",
    "https_enforced",
    "tls_valid",
    "hsts",
    "mixed_content",
    "payment_online",
    "payment_provider",
    "citizen_account",
    "franceconnect",
    "a11y_mention",
    "trackers_before_consent",
    "cookie_banner_reject",
    "channel_social",
    "channel_app_mobile",
    "channel_newsletter",
    "channel_contact_form",
    "hosting_risk",
    "dnssec",
)
"""Indicators that speak of a site: ``not_applicable`` where there is none."""

_PARTLY = frozenset({Status.EPCI_HOSTED})
_FITTING = frozenset({ViewportMeta.GOOD, ViewportMeta.ZOOM_BLOCKED})
_PROPER_META = _FITTING | {ViewportMeta.FIXED}


class TruthVerdict(Record):
    """What is true of one indicator. ``value`` is given where it is one of an enumeration."""

    state: State
    value: str | None = None

    def __str__(self) -> str:
        return f"{self.state.value} {self.value or ''}".strip()


class SiteTruth(Record):
    """What is true of one authority.

    ``hidden`` sites keep the auditor out: ``undetermined`` is then as right as the truth.
    """

    hidden: bool
    verdicts: dict[str, TruthVerdict]
    features: Features

    def allows(self, indicator: str, state: State, value: float | str | None) -> bool:
        """Whether a verdict is right. Nothing is known of indicators that the features do not decide."""
        expected = self.verdicts.get(indicator)
        if expected is None or (self.hidden and state is State.UNDETERMINED):
            return True
        return state is expected.state and expected.value in (None, value)


def truth_of(site: SyntheticSite) -> SiteTruth:
    """Return the truth of one site."""
    features = site.features
    verdicts = _standing(features)
    if features.has_site:
        verdicts |= _mobile(features) | _legal(features) | _transport(site) | _services(features) | _relation(features)
        verdicts["third_party_subdomain"] = TruthVerdict(state=_subdomain(features))
        verdicts["hosting_risk"] = TruthVerdict(state=_risk(features, verdicts["hosting_legal_info"].state))
        verdicts["dnssec"] = TruthVerdict(state=State.NO)
    else:
        verdicts |= _named(teleservice_available=State.NO, teleservice_broad=State.NO)
        verdicts |= {name: TruthVerdict(state=State.NOT_APPLICABLE) for name in SITE_INDICATORS}
    return SiteTruth(hidden=site.hidden, verdicts=verdicts | _mail(site), features=features)


def _mail(site: SyntheticSite) -> dict[str, TruthVerdict]:
    """Return the verdicts on the mail of the authority's domain."""
    domain = site.authority.email_domain
    if domain is None:
        # The national frame may know an address that the list of targets does not give.
        return {}
    setup = mail_setup(domain)
    spf = {"-all": ("yes", "strict"), "~all": ("yes", "soft"), "?all": ("partial", "permissive")}
    dmarc = {"reject": ("yes", "reject"), "quarantine": ("yes", "quarantine"), "none": ("partial", "none")}
    absent = ("no", "absent")
    found = {"spf": spf.get(setup.spf or "", absent), "dmarc": dmarc.get(setup.dmarc or "", absent)}
    verdicts = {name: TruthVerdict(state=State(state), value=value) for name, (state, value) in found.items()}
    return verdicts | _named(mx_provider=_yes(setup.received))


def _standing(features: Features) -> dict[str, TruthVerdict]:
    """Return the verdicts on whether there is a site. A blocked site exists; its status tells what anyone meets."""
    status = features.status
    functional = State.PARTIAL if status in _PARTLY else _yes(status in REAL_SITES)
    hijacked = State.NOT_APPLICABLE if status is Status.NONE_DECLARED else _yes(status is Status.HIJACKED)
    return {
        "site_status": TruthVerdict(
            state=State.UNDETERMINED if status is Status.BLOCKED else functional, value=status.value
        ),
        "has_functional_site": TruthVerdict(state=functional),
        "has_own_domain_site": TruthVerdict(state=_yes(status in (Status.FUNCTIONAL, Status.BLOCKED))),
        "hijacked_domain": TruthVerdict(state=hijacked),
    }


def _subdomain(features: Features) -> State:
    if features.status is Status.EPCI_HOSTED:
        return State.PARTIAL
    return _yes(features.status is Status.THIRD_PARTY_SUBDOMAIN)


def _risk(features: Features, told: State) -> State:
    """Return whether a cause of hosting risk holds: a third party's sub-domain, or no word of the host."""
    subdomain = _subdomain(features)
    if subdomain is State.YES or told is State.NO:
        return State.YES
    return State.PARTIAL if State.PARTIAL in (subdomain, told) else State.NO


def _services(features: Features) -> dict[str, TruthVerdict]:
    """Return the verdicts on what can be done online: a platform, a form, a place to pay, an account."""
    account = features.account is Account.CITIZEN or features.teleservice is Teleservice.PLATFORM
    pays = features.payment is Payment.PAYFIP
    strict = account or pays or features.teleservice is Teleservice.FORM
    otherwise = State.PARTIAL if features.contact_form else State.NO
    leads_to_state = features.teleservice is not Teleservice.NONE
    provider = TruthVerdict(state=State.YES, value="PayFiP (DGFiP)")
    return _named(
        teleservice_available=State.YES if strict else otherwise,
        teleservice_broad=State.YES if strict or leads_to_state else otherwise,
        payment_online=_yes(pays),
        citizen_account=_yes(account),
        franceconnect=_yes(features.franceconnect) if account else State.NOT_APPLICABLE,
    ) | {"payment_provider": provider if pays else TruthVerdict(state=State.NOT_APPLICABLE)}


def _relation(features: Features) -> dict[str, TruthVerdict]:
    """Return the verdicts on channels, consent and the accessibility mention."""
    # An old site of frames has no foot that could say it.
    level = Accessibility.ABSENT if features.template is Template.FRAMESET else features.accessibility
    # A home page that is a film shows nothing else.
    shown = features.plugin is Plugin.NONE
    refusal = {CookieBanner.CHOICE: State.YES, CookieBanner.NOTICE: State.NO}
    return _named(
        channel_social=_yes(features.social and shown),
        channel_app_mobile=_yes(features.mobile_app and shown),
        channel_newsletter=_yes(features.newsletter and shown),
        channel_contact_form=_yes(features.contact_form),
        trackers_before_consent=_yes(features.tracker is Tracker.ANALYTICS),
        cookie_banner_reject=refusal.get(features.cookie_banner, State.NOT_APPLICABLE),
    ) | {"a11y_mention": TruthVerdict(state=_yes(level is not Accessibility.ABSENT), value=level.value)}


def _mobile(features: Features) -> dict[str, TruthVerdict]:
    """Return the verdicts of the mobile family; a telephone sent to a mobile twin sees the twin, which is sound."""
    if features.mobile_content is MobileContent.SEPARATE:
        features = Features(mobile_content=MobileContent.SEPARATE)
    proper = features.viewport in _PROPER_META
    overflow = _overflow(features)
    clipped = features.overflow is Overflow.CLIPPED
    legible = features.text_size is TextSize.NORMAL
    same = features.mobile_content is MobileContent.SAME
    separate = features.mobile_content is MobileContent.SEPARATE
    no_plugin = features.plugin is Plugin.NONE
    perfect = proper and overflow is State.YES and not clipped and legible and same and not separate and no_plugin
    usable = proper and overflow in (State.YES, State.PARTIAL)
    full = State.YES if perfect else State.PARTIAL if usable else State.NO
    return _named(
        mobile_full=full,
        mobile_basic=_yes(proper and overflow is State.YES),
        mobile_viewport_ok=_yes(proper),
        mobile_zoom_blocked=_yes(features.viewport is ViewportMeta.ZOOM_BLOCKED),
        mobile_no_horizontal_overflow=overflow,
        mobile_clipped_content=_yes(clipped),
        mobile_legible_text=_yes(legible),
        mobile_tap_targets_ok=_yes(features.tap_targets is TapTargets.LARGE),
        mobile_same_content=_yes(same),
        mobile_separate_site=_yes(separate),
        mobile_no_plugin=_yes(no_plugin),
    )


def _overflow(features: Features) -> State:
    """Return whether the page fits a width of 360 px: without a fitting viewport a browser lays it out wider."""
    if features.viewport not in _FITTING:
        return State.NO
    if features.overflow in (Overflow.NONE, Overflow.CLIPPED):
        return State.YES
    return State.PARTIAL if features.overflow is Overflow.SLIGHT else State.NO


def _legal(features: Features) -> dict[str, TruthVerdict]:
    host = features.legal_host
    present = features.legal is not Legal.ABSENT
    complete = features.legal_editor and features.legal_director and host is not LegalHost.ABSENT
    notice = "complete" if complete else "partial" if present else "absent"
    hosting = {LegalHost.COMPLETE: State.YES, LegalHost.ABSENT: State.NO}.get(host, State.PARTIAL)
    verdicts = _named(
        legal_editor=_yes(features.legal_editor),
        legal_director=_yes(features.legal_director),
        legal_host_name=_yes(host is not LegalHost.ABSENT),
        legal_host_address=_yes(host in (LegalHost.COMPLETE, LegalHost.NO_PHONE)),
        legal_host_phone=_yes(host in (LegalHost.COMPLETE, LegalHost.NO_ADDRESS)),
        hosting_legal_info=hosting,
    )
    states = {"complete": State.YES, "partial": State.PARTIAL, "absent": State.NO}
    verdicts["legal_notice"] = TruthVerdict(state=states[notice], value=notice)
    return verdicts


def _transport(site: SyntheticSite) -> dict[str, TruthVerdict]:
    """Return the verdicts on HTTPS. Mixed content is a question only where the home page is in HTTPS."""
    features = site.features
    enforced = {Https.ENFORCED: State.YES, Https.BOTH: State.PARTIAL}.get(features.https, State.NO)
    valid = features.https is not Https.HTTP_ONLY and features.certificate is CertificateKind.VALID
    hsts = {Hsts.LONG: State.YES, Hsts.SHORT: State.PARTIAL}.get(features.hsts, State.NO)
    secure = features.https in (Https.ENFORCED, Https.BOTH)
    mixed = _yes(features.mixed_content) if secure else State.NOT_APPLICABLE
    return _named(https_enforced=enforced, tls_valid=_yes(valid), hsts=hsts, mixed_content=mixed)


def _named(**states: State) -> dict[str, TruthVerdict]:
    return {name: TruthVerdict(state=state) for name, state in states.items()}


def _yes(condition: bool) -> State:
    return State.YES if condition else State.NO
