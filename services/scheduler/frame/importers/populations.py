"""INSEE, populations légales: `donnees_communes.csv` and its overseas twin. The municipal population (PMUN) is read.

Paris, Lyon and Marseille come as arrondissements in some editions: they are added up, unless the
commune itself is in the file.
"""

from collections.abc import Iterable, Iterator

from services.scheduler.frame.cells import BadCell, commune_code, population, required, text_of
from services.scheduler.frame.facts import Facts
from services.scheduler.frame.frame import city_of_district
from services.scheduler.frame.importer import Entry, Importer
from services.scheduler.frame.tables import RawRow


def _read(rows: Iterable[RawRow]) -> Iterator[Entry]:
    cities: dict[str, list[tuple[int, int]]] = {}
    whole: set[str] = set()
    for row in rows:
        try:
            required(row.cells, "pmun")
            code, inhabitants = commune_code(row.cells, "com"), population(row.cells, "pmun") or 0
        except BadCell as error:
            yield Entry(row.line, bad=(error,))
            continue
        city = city_of_district(code)
        if city:
            cities.setdefault(city, []).append((row.line, inhabitants))
        else:
            whole.add(code)
            yield Entry(row.line, (Facts(code=code, hint=text_of(row.cells, "commune"), population=inhabitants),))
    for city, parts in cities.items():
        yield from _city(city, parts, listed=city in whole)


def _city(city: str, parts: list[tuple[int, int]], *, listed: bool) -> Iterator[Entry]:
    """Yield one entry a row: every arrondissement of a city states the same total."""
    total = sum(inhabitants for _, inhabitants in parts)
    for line, _ in parts:
        if listed:
            yield Entry(line, skipped="arrondissement of a commune that is in the file")
        else:
            yield Entry(line, (Facts(code=city, population=total),))


POPULATIONS = Importer(
    id="populations",
    title="INSEE, populations légales",
    marks=frozenset({"com", "pmun"}),
    read=_read,
    lists=False,
)
