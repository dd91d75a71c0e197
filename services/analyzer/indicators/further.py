"""How fresh the site is, and what else it offers: acts, reviews, open data, a safe, an application."""

from services.analyzer.currency.acts import judge_acts
from services.analyzer.currency.freshness import VALUES, judge_age, judge_freshness
from services.analyzer.demarches.payments import DUTIES, judge_duty
from services.analyzer.indicator import Indicator, Rule
from services.analyzer.presence.further import (
    judge_app,
    judge_open_data,
    judge_review,
    judge_safe,
    judge_statement_age,
)
from services.contracts.verdicts import Denominator, State

_FOUR = (State.YES, State.PARTIAL, State.NO, State.UNDETERMINED)
_DATES = "Dates de publication lues dans les pages ; ni plan du site XML, ni flux, ni agenda"


def _indicator(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    source: str,
    *,
    family: int | None,
    states: tuple[State, ...] = _FOUR,
    denominator: Denominator = Denominator.SITE,
    values: tuple[str, ...] = (),
    unit: str | None = None,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=family,
        denominator=denominator,
        rule=rule,
        states=states,
        summary=summary,
        source=source,
        values=values,
        unit=unit,
    )


FRESHNESS = (
    _indicator(
        "freshness",
        "Fraîcheur du site",
        judge_freshness,
        "Le site a publié quelque chose dans l’année (oui), dans les deux ans (partiel), ou il y a plus longtemps.",
        _DATES,
        family=1,
        values=VALUES,
    ),
    _indicator(
        "last_update_days",
        "Ancienneté de la dernière publication",
        judge_age,
        "Nombre de jours depuis la dernière date de publication lue sur le site.",
        _DATES,
        family=1,
        states=(State.YES, State.UNDETERMINED),
        unit="jours",
    ),
)

STATEMENT_AGE = _indicator(
    "a11y_statement_expired",
    "Déclaration d’accessibilité de plus de trois ans",
    judge_statement_age,
    "La déclaration d’accessibilité porte une date de plus de trois ans.",
    "Décret n° 2019-768 ; DINUM, obligations d’accessibilité",
    family=3,
    states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
)

ACTS = _indicator(
    "acts_publication",
    "Publication en ligne des actes",
    judge_acts,
    "Le site donne à lire des délibérations, procès-verbaux ou arrêtés, dont un de moins d’un an.",
    "CGCT, articles L2131-1 et L5211-3 ; ordonnance n° 2021-1310 (depuis le 1er juillet 2022)",
    family=3,
)

PAYMENT_DUTY = _indicator(
    "payment_legal_status",
    "Obligation de paiement en ligne",
    judge_duty,
    "Un paiement en ligne est proposé ; sinon, point d’attention, car les recettes ne sont pas connues ici.",
    "CGCT, article L1611-5-1 ; décret n° 2018-689 (seuils aux 1er juillet 2019, 1er juillet 2020, 1er janvier 2022)",
    family=6,
    denominator=Denominator.ALL,
    states=(State.YES, State.PARTIAL, State.UNDETERMINED),
    values=DUTIES,
)

APP = _indicator(
    "app_provider",
    "Éditeur de l’application mobile",
    judge_app,
    "Les applications mobiles auxquelles le site mène.",
    "La Poste, étude nationale 2018, chapitre 4",
    family=7,
    states=(State.YES, State.NO, State.UNDETERMINED),
)

SAFE = _indicator(
    "digital_safe",
    "Coffre-fort numérique",
    judge_safe,
    "Un site où l’on peut ouvrir un compte parle d’un coffre-fort numérique.",
    "La Poste, étude nationale 2018, chapitre 4",
    family=8,
    states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
)

OFFERS = (
    _indicator(
        "review_button",
        "Bouton « Je donne mon avis »",
        judge_review,
        "Le site mène au service de l’État où l’on donne son avis sur une démarche.",
        "DINUM, « Je donne mon avis »",
        family=None,
    ),
    _indicator(
        "open_data_link",
        "Données ouvertes",
        judge_open_data,
        "Le site mène à des données ouvertes.",
        "Code des relations entre le public et l’administration, article L312-1-1",
        family=None,
    ),
)
