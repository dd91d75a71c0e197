"""Seconds and peak memory of the frame: loading the country, and importing official files of its size.

The files are synthetic, made from the shipped frame: a DPNT array (gzip) and a DILA export (JSON in
strings), one record a commune and an EPCI. Each measurement runs in a process of its own.
"""

import gzip
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.output import parser, tell
from services.contracts.authorities import Authority, Kind
from services.scheduler.frame.importing import import_files
from services.scheduler.frame.national import load_national_frame


def dpnt_record(authority: Authority) -> dict[str, object]:
    """Return an authority as ANCT's file has it."""
    commune = authority.kind is Kind.COMMUNE
    return {
        "type": authority.kind.value,
        "siret": f"{authority.siren}00017" if authority.siren else None,
        "siren": authority.siren,
        "libelle": authority.name,
        "population": authority.population,
        "code_insee": authority.code if commune else None,
        "code_postal": authority.postal_codes[0] if authority.postal_codes else None,
        "epci_siren": authority.epci_siren,
        "departement_code_insee": authority.departement,
        "region_code_insee": authority.region,
        "adresse_messagerie": f"mairie@{authority.email_domain}" if authority.email_domain else None,
        "site_internet": authority.declared_url,
        "telephone": authority.phone,
        "rpnt": ["1.1", "2.3", "a"],
    }


def dila_record(authority: Authority) -> dict[str, object]:
    """Return an authority as the directory's export has it, with opening hours that are not read."""
    role = "mairie" if authority.kind is Kind.COMMUNE else "epci"
    hours = [{"nom_jour_debut": "Lundi", "nom_jour_fin": "Vendredi", "valeur_heure_debut_1": "09:00:00"}] * 4
    return {
        "id": authority.code,
        "nom": f"Mairie - {authority.name}",
        "siret": f"{authority.siren}00017" if authority.siren else None,
        "siren": authority.siren,
        "site_internet": json.dumps(
            [{"libelle": "", "valeur": authority.declared_url}] if authority.declared_url else None
        ),
        "pivot": json.dumps([{"type_service_local": role, "code_insee_commune": [authority.code]}]),
        "plage_ouverture": json.dumps(hours),
        "adresse_courriel": f"mairie@{authority.email_domain}" if authority.email_domain else None,
        "telephone": json.dumps([{"valeur": authority.phone, "description": ""}]),
        "statut_de_diffusion": "true",
    }


def measured(work: Callable[[], object], results: "multiprocessing.Queue[tuple[float, float]]") -> None:
    """Put the seconds and peak megabytes of a piece of work."""
    start = time.perf_counter()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put((time.perf_counter() - start, peak))


def main() -> None:
    """Write the files, measure, print."""
    given, figures = parser(__doc__).parse_args(), {}
    with tempfile.TemporaryDirectory() as folder:
        dpnt, dila = Path(folder, "dpnt.json.gz"), Path(folder, "dila.json")
        process = multiprocessing.get_context("spawn").Process(target=_write, args=(dpnt, dila))
        process.start()
        process.join()
        jobs: dict[str, Callable[[], object]] = {
            "nothing": _Nothing(),
            "load_the_country": load_national_frame,
            "dpnt_over_the_country": _Import(dpnt),
            "dila_over_the_country": _Import(dila),
        }
        for label, work in jobs.items():
            context = multiprocessing.get_context("spawn")
            results: multiprocessing.Queue[tuple[float, float]] = context.Queue()
            worker = context.Process(target=measured, args=(work, results))
            worker.start()
            seconds, peak = results.get()
            worker.join()
            figures |= {f"{label}_seconds": seconds, f"{label}_peak_mb": round(peak)}
    tell("frame_import", figures, as_json=given.json)


class _Nothing:
    def __call__(self) -> None:
        """Do nothing: the memory of the interpreter and the imports."""


class _Import:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> None:
        """Import the file over the shipped frame."""
        result = import_files([self.path], base=load_national_frame(), forced=None, today=date(2026, 11, 1))
        (tally,) = result.tallies
        assert tally.read == tally.kept + tally.merged + tally.rejected + tally.skipped.total()


def _write(dpnt: Path, dila: Path) -> None:
    authorities = list(load_national_frame().authorities.values())
    dpnt.write_bytes(gzip.compress(json.dumps([dpnt_record(a) for a in authorities]).encode()))
    dila.write_text(json.dumps([dila_record(a) for a in authorities], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
