"""The sites of the benchmark: twelve towns in three classes, with the weight and habits of real ones."""

import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from benchmarks.fetch.libraries import load_libraries

WORDS = (
    "mairie commune conseil municipal habitants accueil service urbanisme école bibliothèque marché travaux voirie "
    "enquête publique association sport culture patrimoine fête vallée rivière château place église stade gymnase "
    "inscription cantine transport déchets collecte horaires ouverture réunion budget projet quartier centre bourg "
    "rénovation énergie budgetaire délibération agenda exposition concert atelier jeunesse aînés famille logement"
).split()
PAGES = {
    "mentions-legales": "Mentions légales",
    "donnees-personnelles": "Données personnelles",
    "accessibilite": "Accessibilité",
    "plan-du-site": "Plan du site",
    "contact": "Contact",
    "demarches": "Démarches en ligne",
    "etat-civil": "État civil",
    "enfance-jeunesse": "Enfance et jeunesse",
    "urbanisme": "Urbanisme",
    "paiement": "Paiement en ligne",
    "ccas": "CCAS et action sociale",
    "actualites": "Actualités",
    "conseil-municipal": "Conseil municipal",
    "vie-associative": "Vie associative",
}
STATISTICS_HOST, TILES_HOST, FRAME_HOST = "stats.mesure-tiers.fr", "tuiles.carte-tiers.fr", "widget.agenda-tiers.fr"


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of site: its HTML in kilobytes, its images, its scripts and styles, and what else it does."""

    name: str
    kilobytes: int
    images: int
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    tiles: int = 0
    frame: bool = False
    polls: bool = False


LIGHT = Kind("light", 59, 10, ("jquery.js", "slick.js"), ("slick.css",))
WORDPRESS = Kind(
    "wordpress",
    103,
    20,
    ("jquery.js", "bootstrap.js", "swiper.js"),
    ("bootstrap.css", "fontawesome.css", "swiper.css"),
)
HEAVY = Kind(
    "heavy",
    153,
    34,
    ("jquery.js", "bootstrap.js", "leaflet.js", "swiper.js"),
    ("bootstrap.css", "fontawesome.css", "swiper.css", "leaflet.css"),
    tiles=12,
    frame=True,
    polls=True,
)


@dataclass(frozen=True, slots=True)
class Site:
    """One town's site; ``https`` sites send plain HTTP over to HTTPS."""

    host: str
    kind: Kind
    https: bool

    @property
    def url(self) -> str:
        return f"{'https' if self.https else 'http'}://{self.host}/"


SITES = tuple(
    Site(f"www.ville-{number:02}.fr", kind, https=number % 3 != 0)
    for number, kind in enumerate([LIGHT] * 4 + [WORDPRESS] * 5 + [HEAVY] * 3, start=1)
)
WARM_UP = Site("www.echauffement.fr", LIGHT, https=True)


@dataclass(frozen=True, slots=True)
class Resource:
    """What the server answers for a path."""

    body: bytes
    media_type: str
    cacheable: bool = True


def build_site(site: Site, libraries: dict[str, bytes], images: list[Resource]) -> dict[str, Resource]:
    """Return every resource of a site by path."""
    draw = random.Random(site.host)
    found = {f"/lib/{name}": Resource(data, _library_type(name)) for name, data in libraries.items()}
    found["/theme/site.css"] = Resource(_theme(draw).encode(), "text/css")
    found["/theme/site.js"] = Resource(_script(site.kind).encode(), "application/javascript")
    for number in range(site.kind.images):
        image = draw.choice(images)
        extension = "webp" if image.media_type == "image/webp" else "jpg"
        found[f"/img/{number}.{extension}"] = image
    pictures = [path for path in found if path.startswith("/img/")]
    found["/"] = Resource(_page(site, "Accueil", pictures, draw).encode(), "text/html; charset=utf-8", cacheable=False)
    for slug, title in PAGES.items():
        page = _page(site, title, pictures[:4], draw, share=0.6)
        found[f"/{slug}"] = Resource(page.encode(), "text/html; charset=utf-8", cacheable=False)
    return found


