"""The thresholds of the mobile family, read once from ``thresholds.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Scales, CSS pixels, shares (0..1), scores (0..1) and counts; the data file says where each comes from."""

    min_initial_scale: float
    min_maximum_scale: float
    overflow_pass_px: float
    overflow_partial_share: float
    clipped_share: float
    legible_share: float
    tap_pass_share: float
    tap_score_when_failures: float
    tap_partial_score: float
    same_content_recall: float
    separate_site_recall: float
    plugin_main_content_chars: float


@cache
def thresholds() -> Thresholds:
    """Return the thresholds. Raises on a missing or unknown name in the data file."""
    table = tomllib.loads(files(__package__).joinpath("thresholds.toml").read_text(encoding="utf-8"))
    return Thresholds(**{name: float(row["value"]) for name, row in table.items()})
