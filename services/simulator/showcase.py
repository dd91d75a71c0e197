"""A country that shows every kind of site with few authorities: for demonstrations and whole-product tests. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from services.contracts.authorities import Authority, Kind
from services.simulator.country import REFERENCE_DATE, VARIANTS, Country, assemble, draw_features
from services.simulator.draws import load_chances
from services.simulator.features import Features, Status

Exhibit = dict[str, str]

_SOUND: Exhibit = {"status": "functional", "pace": "normal", "moved": "no"}
_CALM: Exhibit = {"overflow": "none", "text_size": "normal", "mobile_content": "same", "plugin": "none"}
_SPECIAL: tuple[Exhibit, ...] = (
    {"template": "responsive", "viewport": "good", **_CALM},
    {"template": "table", "mobile_content": "separate"},
    {"template": "table", "plugin": "flash", "mobile_content": "same"},
    {"template": "frameset"},
    {"template": "shell", "viewport": "good", **_CALM},
    {"template": "single", "viewport": "good", "legal": "page", "legal_host": "complete", **_CALM},
    {"template": "wordpress", "viewport": "good", "mobile_content": "reduced"},
    {"template": "builder", "viewport": "good", "overflow": "clipped", "mobile_content": "same"},
    {"https": "enforced", "certificate": "valid", "mixed_content": "yes", "template": "wordpress"},
    {"https": "enforced", "certificate": "valid", "hsts": "long"},
    {"https": "enforced", "certificate": "valid", "hsts": "short"},
    {"account": "citizen", "franceconnect": "yes"},
    {"account": "citizen", "franceconnect": "no"},
    {"moved": "yes", "pace": "normal"},
    {"pace": "slow"},
    {"pace": "endless"},
    {"status": "third_party_subdomain"},
    {"status": "epci_hosted"},
)
_SETTING: dict[str, Exhibit] = {
    "overflow": {"template": "responsive", "viewport": "good", "mobile_content": "same"},
    "viewport": {"template": "wordpress", **_CALM},
    "text_size": {"template": "responsive", "viewport": "good", "overflow": "none"},
    "tap_targets": {"template": "builder", "viewport": "good", **_CALM},
    "certificate": {"https": "enforced"},
    "legal_editor": {"legal": "page", "legal_director": "yes", "legal_host": "complete", "template": "responsive"},
    "legal_director": {"legal": "page", "legal_editor": "yes", "legal_host": "complete", "template": "builder"},
    "legal_host": {"legal": "page", "legal_editor": "yes", "legal_director": "yes", "template": "wordpress"},
    "declared": {"alias": "redirect", "https": "enforced", "moved": "no"},
}
"""What must hold around a feature for each of its values to show."""


def build_showcase(authorities: Iterable[Authority], seed: int, *, today: date = REFERENCE_DATE) -> Country:
    """Return a country that goes through every status, every way of each, and every value of every feature.

    The list of exhibits starts again when there are more authorities; about 60 see all of it. What an exhibit
    leaves open is drawn as in any country. Each authority takes the next exhibit that suits its kind.
    """
    chances = load_chances()
    waiting: list[Exhibit] = []
    drawn: list[tuple[Authority, Features]] = []
    for authority in authorities:
        if not waiting:
            waiting = list(exhibits())
        place = next((i for i, exhibit in enumerate(waiting) if _suits(authority, exhibit)), None)
        exhibit = waiting.pop(place) if place is not None else _SOUND
        values = {name: chances.draw(name, authority, seed) for name in chances.tables}
        drawn.append((authority, draw_features(authority, seed, values | exhibit)))
    return assemble(drawn, seed, today=today)


def exhibits() -> Iterator[Exhibit]:
    """Yield what is to be shown, several values of unrelated features in one exhibit."""
    for status, variants in VARIANTS.items():
        for variant in dict.fromkeys(variants):
            yield {"status": status.value, "variant": variant}
    for special in _SPECIAL:
        yield {**_SOUND, **special}
    pending = [
        {**_SETTING.get(name, {}), name: value}
        for name, value in _values()
        if not any(special.get(name) == value for special in _SPECIAL)
    ]
    while pending:
        merged: Exhibit = dict(_SOUND)
        left: list[Exhibit] = []
        fixed = set(_SOUND)
        for wish in pending:
            if fixed & set(wish) and any(merged.get(key, value) != value for key, value in wish.items()):
                left.append(wish)
                continue
            merged |= wish
            fixed |= set(wish)
        yield merged
        pending = left


def _values() -> Iterator[tuple[str, str]]:
    """Yield every drawn feature of a site with each of its values."""
    for name, table in load_chances().tables.items():
        if name in ("status", "pace", "moved"):
            continue
        for value in dict.fromkeys(value for weights in table.values() for value in weights):
            yield name, "page" if value == "present" else value


def _suits(authority: Authority, exhibit: Exhibit) -> bool:
    if exhibit["status"] == Status.EPCI_HOSTED.value:
        return authority.kind is Kind.COMMUNE and authority.epci_name is not None
    return True
