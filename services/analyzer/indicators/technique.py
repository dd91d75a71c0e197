"""How the site is made: names, trackers, weight, tool, language."""

from services.analyzer.indicator import Indicator, Rule
from services.analyzer.technique.axe import judge_paint, judge_success, judge_violations
from services.analyzer.technique.making import judge_cms, judge_language, judge_state_design
from services.analyzer.technique.names import EMAIL_CLASSES, judge_email_domain, judge_ending, judge_name
from services.analyzer.technique.restraint import judge_restraint
from services.analyzer.technique.trackers import judge_refusal, judge_third_parties, judge_trackers
from services.analyzer.technique.weight import judge_ecoindex, judge_grade, judge_weight
from services.contracts.verdicts import Denominator, State

_YES_NO = (State.YES, State.NO)
_AXE = "axe-core 4.12, les règles que la DINUM applique (Accès’cible) ; page d’accueil sur ordinateur"
_CNIL = "Loi n° 78-17, article 82 ; CNIL, lignes directrices sur les traceurs (2020)"
_ECOINDEX = "EcoIndex, méthode publiée, calcul propre ; page d’accueil telle que chargée à 1366 × 768, sans défilement"


def _indicator(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    source: str,
    *,
    family: int | None = None,
    denominator: Denominator = Denominator.SITE,
    states: tuple[State, ...] = (State.YES, State.UNDETERMINED),
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


DOMAIN_NAMES = (
    _indicator(
        "domain_tld",
        "Extension du nom de domaine",
        judge_ending,
        "L’extension est .fr ou celle d’un territoire français (oui), ou une autre (non) ; elle est la valeur.",
        "La Poste, étude nationale 2018, chapitre 2 ; ANCT, RPNT 0.2.1, critère 1.2",
        family=1,
        states=_YES_NO,
    ),
    _indicator(
        "domain_contains_name",
        "Nom de domaine portant le nom de la collectivité",
        judge_name,
        "Le nom de domaine contient le nom de la collectivité.",
        "La Poste, étude nationale 2018, chapitre 2",
        family=1,
        states=_YES_NO,
    ),
)

DATA_PROTECTION = (
    _indicator(
        "trackers_before_consent",
        "Traceurs déposés avant consentement",
        judge_trackers,
        "Sans que le visiteur ait rien accepté, la page d’accueil appelle ou dépose un traceur connu.",
        _CNIL,
        family=3,
        states=(State.YES, State.PARTIAL, State.NO),
    ),
    _indicator(
        "cookie_banner_reject",
        "Refus aussi simple que l’acceptation",
        judge_refusal,
        "La bannière qui demande d’accepter propose aussi de refuser.",
        _CNIL,
        family=3,
        states=(State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED),
    ),
    _indicator(
        "email_domain_class",
        "Domaine de l’adresse officielle",
        judge_email_domain,
        "L’adresse de courriel officielle est sur un domaine de la collectivité, d’un autre organisme public, ou d’un "
        "fournisseur d’accès.",
        "ANCT, RPNT 0.2.1, critère 2.2",
        family=3,
        denominator=Denominator.ALL,
        states=(State.YES, State.PARTIAL, State.NO, State.NOT_APPLICABLE),
        values=EMAIL_CLASSES,
    ),
)

MAKING = (
    _indicator(
        "html_lang_ok",
        "Langue de la page",
        judge_language,
        "La page d’accueil dit qu’elle est en français, ou dans une langue de France.",
        "RGAA 4.1, critère 8.3",
        states=_YES_NO,
    ),
    _indicator(
        "cms",
        "Outil de création du site",
        judge_cms,
        "L’outil avec lequel le site est fait, quand la page le montre.",
        "Empreintes relevées en 2026",
        states=(State.YES, State.NO),
    ),
    _indicator(
        "dsfr_used",
        "Système de design de l’État",
        judge_state_design,
        "La page d’accueil emploie le système de design de l’État, réservé à ses services.",
        "Système de design de l’État (DSFR)",
        states=_YES_NO,
    ),
    _indicator(
        "third_party_domains",
        "Domaines tiers appelés",
        judge_third_parties,
        "Nombre de domaines autres que le sien auxquels la page d’accueil demande des éléments.",
        "Journal des requêtes de la page",
        states=_YES_NO,
        unit="domaines",
    ),
    _indicator(
        "page_weight_kb",
        "Poids de la page d’accueil",
        judge_weight,
        "Kilo-octets reçus pour afficher la page d’accueil sur un ordinateur.",
        "Journal des requêtes de la page",
        states=(State.YES,),
        unit="ko",
    ),
    _indicator(
        "ecoindex_score",
        "EcoIndex",
        judge_ecoindex,
        "Note de 0 à 100 tirée du nombre d’éléments, de requêtes et du poids de la page d’accueil.",
        _ECOINDEX,
        states=(State.YES,),
        unit="points",
    ),
    _indicator(
        "ecoindex_grade",
        "Classe EcoIndex",
        judge_grade,
        "Classe de A à G de l’EcoIndex.",
        _ECOINDEX,
        states=(State.YES,),
        values=("A", "B", "C", "D", "E", "F", "G"),
    ),
    _indicator(
        "lcp_ms",
        "Affichage du plus grand élément (LCP)",
        judge_paint,
        "Temps d’affichage du plus grand élément de la page d’accueil, sur la machine et la ligne de l’audit.",
        "W3C, Largest Contentful Paint ; mesure du navigateur, un seul chargement",
        unit="ms",
    ),
    _indicator(
        "rgesn_auto_checks",
        "Contrôles de sobriété automatisables (RGESN)",
        judge_restraint,
        "Part des contrôles automatisables que la page d’accueil respecte : médias, images, polices, déclaration.",
        "Arcep, Arcom, ADEME, référentiel général d’écoconception de services numériques (2024), partie automatisable",
        unit="%",
    ),
)

ACCESSIBILITY = (
    _indicator(
        "axe_rgaa_success_rate",
        "Taux de succès axe (règles de la DINUM)",
        judge_success,
        "Part des règles automatiques liées au RGAA que la page d’accueil respecte. Ce n’est pas un taux RGAA.",
        _AXE,
        unit="%",
    ),
    _indicator(
        "axe_violations",
        "Règles axe non respectées",
        judge_violations,
        "Nombre de règles automatiques liées au RGAA que la page d’accueil ne respecte pas, par gravité.",
        _AXE,
        states=(State.YES, State.NO, State.UNDETERMINED),
        unit="règles",
    ),
)
