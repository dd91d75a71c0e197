"""Tele-services: whether there is one, how many, whose, and through which door a request comes in."""

from services.analyzer.demarches.teleservices import (
    judge_count,
    judge_electronic_entry,
    judge_mutualised,
    judge_planning,
    judge_provider,
    judge_teleservice,
    judge_teleservice_broad,
)
from services.analyzer.indicator import Indicator, Rule
from services.analyzer.presence.absence import for_every_authority
from services.contracts.verdicts import Denominator, State

_STUDY = "La Poste, étude nationale 2018, chapitre 3"
_YES_NO = (State.YES, State.NO, State.UNDETERMINED)
_ALL_STATES = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)
_WITH = (State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED)


def _indicator(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    *,
    denominator: Denominator = Denominator.SITE,
    states: tuple[State, ...] = _ALL_STATES,
    source: str = _STUDY,
    values: tuple[str, ...] = (),
    unit: str | None = None,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=4,
        denominator=denominator,
        rule=for_every_authority(rule) if denominator is Denominator.ALL else rule,
        states=states,
        summary=summary,
        source=source,
        values=values,
        unit=unit,
    )


TELESERVICES = (
    _indicator(
        "teleservice_available",
        "Au moins un télé-service",
        judge_teleservice,
        "Le site permet d’envoyer une demande en ligne à la collectivité, par un formulaire ou une plateforme à elle.",
        denominator=Denominator.ALL,
    ),
    _indicator(
        "teleservice_broad",
        "Au moins une démarche en ligne, téléprocédures de l’État comprises",
        judge_teleservice_broad,
        "Le site mène à un télé-service de la collectivité ou à une téléprocédure de l’État.",
        denominator=Denominator.ALL,
    ),
    _indicator(
        "teleservice_count",
        "Nombre de démarches en ligne",
        judge_count,
        "Nombre de démarches, sur quarante-sept, qu’un formulaire ou une plateforme prend en charge.",
        states=_YES_NO,
        unit="démarches",
    ),
    _indicator(
        "teleservice_provider",
        "Éditeurs des télé-services",
        judge_provider,
        "Les éditeurs des plateformes auxquelles le site mène, parmi ceux dont les adresses sont connues.",
        states=_WITH,
        source="Adresses des plateformes relevées en 2026",
    ),
    _indicator(
        "teleservice_mutualised",
        "Télé-service mutualisé",
        judge_mutualised,
        "Une plateforme est partagée : celle de l’intercommunalité ou d’un opérateur public.",
        states=_WITH,
    ),
    _indicator(
        "sve_entry",
        "Voie de saisine électronique",
        judge_electronic_entry,
        "Ce par quoi une demande peut être envoyée : plateforme, formulaire, adresse dédiée ou formulaire de contact.",
        denominator=Denominator.ALL,
        source="Code des relations entre le public et l’administration, articles L112-8 et suivants",
        values=("platform", "form", "dedicated_email", "contact_form", "none"),
    ),
    _indicator(
        "urbanisme_teleprocedure",
        "Téléprocédure d’urbanisme",
        judge_planning,
        "Une demande d’autorisation d’urbanisme peut être déposée en ligne.",
        denominator=Denominator.ALL,
        source="Code de l’urbanisme, article L423-3 (obligation au-delà de 3 500 habitants)",
    ),
)