def build_third_parties(images: list[Resource]) -> dict[str, dict[str, Resource]]:
    """Return the resources of the hosts that the sites share."""
    tile = Resource(_picture(random.Random("tile"), (256, 256), "PNG"), "image/png")
    frame = "<!doctype html><meta charset=utf-8><style>body{font:14px sans-serif}</style><h2>Agenda</h2>" + "".join(
        f"<p>{_sentence(random.Random(n))}</p>" for n in range(40)
    )
    statistics = (
        "(function(){var d=[];for(var i=0;i<20000;i++){d.push(Math.sin(i)*i)}d.sort();"
        "new Image().src='//" + STATISTICS_HOST + "/hit?r='+Math.random()})()"
    )
    return {
        STATISTICS_HOST: {
            "/s.js": Resource(statistics.encode(), "application/javascript"),
            "/hit": Resource(images[0].body[:43], "image/gif", cacheable=False),
        },
        TILES_HOST: {f"/{n}.png": tile for n in range(HEAVY.tiles)},
        FRAME_HOST: {"/agenda": Resource(frame.encode(), "text/html; charset=utf-8", cacheable=False)},
    }


def build_web() -> dict[str, dict[str, Resource]]:
    """Return the resources of every host."""
    libraries = load_libraries()
    images = build_images()
    sites = {site.host: build_site(site, libraries, images) for site in (*SITES, WARM_UP)}
    return sites | build_third_parties(images)


def build_images() -> list[Resource]:
    """Return photographs of the sizes that town sites publish, in both usual formats."""
    found = []
    for number in range(12):
        draw = random.Random(f"image {number}")
        size = draw.choice([(640, 427), (800, 533), (1024, 683), (400, 300)])
        kind = "WEBP" if number % 3 == 0 else "JPEG"
        found.append(Resource(_picture(draw, size, kind), f"image/{kind.lower()}"))
    return found


def _picture(draw: random.Random, size: tuple[int, int], kind: str) -> bytes:
    noise = Image.frombytes("RGB", (size[0] // 4, size[1] // 4), draw.randbytes((size[0] // 4) * (size[1] // 4) * 3))
    image = noise.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(3))
    pen = ImageDraw.Draw(image)
    for _ in range(30):
        x, y = draw.randrange(size[0]), draw.randrange(size[1])
        colour = (draw.randrange(256), draw.randrange(256), draw.randrange(256))
        pen.ellipse((x, y, x + draw.randrange(20, 160), y + draw.randrange(20, 160)), fill=colour)
    out = io.BytesIO()
    image.save(out, kind, quality=78)
    return out.getvalue()


def _sentence(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randrange(8, 22))).capitalize() + "."


def _page(site: Site, title: str, pictures: list[str], draw: random.Random, share: float = 1.0) -> str:
    kind = site.kind
    styles = "".join(f'<link rel="stylesheet" href="/lib/{name}">' for name in kind.styles)
    scripts = "".join(f'<script src="/lib/{name}"></script>' for name in kind.scripts)
    menu = "".join(
        f'<li class="nav-item"><a class="nav-link" href="/{slug}">{text}</a></li>' for slug, text in PAGES.items()
    )
    head = (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title} - {site.host}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{styles}<link rel="stylesheet" href="/theme/site.css"></head><body class="{kind.name}">'
        f'<header class="container"><h1>{title}</h1><nav><ul class="menu nav">{menu}</ul></nav></header>'
    )
    slides = "".join(f'<div class="swiper-slide slide"><img src="{path}" alt=""></div>' for path in pictures[:6])
    carousel = f'<div class="swiper carousel-zone"><div class="swiper-wrapper">{slides}</div></div>'
    tail = _extras(site, title) + (
        f'<footer class="container"><p>Mairie de {site.host}, 1 place de la Mairie. Tél. 05 00 00 00 00</p></footer>'
        f'{scripts}<script src="/theme/site.js"></script>'
        f'<script async src="//{STATISTICS_HOST}/s.js"></script></body></html>'
    )
    left = int(kind.kilobytes * 1000 * share) - len(head) - len(carousel) - len(tail)
    lazy = ' loading="lazy"' if kind is WORDPRESS else ""
    blocks, number = [], 0
    while left > 0:
        picture = f'<img{lazy} src="{pictures[number]}" alt="{_sentence(draw)}">' if number < len(pictures) else ""
        icon = '<i class="fas fa-calendar icon"></i>' if kind is not LIGHT else ""
        paragraphs = "".join(f"<p>{_sentence(draw)} {_sentence(draw)}</p>" for _ in range(3))
        block = (
            f'<section class="col card bloc bloc-{number % 5}"><div class="card-body"><h3 class="card-title">{icon}'
            f'{_sentence(draw)[:50]}</h3>{picture}{paragraphs}<a class="btn btn-primary" href="/actualites?n={number}">'
            f"Lire la suite</a></div></section>"
        )
        blocks.append(block)
        left -= len(block.encode())
        number += 1
    return f'{head}{carousel}<main class="container"><div class="row">{"".join(blocks)}</div></main>{tail}'


