"""The headlines of the 2018 study, each in the population that the study published it for."""

from collections import defaultdict

from services.aggregator.domain.headlines import baseline

NAMES = {tile.id: f"{tile.id} {tile.terminal.strip()}" for tile in baseline().tile}
"""What an operator reads in place of a headline's identifier."""


def headlines(metric: str, *matchers: str) -> str:
    """Return PromQL for the values of a metric by headline, each in the scope it is compared in with 2018."""
    scopes: dict[str, list[str]] = defaultdict(list)
    for tile in baseline().tile:
        scopes[tile.scope].append(tile.id.replace(".", "[.]"))
    selectors = (
        ",".join((f'headline=~"{"|".join(ids)}"', f'scope="{scope}"', *matchers)) for scope, ids in scopes.items()
    )
    return " or ".join(f"max by (headline) ({metric}{{{selector}}})" for selector in selectors)
