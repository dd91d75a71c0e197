"""Security headers of the home page, by the scoring of the MDN HTTP Observatory."""

from services.analyzer.indicator import Indicator
from services.analyzer.observatory.judge import judge_grade, judge_score
from services.contracts.verdicts import Denominator, State

_SOURCE = (
    "MDN HTTP Observatory, « Tests and scoring » (lu le 23 novembre 2026), calcul propre ; sans la liste de "
    "préchargement HSTS ni requête d’une autre origine"
)

SECURITY_HEADERS = (
    Indicator(
        id="security_headers_score",
        label="Note des en-têtes de sécurité",
        family=None,
        denominator=Denominator.SITE,
        rule=judge_score,
        states=(State.YES, State.UNDETERMINED),
        summary="Note, à partir de 0, que donnent à la page d’accueil ses en-têtes de sécurité, ses cookies et ses "
        "redirections.",
        source=_SOURCE,
        unit="points",
    ),
    Indicator(
        id="security_headers_grade",
        label="Classe des en-têtes de sécurité",
        family=None,
        denominator=Denominator.SITE,
        rule=judge_grade,
        states=(State.YES, State.UNDETERMINED),
        summary="Classe de A+ à F des en-têtes de sécurité de la page d’accueil.",
        source=_SOURCE,
        values=("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F"),
    ),
)
