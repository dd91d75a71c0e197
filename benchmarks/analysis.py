"""CPU-milliseconds that the rules take for one capture: 12 pages of 100 kB, against parsing the same pages alone."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from benchmarks.output import parser, tell
from services.analyzer.demarches.found import read_offer
from services.analyzer.indicators import INDICATORS
from services.analyzer.legal.notice import read_notice
from services.analyzer.page import Document, Page
from services.analyzer.presence.mentions import read_mentions
from services.analyzer.rules import evaluate
from services.analyzer.site import Site
from services.contracts.artefacts import ArtefactRef, MediaType
from services.contracts.audits import AuditId
from services.contracts.authorities import Authority, Kind
from services.contracts.capture import Discovery, Manifest, PageCapture, PageClass, Viewport

TARGET_MS = 150
PAGES, PAGE_CHARS = 12, 100_000
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_WORDS = (
    "la commune mairie conseil municipal habitants travaux rue école enfants association fête samedi réunion publique"
    " projet voirie budget séance délibération service eau déchets collecte sécurité maire adjoint année saison salle"
    " village patrimoine chemin forêt rivière marché producteurs atelier lecture musique sport club inscription dossier"
    " demande permis construire naissance carte identité passeport élections liste recensement cantine garderie"
).split()
_CLASSES = (
    PageClass.MENTIONS,
    PageClass.CONTACT,
    PageClass.DEMARCHES_HUB,
    PageClass.ETAT_CIVIL,
    PageClass.ENFANCE,
    PageClass.URBANISME,
    PageClass.PAYMENT,
    PageClass.SOCIAL_DIGITAL,
    PageClass.NEWS,
    PageClass.COUNCIL,
    PageClass.MISC_NAV,
)


def page_html(draw: random.Random, title: str, number: int) -> str:
    """Return a page as builders of town sites make them: one menu of 80 entries for all, and text of its own."""
    menu = "".join(f'<li><a href="/r{n}">{_WORDS[n % len(_WORDS)]} {_WORDS[n // 2]}</a></li>' for n in range(80))
    parts = [f'<nav class="menu"><ul>{menu}</ul></nav><main><h1>{title}</h1>']
    size = 0
    while size < PAGE_CHARS:
        words = " ".join(draw.choices(_WORDS, k=50))
        link = f'<a href="/p{number}/{size}">{words[:30]}</a>' if draw.random() < 0.2 else ""
        part = f'<div class="bloc wp-block"><p style="margin:0 0 1em">{words}.</p>{link}</div>\n'
        parts.append(part)
        size += len(part)
    parts.append("</main><footer><p>Mairie de Saint-Exemple, 33480 Saint-Exemple. Tél. 05 56 00 00 00</p>")
    parts.append('<ul><li><a href="/mentions">Mentions légales</a></li><li><a href="/plan">Plan du site</a></li></ul>')
    if number % 2:
        parts.append("<p>Hébergements touristiques, direction des services, dernière édition du bulletin</p>")
    parts.append("</footer>")
    head = f'<!doctype html><html lang="fr"><head><title>{title}</title></head>'
    return f"{head}<body>{''.join(parts)}</body></html>"


def fresh_site(pages: list[tuple[PageClass, str]]) -> Site:
    """Return a site of which nothing has been read yet."""
    authority = Authority(
        code="33999",
        kind=Kind.COMMUNE,
        name="Saint-Exemple",
        nature="COM",
        postal_codes=("33480",),
        declared_url="https://www.saint-exemple.fr/",
        phone="0556000000",
    )
    home = "https://www.saint-exemple.fr/"
    captured = [
        PageCapture(
            page_class=page_class,
            viewport=Viewport.DESKTOP if page_class is PageClass.HOME else Viewport.HTTP,
            url=home if page_class is PageClass.HOME else f"{home}page-{place}",
            final_url=home if page_class is PageClass.HOME else f"{home}page-{place}",
            discovery=Discovery.DECLARED if page_class is PageClass.HOME else Discovery.LINK,
            status=200,
            media_type="text/html",
            dom=ArtefactRef(key=f"raw/{place}", sha256="0" * 64, size=len(html), media_type=MediaType.HTML),
            at=_NOW,
        )
        for place, (page_class, html) in enumerate(pages)
    ]
    manifest = Manifest(
        audit=AuditId(campaign="benchmark", code="33999"),
        authority=authority,
        declared_url=home,
        normalised_url=home,
        pages=tuple(captured),
        started_at=_NOW,
        finished_at=_NOW,
        user_agent="benchmark",
        fetcher_version="benchmark",
        page_plan="benchmark",
    )
    shown = tuple(
        Page(capture=capture, document=Document(html, url=capture.url, ref=None))
        for capture, (_, html) in zip(captured, pages, strict=True)
    )
    return Site(manifest=manifest, pages=shown)


def cpu_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def measure(repetitions: int) -> dict[str, Any]:
    draw = random.Random(7)
    classes = (PageClass.HOME, *_CLASSES)
    pages = [(one, page_html(draw, f"Commune de Saint-Exemple - {one}", n)) for n, one in enumerate(classes)]
    assert len(pages) == PAGES
    warm = fresh_site(pages)
    evaluate(warm)
    assert warm.plan_complete
    stages: dict[str, list[float]] = {name: [] for name in ("parse", "mentions", "offer", "notice", "rest", "all")}
    for _ in range(repetitions):
        stages["parse"].append(cpu_ms(lambda: [LexborHTMLParser(html) for _, html in pages]))
        site = fresh_site(pages)
        stages["mentions"].append(cpu_ms(lambda site=site: read_mentions(site)))
        stages["offer"].append(cpu_ms(lambda site=site: read_offer(site)))
        stages["notice"].append(cpu_ms(lambda site=site: read_notice(site)))
        stages["rest"].append(cpu_ms(lambda site=site: evaluate(site)))
        stages["all"].append(sum(stages[name][-1] for name in ("mentions", "offer", "notice", "rest")))
    medians = {name: statistics.median(values) for name, values in stages.items()}
    return {
        "indicators": len(INDICATORS),
        "pages": len(pages),
        **{f"{name}_ms": value for name, value in medians.items()},
        "ratio_to_parsing": medians["all"] / medians["parse"],
        "captures_per_second": 1000 / medians["all"],
        "within_target": medians["all"] <= TARGET_MS,
    }


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--repetitions", type=int, default=7)
    chosen = options.parse_args()
    figures = measure(chosen.repetitions)
    tell("analysis of one capture", figures, as_json=chosen.json)
    return 0 if figures["within_target"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
