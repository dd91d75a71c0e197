"""How right verdicts are, judged by hand labels: precision, recall and confusion, each with its interval.

Labels carry weights, since the authorities to label are drawn by what the rules said of them. Shares are weighted
means; their intervals are Wilson's on the effective number of labels (L. Kish, Survey Sampling, 1965: the squared
sum of the weights over the sum of their squares).
"""

from collections.abc import Iterable, Mapping, Sequence

from services.aggregator.domain.estimators import ratio, wilson
from services.aggregator.domain.hand_labels import HandLabel
from services.contracts.model import Record
from services.contracts.verdicts import State

STRICT = frozenset({State.YES})
BROAD = frozenset({State.YES, State.PARTIAL})
_UNSEEN = State.UNDETERMINED


class Share(Record):
    """A weighted share of labels with its interval, all in 0..1; None where nothing was labelled."""

    labels: int
    share: float | None
    low: float | None
    high: float | None


class Accuracy(Record):
    """What labels say of one indicator.

    ``confusion`` counts labels by the state of the verdict, then by that of the label. ``precision`` is the share of
    verdicts of yes that are right, ``recall`` the share of true yes that the verdicts say; ``broad_`` the same for
    yes or partial. A verdict of undetermined is no error: it is left out of all shares but ``undetermined``, its own.
    ``agreement`` is the share of equal states, ``values`` of equal values where a label gives one. ``kappa`` is
    Cohen's, between the first and the second person where two labelled the same. ``unmatched`` counts labels of
    authorities without a verdict.
    """

    indicator: str
    labels: int
    confusion: dict[str, dict[str, int]]
    precision: Share
    recall: Share
    broad_precision: Share
    broad_recall: Share
    agreement: Share
    undetermined: Share
    values: Share
    second_labels: int
    kappa: float | None
    unmatched: int


Said = Mapping[tuple[str, str], tuple[State, str]]
"""State and value of the verdict by code and indicator."""

_Pair = tuple[State, HandLabel]


def measure_accuracy(labels: Iterable[HandLabel], said: Said) -> tuple[Accuracy, ...]:
    """Return the accuracy of each indicator that was labelled, in the order of the labels.

    Of several people who labelled the same the first one counts.
    """
    by_indicator: dict[str, dict[str, list[HandLabel]]] = {}
    for label in labels:
        by_indicator.setdefault(label.indicator, {}).setdefault(label.code, []).append(label)
    return tuple(_accuracy(name, tuple(codes.values()), said) for name, codes in by_indicator.items())


def _accuracy(indicator: str, labelled: Sequence[list[HandLabel]], said: Said) -> Accuracy:
    firsts = [opinions[0] for opinions in labelled]
    found = [(said[first.code, indicator], first) for first in firsts if (first.code, indicator) in said]
    pairs = [(state, label) for (state, _), label in found]
    seen = [(state, label) for state, label in pairs if state is not _UNSEEN and label.state is not _UNSEEN]
    valued = [(value, label) for (state, value), label in found if label.value and state is not _UNSEEN]
    seconds = [(opinions[0].state, opinions[1].state) for opinions in labelled if len(opinions) > 1]
    return Accuracy(
        indicator=indicator,
        labels=len(pairs),
        confusion=_confusion(pairs),
        precision=_precision(seen, STRICT),
        recall=_recall(seen, STRICT),
        broad_precision=_precision(seen, BROAD),
        broad_recall=_recall(seen, BROAD),
        agreement=_share([(state is label.state, label.weight) for state, label in seen]),
        undetermined=_share([(state is _UNSEEN, label.weight) for state, label in pairs]),
        values=_share([(value == label.value, label.weight) for value, label in valued]),
        second_labels=len(seconds),
        kappa=cohen_kappa(seconds),
        unmatched=len(firsts) - len(pairs),
    )


def _confusion(pairs: Iterable[_Pair]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for state, label in pairs:
        row = counts.setdefault(state.value, {})
        row[label.state.value] = row.get(label.state.value, 0) + 1
    order = [state.value for state in State]
    return {key: {k: counts[key][k] for k in order if k in counts[key]} for key in order if key in counts}


def _precision(pairs: Iterable[_Pair], positive: frozenset[State]) -> Share:
    return _share([(label.state in positive, label.weight) for state, label in pairs if state in positive])


def _recall(pairs: Iterable[_Pair], positive: frozenset[State]) -> Share:
    return _share([(state in positive, label.weight) for state, label in pairs if label.state in positive])


def _share(rows: Sequence[tuple[bool, float]]) -> Share:
    total = sum(weight for _, weight in rows)
    if not rows:
        return Share(labels=0, share=None, low=None, high=None)
    share = sum(weight for right, weight in rows if right) / total
    effective = total * total / sum(weight * weight for _, weight in rows)
    low, high = wilson(share * effective, effective) or (0.0, 1.0)
    return Share(labels=len(rows), share=share, low=low, high=high)


def cohen_kappa(pairs: Sequence[tuple[State, State]]) -> float | None:
    """Return Cohen's kappa of two people's states; None without a pair, and where chance alone explains all.

    Source: J. Cohen, Educational and Psychological Measurement 20 (1960).
    """
    agreed = ratio(sum(first is second for first, second in pairs), len(pairs))
    if agreed is None:
        return None
    chance = (
        sum(sum(first is state for first, _ in pairs) * sum(second is state for _, second in pairs) for state in State)
        / len(pairs) ** 2
    )
    return None if chance == 1 else (agreed - chance) / (1 - chance)
