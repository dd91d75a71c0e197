"""The files that describe a synthetic country to whoever audits it: targets, truth, certificate, connection."""

import csv
import json
from pathlib import Path

from services.simulator.country import Country
from services.simulator.server import ServedCountry
from services.simulator.truth import truth_of

TARGET_COLUMNS = (
    "code",
    "kind",
    "name",
    "url",
    "departement",
    "region",
    "population",
    "postal_codes",
    "phone",
    "email_domain",
    "epci_siren",
    "epci_name",
    "nature",
    "zone",
)
NO_ADDRESS = "néant"
"""What stands for no declared address: an empty cell would let the reader fall back on the real directory."""


def write_targets(country: Country, path: Path) -> None:
    """Write the authorities as the directory declares them, the address as it was typed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TARGET_COLUMNS)
        for site in country.sites.values():
            row = site.authority.model_dump(mode="json") | {"url": site.authority.declared_url or NO_ADDRESS}
            row["postal_codes"] = " ".join(site.authority.postal_codes)
            writer.writerow("" if row[column] is None else row[column] for column in TARGET_COLUMNS)


def write_truth(country: Country, path: Path) -> None:
    """Write ``{code: {hidden, verdicts: {indicator: {state, value}}, features}}``."""
    document = {code: truth_of(site).model_dump(mode="json") for code, site in country.sites.items()}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_connection(served: ServedCountry, path: Path) -> None:
    """Write how to connect. Written whole and last: its presence means that the country answers."""
    document = {
        "address": served.address,
        "port": served.port,
        "dns_port": served.dns_port,
        "dns_server": f"{served.address}:{served.dns_port}",
        "resolve": served.resolve_rules,
    }
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
