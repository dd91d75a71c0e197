"""Which drawn features can hold together on one real page, so that the truth of each stays exact."""

from services.simulator.features import (
    REAL_SITES,
    Account,
    Alias,
    CertificateKind,
    Declared,
    Features,
    Hsts,
    Https,
    Legal,
    LegalHost,
    MobileContent,
    Overflow,
    Pace,
    Plugin,
    Status,
    TapTargets,
    Template,
    TextSize,
    ViewportMeta,
)

_OWN_DOMAIN = frozenset({Status.FUNCTIONAL, Status.BLOCKED})
_ELSEWHERE = frozenset({Status.SOCIAL_ONLY, Status.STATE_PAGE})
_OLD = frozenset({Template.TABLE, Template.FRAMESET})
_FITTING = frozenset({ViewportMeta.GOOD, ViewportMeta.ZOOM_BLOCKED})
_SECURE = frozenset({Https.ENFORCED, Https.BOTH})
_RANDOM_DECLARED = frozenset({Declared.NO_SCHEME, Declared.UPPER, Declared.SPACES})


def cohere(drawn: Features) -> Features:
    """Return the features with those replaced that contradict stronger ones. Idempotent.

    The make of a site decides its layout, its HTTPS state what can be said over HTTPS, and where there is no site
    only the status and the way it is declared are left.
    """
    if drawn.status not in REAL_SITES:
        https = Https.ENFORCED if drawn.status in _ELSEWHERE else Https.HTTP_ONLY
        kept = {"status": drawn.status, "variant": drawn.variant, "declared": drawn.declared, "https": https}
        return _names(Features.model_validate({**kept, "alias": drawn.alias}))
    features = drawn
    for rule in (_pace, _layout, _mobile_content, _plugin, _transport, _legal, _account, _names):
        features = rule(features)
    return features


def _pace(features: Features) -> Features:
    """Slowness is drawn for sites on a domain of their own that nothing else hides."""
    return features if features.status is Status.FUNCTIONAL else features.model_copy(update={"pace": Pace.NORMAL})


def _layout(features: Features) -> Features:
    """Tables and frames predate telephones; without a fitting viewport the page is wide, whatever is in it."""
    changes: dict[str, object] = {}
    if features.template in _OLD:
        changes["viewport"] = ViewportMeta.NONE
    if features.template is Template.TABLE:
        changes["tap_targets"] = TapTargets.TIGHT
    if features.template is Template.FRAMESET:
        changes |= {"tap_targets": TapTargets.LARGE, "text_size": TextSize.NORMAL}
    if changes.get("viewport", features.viewport) not in _FITTING:
        changes["overflow"] = Overflow.NONE
    return features.model_copy(update=changes)


def _mobile_content(features: Features) -> Features:
    """Only old sites of a domain of their own have a mobile twin; frames have no content to cut."""
    kind, template = features.mobile_content, features.template
    twin_possible = template is Template.TABLE and features.status in _OWN_DOMAIN and features.pace is Pace.NORMAL
    if kind is MobileContent.SEPARATE and not twin_possible:
        kind = MobileContent.SAME
    if kind is MobileContent.REDUCED and template in _OLD:
        kind = MobileContent.SAME
    return features.model_copy(update={"mobile_content": kind})


def _plugin(features: Features) -> Features:
    """Keep a Flash introduction for old sites that treat everyone alike."""
    plain = features.template is Template.TABLE and features.mobile_content is MobileContent.SAME
    return features if plain else features.model_copy(update={"plugin": Plugin.NONE})


def _transport(features: Features) -> Features:
    """Keep certificate faults where HTTPS is used, HSTS and mixed content where the page is in valid HTTPS."""
    changes: dict[str, object] = {}
    if features.https not in _SECURE:
        changes["certificate"] = CertificateKind.VALID
    valid = changes.get("certificate", features.certificate) is CertificateKind.VALID
    if features.https is not Https.ENFORCED or not valid:
        changes |= {"hsts": Hsts.NONE, "mixed_content": False}
    return features.model_copy(update=changes)


def _legal(features: Features) -> Features:
    """Let a notice say something and an absent one nothing; that of a single page is a section of it."""
    if features.legal is Legal.ABSENT:
        return features.model_copy(
            update={"legal_editor": False, "legal_director": False, "legal_host": LegalHost.ABSENT}
        )
    section = features.template is Template.SINGLE
    named = features.legal_editor or features.legal_director or features.legal_host is not LegalHost.ABSENT
    return features.model_copy(
        update={"legal": Legal.SECTION if section else Legal.PAGE, "legal_editor": features.legal_editor or not named}
    )


def _account(features: Features) -> Features:
    """FranceConnect is a way into an account."""
    return features if features.account is Account.CITIZEN else features.model_copy(update={"franceconnect": False})


def _names(features: Features) -> Features:
    """Pages of a platform have one name only; an address is declared under a name and a scheme that answer."""
    changes: dict[str, object] = {}
    own = features.status in _OWN_DOMAIN or not (features.has_site or features.status in _ELSEWHERE)
    if not own:
        changes |= {"moved": False, "alias": Alias.ABSENT}
    if features.status is Status.BLOCKED or features.pace is not Pace.NORMAL:
        changes["moved"] = False
    alias = changes.get("alias", features.alias)
    moved = changes.get("moved", features.moved)
    if (alias is Alias.ABSENT or moved) and features.declared is Declared.NO_WWW:
        changes["declared"] = Declared.CLEAN
    if features.https is Https.BOTH and features.declared in _RANDOM_DECLARED:
        # Where both schemes answer, the declared one decides which site is audited: it must be spelled out.
        changes["declared"] = Declared.CLEAN
    return features.model_copy(update=changes)
