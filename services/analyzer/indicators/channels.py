"""The channels between a town and its residents: one twin a channel, their number, and all kinds together."""

from functools import partial, wraps

from services.analyzer.indicator import Finding, Indicator, Rule
from services.analyzer.presence.absence import for_every_authority
from services.analyzer.presence.channels import CHANNELS, TOLD, count_digital, judge_all_channels, judge_channel
from services.analyzer.site import Site
from services.contracts.verdicts import Denominator, State

_SOURCE = "La Poste, étude nationale 2018, chapitre 4 (liste des canaux, sans chiffre)"
_YES_NO = (State.YES, State.NO, State.UNDETERMINED)
_FOUR = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)
_LABELS = {
    "phone": "Téléphone",
    "email": "Courriel",
    "contact_form": "Formulaire de contact",
    "appointment": "Rendez-vous en ligne",
    "social": "Réseaux sociaux",
    "rss": "Flux RSS",
    "postal_address": "Adresse postale",
    **{entry.id: entry.label for entry in TOLD},
}
_REGISTERED = frozenset({"phone", "email"})
"""Channels that the register of the State tells of authorities without a site too."""
_PARTIAL = frozenset({"appointment", "rss", "app_mobile", "chat", "newsletter", "sms_alert"})


def _registered_or(rule: Rule) -> Rule:
    """Return a rule over all authorities that asks the register before it asks for a site."""
    with_site = for_every_authority(rule)

    @wraps(rule)
    def judge(site: Site) -> Finding:
        found = rule(site)
        return found if found.state is State.YES else with_site(site)

    return judge


def _channel(name: str) -> Indicator:
    registered, rule = name in _REGISTERED, partial(judge_channel, channel=name)
    return Indicator(
        id=f"channel_{name}",
        label=f"Canal : {_LABELS[name]}",
        family=7,
        denominator=Denominator.ALL if registered else Denominator.SITE,
        rule=_registered_or(rule) if registered else rule,
        states=_FOUR if name in _PARTIAL else _YES_NO,
        summary=f"Les habitants disposent de ce canal : {_LABELS[name]}.",
        source=_SOURCE,
    )


CHANNEL_INDICATORS = (
    *(_channel(name) for name in CHANNELS),
    Indicator(
        id="channel_count_digital",
        label="Nombre de canaux numériques",
        family=7,
        denominator=Denominator.SITE,
        rule=count_digital,
        states=_YES_NO,
        summary="Nombre de canaux numériques que le site propose, sur neuf.",
        source=_SOURCE,
        unit="canaux",
    ),
    Indicator(
        id="omnichannel",
        label="Relation omnicanale",
        family=7,
        denominator=Denominator.ALL,
        rule=for_every_authority(judge_all_channels),
        states=_FOUR,
        summary="Au moins un canal de chaque sorte : la voix, un lieu, l’écrit, des nouvelles qui viennent à lui.",
        source=_SOURCE,
    ),
)
