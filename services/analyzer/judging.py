"""Judges a site family by family, and measures how long each takes: the rules themselves know no clock."""

import time
from functools import cache

from services.analyzer.indicator import Indicator
from services.analyzer.indicators import INDICATORS
from services.analyzer.metrics import FAMILY_SECONDS, OUTSIDE, VERDICTS
from services.analyzer.rules import evaluate
from services.analyzer.site import Site
from services.contracts.verdicts import Verdict
from services.runtime.tracing import span


def judge(site: Site) -> tuple[Verdict, ...]:
    """Return one verdict for each indicator, in registry order, and count them."""
    found: dict[str, Verdict] = {}
    for family, members in _families().items():
        started = time.monotonic()
        with span("analyse", family=family):
            found |= {verdict.indicator: verdict for verdict in evaluate(site, members)}
        FAMILY_SECONDS.observe(time.monotonic() - started, family=family)
    for verdict in found.values():
        VERDICTS.add(indicator=verdict.indicator, state=verdict.state)
    return tuple(found[indicator.id] for indicator in INDICATORS)


@cache
def _families() -> dict[str, tuple[Indicator, ...]]:
    names = {indicator.id: str(indicator.family or OUTSIDE) for indicator in INDICATORS}
    return {
        family: tuple(indicator for indicator in INDICATORS if names[indicator.id] == family)
        for family in dict.fromkeys(names.values())
    }
