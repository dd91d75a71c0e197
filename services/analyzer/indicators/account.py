"""Accounts for residents, what they are for, and FranceConnect."""

from services.analyzer.demarches.accounts import (
    FAMILY,
    GENERAL,
    SECTORAL,
    judge_account,
    judge_account_scope,
    judge_franceconnect,
)
from services.analyzer.indicator import Indicator
from services.contracts.verdicts import Denominator, State

_SOURCE = "La Poste, étude nationale 2018, chapitre 4"

ACCOUNT = (
    Indicator(
        id="citizen_account",
        label="Compte citoyen",
        family=8,
        denominator=Denominator.SITE,
        rule=judge_account,
        states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
        summary="Les habitants peuvent ouvrir un compte sur le site ou sur une plateforme à laquelle il mène.",
        source=_SOURCE,
    ),
    Indicator(
        id="account_scope",
        label="Portée du compte",
        family=8,
        denominator=Denominator.SITE,
        rule=judge_account_scope,
        states=(State.YES, State.NOT_APPLICABLE, State.UNDETERMINED),
        summary="Ce à quoi le compte sert : toutes les démarches, celles des familles, ou un seul service.",
        source=_SOURCE,
        values=(GENERAL, FAMILY, SECTORAL),
    ),
    Indicator(
        id="franceconnect",
        label="FranceConnect",
        family=8,
        denominator=Denominator.SITE,
        rule=judge_franceconnect,
        states=(State.YES, State.PARTIAL, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
        summary="Le compte s’ouvre avec FranceConnect : un bouton, une adresse ou une image le montrent.",
        source=_SOURCE,
    ),
)
