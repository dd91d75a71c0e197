"""Whom the legal notice names, one indicator a part: one table, one twin a row."""

from functools import partial

from services.analyzer.indicator import Indicator, Rule
from services.analyzer.legal.findings import judge_host_field, judge_role
from services.analyzer.legal.names import Role
from services.contracts.verdicts import Denominator, State

_SOURCE = "LCEN (loi n° 2004-575), article 6 III 1, aujourd’hui article 1er-1"


def _twin(name: str, label: str, rule: Rule, summary: str) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=3,
        denominator=Denominator.SITE,
        rule=rule,
        states=(State.YES, State.NO, State.UNDETERMINED),
        summary=summary,
        source=_SOURCE,
    )


LEGAL_PARTS = (
    _twin(
        "legal_editor",
        "Éditeur du site nommé",
        partial(judge_role, role=Role.EDITOR),
        "Les mentions légales disent qui édite le site.",
    ),
    _twin(
        "legal_director",
        "Directeur de la publication nommé",
        partial(judge_role, role=Role.DIRECTOR),
        "Les mentions légales disent qui est directeur de la publication, par son nom ou sa fonction.",
    ),
    _twin(
        "legal_host_name",
        "Hébergeur nommé",
        partial(judge_role, role=Role.HOST),
        "Les mentions légales nomment l’hébergeur du site.",
    ),
    _twin(
        "legal_host_address",
        "Adresse de l’hébergeur",
        partial(judge_host_field, field="address"),
        "Les mentions légales donnent l’adresse postale de l’hébergeur.",
    ),
    _twin(
        "legal_host_phone",
        "Téléphone de l’hébergeur",
        partial(judge_host_field, field="phone"),
        "Les mentions légales donnent le téléphone de l’hébergeur.",
    ),
)
