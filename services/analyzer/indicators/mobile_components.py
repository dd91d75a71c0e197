"""The mobile components that the layout of the rendered pages decides: one table, one twin a row."""

from functools import partial

from services.analyzer.indicator import Indicator
from services.analyzer.mobile import components
from services.analyzer.mobile.judgement import LayoutRule, judge_layout, judge_width
from services.contracts.verdicts import Denominator, State

_BOOL = (State.YES, State.NO)
_GRADED = (State.YES, State.PARTIAL, State.NO)


def _twin(
    name: str,
    label: str,
    decide: LayoutRule,
    where: str,
    summary: str,
    source: str,
    *,
    states: tuple[State, ...] = _BOOL,
    unit: str | None = None,
    yes_is_bad: bool = False,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=2,
        denominator=Denominator.SITE,
        rule=partial(judge_layout, rule=decide, where=where, yes_is_bad=yes_is_bad),
        states=(*states, State.UNDETERMINED),
        unit=unit,
        summary=summary,
        source=source,
    )


MOBILE_COMPONENTS = (
    _twin(
        "mobile_viewport_ok",
        "Balise viewport correcte",
        components.viewport_ok,
        'meta[name="viewport"]',
        "La page déclare une zone d’affichage adaptée aux téléphones.",
        "Lighthouse 12, règle viewport",
    ),
    _twin(
        "mobile_zoom_blocked",
        "Zoom bloqué",
        components.zoom_blocked,
        'meta[name="viewport"]',
        "La page empêche d’agrandir l’affichage (user-scalable=no, ou maximum-scale inférieur à 5).",
        "Lighthouse 12 et axe, règle meta-viewport",
        yes_is_bad=True,
    ),
    _twin(
        "mobile_no_horizontal_overflow",
        "Pas de débordement horizontal à 360 px",
        components.no_horizontal_overflow,
        "layout.content_width",
        "La page tient dans la largeur d’un téléphone de 360 px, bandeaux fixes mis à part.",
        "Lighthouse 11, règle content-width ; seuils de 4 px et 5 %",
        states=_GRADED,
        unit="px",
    ),
    _twin(
        "mobile_clipped_content",
        "Texte coupé sur mobile",
        components.clipped_content,
        "layout.clipped_chars",
        "Plus de 2 % du texte est coupé à droite de l’écran sans pouvoir être révélé.",
        "Définition propre : débordement masqué sur la racine du document",
        yes_is_bad=True,
        unit="part",
    ),
    _twin(
        "mobile_legible_text",
        "Texte lisible (≥ 60 % à 12 px)",
        components.legible_text,
        "layout.large_chars",
        "Au moins 60 % du texte visible est affiché à 12 px ou plus.",
        "Lighthouse 11, règle font-size",
        unit="part",
    ),
    _twin(
        "mobile_tap_targets_ok",
        "Cibles tactiles suffisantes",
        components.tap_targets_ok,
        "layout.tap_conflicts",
        "Liens et boutons sont assez grands et espacés pour le doigt (48 px).",
        "Lighthouse 11, règle tap-targets ; oui sans aucun conflit, partiel à partir d’un score de 0,50",
        states=_GRADED,
        unit="part",
    ),
    _twin(
        "mobile_no_plugin",
        "Pas de module externe (Flash, Java)",
        components.no_plugin,
        "layout.plugin_objects",
        "Le contenu principal ne dépend pas de Flash, Java ou Silverlight (partiel : à côté du contenu).",
        "Test d’adaptation mobile de Google, critère « plug-ins incompatibles »",
        states=_GRADED,
    ),
)


def _width(name: str, width: int, source: str) -> Indicator:
    return Indicator(
        id=name,
        label=f"Pas de débordement horizontal à {width} px",
        family=2,
        denominator=Denominator.SITE,
        rule=partial(judge_width, width=width),
        states=(*_GRADED, State.UNDETERMINED),
        unit="px",
        summary=f"La page d’accueil tient dans un écran large de {width} pixels.",
        source=source,
    )


OTHER_WIDTHS = (
    _width("mobile_fits_412", 412, "Référentiel, 2.4 : second passage de la page d’accueil, grand téléphone"),
    _width("mobile_reflow_320", 320, "WCAG 2.1, critère 1.4.10 ; RGAA 4.1, critère 10.11 ; page d’accueil seule"),
)
