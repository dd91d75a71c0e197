"""Sites that are not ours: static pages on loopback under their own host names."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import Command

HOME = """<!doctype html><html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Ville de Libourne - Site officiel</title>
<style>body{font:16px/1.5 sans-serif;margin:1rem}img{max-width:100%}</style></head><body>
<header><h1>Libourne</h1><nav><a href="/mairie.html">La mairie</a> <a href="/ecoles.html">Écoles et cantine</a>
<a href="/contact.html">Nous contacter</a></nav></header>
<main><h2>Actualités</h2>NEWS</main>
<footer>Mairie de Libourne, 42 place Abel Surchamp, 33500 Libourne. <a href="/mentions.html">Mentions légales</a>
</footer></body></html>"""
NEWS = (
    "<p>Le conseil municipal se réunit jeudi à 18 h 30 à l'hôtel de ville. L'ordre du jour porte sur le budget,"
    " les travaux de voirie et la rentrée scolaire. Les habitants peuvent assister à la séance.</p>" * 8
)
LEGAL = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Mentions légales</title></head><body>
<h1>Mentions légales</h1><p>Éditeur du site : Commune de Libourne, 42 place Abel Surchamp, 33500 Libourne.</p>
<p>Directeur de la publication : le maire de Libourne.</p>
<p>Hébergeur : Atelier du Pixel Libournais SARL, 12 rue des Tanneurs, 33000 Bordeaux. Téléphone : 05 56 00 00 01.</p>
</body></html>"""
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Libourne</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>
<h1>Ville de Libourne</h1><p>Mairie de Libourne, 33500 Libourne, téléphone 05 57 55 33 33.</p></body></html>"""


class Quiet(SimpleHTTPRequestHandler):
    """A static server that keeps its log to itself."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(HOME.replace("NEWS", NEWS), encoding="utf-8")
    (site / "mentions.html").write_text(LEGAL, encoding="utf-8")
    for name in ("mairie", "ecoles", "contact"):
        (site / f"{name}.html").write_text(PAGE, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_static_site_under_its_own_name_gets_sensible_verdicts(
    port: int, tmp_path: Path, commune_audit: Command
) -> None:
    targets = tmp_path / "targets.csv"
    targets.write_text("code,url\n33243,www.ville-libourne.example\n", encoding="utf-8")
    out = tmp_path / "out"
    rule = f"www.ville-libourne.example=127.0.0.1:{port}"
    result = commune_audit(
        "run", "--targets", targets, "--resolve", rule, "--request-interval", "0.05", "--out", out, timeout=180
    )
    assert result.returncode == 0, result.stdout + result.stderr
    shown = json.loads(commune_audit("show", "33243", "--json", "--out", out).stdout)
    states = {verdict["indicator"]: (verdict["state"], verdict["value"]) for verdict in shown["verdicts"]}
    expected = {
        "site_status": ("yes", "functional"),
        "has_functional_site": ("yes", None),
        "mobile_full": ("yes", None),
        "legal_notice": ("yes", "complete"),
        "hosting_legal_info": ("yes", "Atelier du Pixel Libournais SARL"),
        "third_party_subdomain": ("no", "ville-libourne.example"),
        "https_enforced": ("no", None),
    }
    assert {name: states[name] for name in expected} == expected


def test_a_loopback_site_is_not_reached_without_resolve(port: int, tmp_path: Path, commune_audit: Command) -> None:
    targets = tmp_path / "targets.csv"
    targets.write_text(f"code,url\n33243,http://127.0.0.1:{port}/\n", encoding="utf-8")
    out = tmp_path / "out"
    result = commune_audit("run", "--targets", targets, "--request-interval", "0", "--out", out, timeout=180)
    assert result.returncode == 0, result.stdout + result.stderr
    shown = json.loads(commune_audit("show", "33243", "--json", "--out", out).stdout)
    functional = next(v for v in shown["verdicts"] if v["indicator"] == "has_functional_site")
    assert functional["state"] != "yes"
    assert not list((out / "artefacts").rglob("*.jpg"))
