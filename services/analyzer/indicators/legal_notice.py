"""The legal notice: publisher, director of publication and host, two clicks from the home page at most."""

from services.analyzer.indicator import Indicator
from services.analyzer.legal.findings import judge_notice
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="legal_notice",
    label="Mentions légales",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_notice,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="Les mentions légales nomment l’éditeur, le directeur de la publication et l’hébergeur.",
    source="LCEN (loi n° 2004-575), article 6 III, aujourd’hui article 1er-1",
    values=("complete", "partial", "absent"),
)
