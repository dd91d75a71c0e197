"""Personal data, accessibility statements, and ways to find one's way about the site."""

from functools import partial

from services.analyzer.indicator import Indicator, Rule
from services.analyzer.presence.conformity import (
    judge_a11y_mention,
    judge_a11y_statement,
    judge_officer,
    judge_privacy,
    judge_said,
    judge_search,
)
from services.contracts.verdicts import Denominator, State

_FOUR = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)
_YES_NO = (State.YES, State.NO, State.UNDETERMINED)
_RGAA = "Loi n° 2005-102, article 47 ; décret n° 2019-768"


def _indicator(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    source: str,
    *,
    states: tuple[State, ...] = _FOUR,
    values: tuple[str, ...] = (),
    family: int | None = 3,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=family,
        denominator=Denominator.SITE,
        rule=rule,
        states=states,
        summary=summary,
        source=source,
        values=values,
    )


CONFORMITY = (
    _indicator(
        "privacy_policy",
        "Politique de confidentialité",
        judge_privacy,
        "Une page dit à quoi servent les données personnelles, combien de temps elles sont gardées, et les droits.",
        "Règlement (UE) 2016/679 (RGPD), articles 13 et 14",
        values=("full", "partial", "absent"),
    ),
    _indicator(
        "dpo_contact",
        "Contact du délégué à la protection des données",
        judge_officer,
        "Le site dit comment joindre le délégué à la protection des données.",
        "Règlement (UE) 2016/679 (RGPD), articles 13 et 37",
    ),
    _indicator(
        "a11y_mention",
        "Mention « Accessibilité : … conforme »",
        judge_a11y_mention,
        "La page d’accueil porte l’une des trois mentions de conformité que le décret demande.",
        _RGAA,
        values=("totale", "partielle", "non", "absent"),
    ),
    _indicator(
        "a11y_statement",
        "Déclaration d’accessibilité",
        judge_a11y_statement,
        "Une page contient la déclaration d’accessibilité, avec les parties du modèle.",
        _RGAA,
    ),
    _indicator(
        "a11y_scheme",
        "Schéma pluriannuel d’accessibilité",
        partial(judge_said, key="a11y_plan", reason="no_scheme"),
        "Le site mentionne un schéma pluriannuel ou un plan d’actions d’accessibilité.",
        _RGAA,
        states=_YES_NO,
    ),
    _indicator(
        "sitemap_page",
        "Plan du site",
        partial(judge_said, key="sitemap", reason="no_sitemap"),
        "Le site propose un plan du site.",
        "RGAA 4.1, critère 12.1",
        states=_YES_NO,
    ),
)

SEARCH_BOX = _indicator(
    "search_box",
    "Moteur de recherche interne",
    judge_search,
    "La page d’accueil a un champ pour chercher dans le site.",
    "RGAA 4.1, critère 12.1",
    states=_YES_NO,
    family=None,
)
