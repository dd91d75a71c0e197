"""The shipped frame holds the country: the totals of the data set it was built from."""

import json
from importlib.resources import files

import pytest

from services.contracts.authorities import Kind, Zone
from services.contracts.declared_url import normalise_declared_url
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.summary import FrameSummary, summarise

FRAME = load_national_frame()


@pytest.fixture(scope="module")
def summary() -> FrameSummary:
    return summarise(FRAME)


def test_communes_by_stratum(summary: FrameSummary) -> None:
    assert {s.id: s.count for s in summary.strata} == {
        "lt500": 18256,
        "500-1999": 11110,
        "2000-3499": 2255,
        "3500-4999": 1003,
        "5000-9999": 1203,
        "10000-19999": 564,
        "20000-49999": 350,
        "50000-99999": 92,
        "ge100000": 42,
    }
    shares = {s.id: round(100 * s.declared / s.count, 1) for s in summary.strata}
    assert (shares["lt500"], shares["500-1999"], shares["2000-3499"]) == (36.2, 84.7, 98.7)


def test_the_population_of_the_study(summary: FrameSummary) -> None:
    assert (summary.communes.count, summary.communes.population, summary.communes.declared) == (34875, 68350798, 21466)
    assert sum(s.population for s in summary.strata) == 68350798
    assert sum(r.count for r in summary.regions) == 34875
    assert len(summary.regions) == 18


def test_epci_after_the_two_mergers_of_2026(summary: FrameSummary) -> None:
    assert (summary.epci.count, summary.epci.declared) == (1253, 570)
    natures = {n.id: n.count for n in summary.natures}
    assert natures == {"COM": 34969, "CC": 988, "CA": 229, "CU": 14, "METRO": 21, "MET69": 1}
    for old, new in (
        ("241200658", "994579670"),
        ("241200765", "994579670"),
        ("245701222", "992367730"),
        ("245701362", "992367730"),
    ):
        assert old not in FRAME.authorities
        assert FRAME.get(new).members
    assert (FRAME.get("994579670").name, len(FRAME.get("994579670").members)) == ("CC du Lévézou", 19)
    assert (FRAME.get("992367730").nature, len(FRAME.get("992367730").members)) == ("CA", 23)
    assert FRAME.get("57306").epci_name == "Thionville Fensch Agglomération"


def test_every_known_exception_is_there_on_purpose(summary: FrameSummary) -> None:
    assert [FRAME.get(code).name for code in summary.without_epci] == [
        "Île-de-Bréhat",
        "Île-de-Sein",
        "Ouessant",
        "L'Île-d'Yeu",
    ]
    assert summary.without_siren == 94
    assert {z.id: z.count for z in summary.zones} == {"metro": 34746, "drom": 129, "com": 94}
    assert summary.without_population == ("98411", "98412", "98413", "98414", "98415", "98901")
    assert summary.uninhabited == ("55039", "55050", "55139", "55189", "55239", "55307")
    assert all(FRAME.get(code).in_study for code in summary.uninhabited)
    overseas = [a for a in FRAME.authorities.values() if a.zone is Zone.COM]
    assert not any(a.in_study or a.siren or a.declared_url for a in overseas)


def test_epci_facts_follow_from_their_communes() -> None:
    for epci in FRAME.select(kind=Kind.EPCI):
        communes = [FRAME.get(code) for code in epci.members]
        assert communes
        assert all(commune.epci_siren == epci.code and commune.epci_name == epci.name for commune in communes)
        assert epci.population == sum(commune.population or 0 for commune in communes)
        assert set(epci.postal_codes) == {code for commune in communes for code in commune.postal_codes}
        assert epci.departement in {commune.departement for commune in communes}


def test_no_mail_address_is_shipped_not_even_in_the_field_of_the_site() -> None:
    addresses = [a.declared_url for a in FRAME.authorities.values() if a.declared_url and "@" in a.declared_url]
    assert sorted(addresses) == ["@gmail.com", "@orange.fr"]
    assert not any("@" in (a.email_domain or "") for a in FRAME.authorities.values())


def test_every_declared_site_is_a_url_but_two_mail_addresses(summary: FrameSummary) -> None:
    assert summary.url_problems == {"email": 2}
    declared = [a.declared_url for a in FRAME.authorities.values() if a.declared_url]
    urls = [normalise_declared_url(text).url for text in declared]
    assert len(declared) == 21466 + 570
    assert sum(url is not None for url in urls) == len(declared) - 2


def test_where_a_site_comes_from_is_kept() -> None:
    sources = {(a.kind, a.url_source) for a in FRAME.authorities.values() if a.declared_url}
    assert sources == {(Kind.COMMUNE, "dila"), (Kind.EPCI, "inferred")}


def test_source_date_and_licence_are_stated_in_the_frame_and_in_its_readme() -> None:
    readme = files("services.scheduler.frame").joinpath("national", "README.md").read_text(encoding="utf-8")
    assert FRAME.licence == "Licence Ouverte 2.0"
    for word in ("Etalab", "DILA", "INSEE", "DGCL"):
        assert word in FRAME.source
        assert word in readme
    assert FRAME.date == "2026-10-06"
    assert FRAME.licence in readme


def test_the_tables_of_departements_and_regions_fit_the_frame() -> None:
    folder = files("services.scheduler.frame").joinpath("national")
    tables = {
        name: json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))
        for name in ("departements", "regions")
    }
    assert (len(tables["departements"]), len(tables["regions"])) == (109, 26)
    regions = {row["code"]: row["region"] for row in tables["departements"]}
    for authority in FRAME.authorities.values():
        assert authority.departement is not None
        assert regions[authority.departement] == authority.region
