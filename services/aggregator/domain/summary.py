"""The headlines as lines for a terminal."""

from collections.abc import Iterable

from services.aggregator.domain.headlines import Headline, Tile


def summary_lines(headlines: Iterable[Headline]) -> tuple[str, ...]:
    """Return one English line for each headline that this campaign measures; none when it measures nothing."""
    return tuple(_line(headline) for headline in headlines if headline.statistic)


def _line(headline: Headline) -> str:
    tile, estimate, statistic = headline.tile, headline.estimate, headline.statistic
    if estimate is None or statistic is None or estimate.share is None or estimate.low is None or estimate.high is None:
        return f"{tile.terminal}: not measurable, {statistic.undetermined if statistic else 0} undetermined"
    return (
        f"{tile.terminal}: {estimate.share:.1%} of {estimate.measured} measured "
        f"({estimate.low:.1%} to {estimate.high:.1%}), {statistic.undetermined} undetermined; 2018: {_in_2018(tile)}"
    )


def _in_2018(tile: Tile) -> str:
    if tile.relation == "~":
        return f"about {tile.figure:g}%"
    return f"{'over ' if tile.relation == '>' else ''}{tile.figure:g}%"
