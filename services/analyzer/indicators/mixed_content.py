"""Mixed content: a page in HTTPS asks for sub-resources in clear."""

from services.analyzer.indicator import Indicator
from services.analyzer.transport.mixed import judge_mixed_content
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="mixed_content",
    label="Contenu mixte",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_mixed_content,
    states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
    summary="Une page en https charge des éléments en http, bloqués ou mis à niveau par le navigateur.",
    source="W3C, Mixed Content",
    unit="ressources",
)
