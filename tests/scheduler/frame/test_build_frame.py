"""The script that builds the shipped frame: the same files give the same bytes."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

from services.scheduler.frame.frame_file import load_frame

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "build_frame.py"
COMMUNES = """code,name,siren,departement,region,zone,population,postal_codes,epci_siren,site_url,email_domain,phone
57306,Hayange,215703067,57,44,metro,16000,57700,245701222,nom.prenom@exemple.fr,exemple.fr,03 90 6
57672,Thionville,215706722,57,44,metro,42000,57100,245701362,https://exemple.fr,,0382000000
98411,Îles Saint-Paul,,984,984,com,,,,,,
"""
EPCI = """siren,name,nature,funding,population_total,population_municipal,members,site_url,site_confidence
245701222,CA du Val de Fensch,CA,FPU,1,1,57306,,
245701362,CA Portes de France-Thionville,CA,FPU,1,1,57672,https://ca.exemple.fr,inferred
"""
DEPARTEMENTS = [
    {"code": "984", "region": "984", "chefLieu": "97502", "nom": "TAAF", "zone": "com"},
    {"code": "57", "region": "44", "chefLieu": "57463", "nom": "Moselle", "zone": "metro"},
]


def build(source: Path, out: Path) -> dict[str, bytes]:
    subprocess.run([sys.executable, str(SCRIPT), str(source), str(out)], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_the_same_files_give_the_same_bytes_and_the_known_defects_are_handled(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "frame"
    folder.mkdir(parents=True)
    (folder / "communes.csv.gz").write_bytes(gzip.compress(COMMUNES.encode()))
    (folder / "epci.csv.gz").write_bytes(gzip.compress(EPCI.encode()))
    (folder / "departements.json").write_text(json.dumps(DEPARTEMENTS), encoding="utf-8")
    (folder / "regions.json").write_text("[]", encoding="utf-8")
    first, second = build(tmp_path / "data", tmp_path / "one"), build(tmp_path / "data", tmp_path / "two")
    assert first == second
    assert sorted(first) == ["departements.json", "frame.csv.zst", "regions.json"]
    frame = load_frame(tmp_path / "one" / "frame.csv.zst")
    assert list(frame.authorities) == ["57306", "57672", "98411", "992367730"]
    merged = frame.get("992367730")
    assert (merged.population, merged.members, merged.departement) == (58000, ("57306", "57672"), "57")
    assert (frame.get("57306").declared_url, frame.get("57306").phone) == ("@exemple.fr", None)
    assert frame.get("57672").phone == "03 82 00 00 00"
