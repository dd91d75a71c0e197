"""Fully accessible on a telephone: every component of the mobile family at once."""

from services.analyzer.indicator import Indicator
from services.analyzer.mobile.composite import judge_full
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="mobile_full",
    label="Pleinement accessible sur mobile (RWD)",
    family=2,
    denominator=Denominator.SITE,
    rule=judge_full,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="Le site s’adapte entièrement au téléphone : zone d’affichage, largeur, texte lisible, même contenu.",
    source="Étude nationale La Poste, 2018 ; composantes Lighthouse 11 et 12",
)
