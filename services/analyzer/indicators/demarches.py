"""The démarches of a site: their types together, and one twin a démarche."""

from functools import partial

from services.analyzer.demarches.found import DEMARCHES
from services.analyzer.demarches.services import (
    judge_co_marking,
    judge_dominant_type,
    judge_only_external,
    judge_service,
    judge_share_transmitted,
    judge_type,
)
from services.analyzer.demarches.targets import Target
from services.analyzer.indicator import Indicator, Rule
from services.contracts.verdicts import Denominator, State

_STUDY = "La Poste, étude nationale 2018, chapitre 3"
_YES_NO = (State.YES, State.NO, State.UNDETERMINED)
_TYPES = (
    (Target.INFORMATION, "t0_information", "Information seule"),
    (Target.DOWNLOAD, "t1_download", "Formulaire à télécharger"),
    (Target.EXTERNAL, "t2_external_info", "Lien externe d’information"),
    (Target.STATE, "t3_state_teleservice", "Téléprocédure de l’État"),
    (Target.FORM, "t4_online_form", "Formulaire en ligne"),
    (Target.PLATFORM, "t5_platform", "Démarche télétransmise par une plateforme"),
)


def _of_types(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    *,
    states: tuple[State, ...] = _YES_NO,
    values: tuple[str, ...] = (),
    unit: str | None = None,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=5,
        denominator=Denominator.SITE,
        rule=rule,
        states=states,
        summary=summary,
        source=_STUDY,
        values=values,
        unit=unit,
    )


DEMARCHE_TYPES = (
    _of_types(
        "only_external_links",
        "Démarches : uniquement des liens externes",
        judge_only_external,
        "Tout ce qui mène plus loin qu’une information ou un document mène à d’autres sites.",
        states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
    ),
    _of_types(
        "demarche_type_dominant",
        "Type de démarche dominant",
        judge_dominant_type,
        "Le type le plus fréquent parmi les démarches trouvées sur le site.",
        states=(State.YES, State.NOT_APPLICABLE, State.UNDETERMINED),
        values=tuple(target.name.lower() for target, _, _ in _TYPES),
    ),
    *(
        _of_types(
            f"demarche_type_{name}",
            f"Présence du type : {label}",
            partial(judge_type, target=target),
            f"Au moins une démarche du site est de ce type : {label}.",
        )
        for target, name, label in _TYPES
    ),
    _of_types(
        "share_transmitted",
        "Part des démarches télétransmises",
        judge_share_transmitted,
        "Part des démarches trouvées qu’un formulaire ou une plateforme prend en charge.",
        states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
        unit="part",
    ),
    _of_types(
        "comarquage",
        "Co-marquage de service-public",
        judge_co_marking,
        "Le site montre sous son nom les fiches de l’État.",
    ),
)

ONLINE_SERVICES = tuple(
    Indicator(
        id=f"online_service_{demarche.id}",
        label=f"Service en ligne : {demarche.label}",
        family=6,
        denominator=Denominator.SITE,
        rule=partial(judge_service, demarche=demarche.id),
        states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
        summary=f"Cette démarche peut être faite en ligne auprès de la collectivité : {demarche.label}.",
        source=_STUDY,
    )
    for demarche in DEMARCHES
)