def _extras(site: Site, title: str) -> str:
    kind = site.kind
    parts = []
    if kind.frame:
        parts.append(f'<iframe title="Agenda" src="//{FRAME_HOST}/agenda" width="300" height="300"></iframe>')
    if kind.tiles and title == "Accueil":
        parts.append('<div id="carte" style="height:320px"></div>')
    if kind.polls:
        parts.append('<div class="meteo spin">☀</div><div class="meteo spin">☁</div>')
    return "".join(parts)


def _theme(draw: random.Random) -> str:
    rules = [
        "@font-face{font-family:R;src:url(/lib/roboto-400.woff2)}",
        "@font-face{font-family:R;font-weight:700;src:url(/lib/roboto-700.woff2)}",
        "@font-face{font-family:'Font Awesome 6 Free';font-weight:900;src:url(/lib/fa-solid.woff2)}",
        "body{font-family:R,sans-serif;margin:0}img{max-width:100%;height:auto}",
        ".menu{display:flex;flex-wrap:wrap;gap:8px;list-style:none}.menu a{display:block;padding:12px}",
        ".row{display:flex;flex-wrap:wrap;gap:16px}.bloc{flex:1 1 300px;padding:8px;box-shadow:0 2px 8px #0003}",
        ".slide img{height:280px;object-fit:cover}",
        ".spin{display:inline-block;animation:t 2s linear infinite}@keyframes t{to{transform:rotate(1turn)}}",
    ]
    rules += [
        f".bloc-{n % 5} .r{n}>p:nth-child({n % 7 + 1}){{color:#{draw.randrange(4096):03x};margin:{n % 9}px}}"
        for n in range(900)
    ]
    return "".join(rules)


def _script(kind: Kind) -> str:
    lines = [
        "jQuery(function($){$('.menu a').on('click',function(){});",
        "$('.bloc').each(function(i){$(this).addClass('r'+i)});",
    ]
    if kind is LIGHT:
        lines.append("$('.swiper-wrapper').slick({autoplay:true,autoplaySpeed:3000,slidesToShow:1});")
    else:
        lines.append("new Swiper('.swiper',{autoplay:{delay:3000},loop:true,speed:600});")
        lines.append("document.querySelectorAll('.btn').forEach(function(b){new bootstrap.Tooltip(b,{title:'Lire'})});")
    if kind.tiles:
        lines.append(
            "var e=document.getElementById('carte');if(e){var m=L.map(e,{fadeAnimation:false});"
            "m.setView([44.9,-.2],12);L.tileLayer('//"
            + TILES_HOST
            + "/{n}.png',{n:function(t){return Math.abs(t.x*3+t.y)%"
            + str(kind.tiles)
            + "}}).addTo(m)}"
        )
    if kind.polls:
        lines.append("setInterval(function(){fetch('/etat').then(function(r){return r.text()})},400);")
        lines.append("var t=0;for(var i=0;i<3e6;i++){t+=Math.sqrt(i)}window.t=t;")
    return "".join(lines) + "});"


def _library_type(name: str) -> str:
    return {"js": "application/javascript", "css": "text/css", "woff2": "font/woff2"}[name.rsplit(".", 1)[1]]
