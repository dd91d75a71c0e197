"""What a table of metrics says, and by how much that has changed: the tables are the process's, tests share them."""

from collections.abc import Sequence

from prometheus_client.parser import text_string_to_metric_families

from services.runtime.metrics import MetricTable, exposition

Series = tuple[str, frozenset[tuple[str, str]]]


def series(text: str) -> dict[Series, float]:
    """Return the value of each series of an exposition."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}


class Measured:
    """The values of some tables now, and their change since this was made."""

    def __init__(self, *tables: MetricTable) -> None:
        self._tables: Sequence[MetricTable] = tables
        self._before = self._now()

    def value(self, name: str, **labels: str) -> float:
        """Return the present value of a series."""
        return self._now()[name, frozenset((key, str(value)) for key, value in labels.items())]

    def change(self, name: str, **labels: str) -> float:
        """Return by how much a series has changed."""
        return self.value(name, **labels) - self._before[name, frozenset((k, str(v)) for k, v in labels.items())]

    def changes(self, name: str) -> dict[tuple[str, ...], float]:
        """Return the changes of all series of a name that changed, by their label values in the labels' order."""
        now = self._now()
        found = {key: now[key] - self._before[key] for key in now if key[0] == name}
        return {tuple(v for _, v in sorted(labels)): change for (_, labels), change in found.items() if change}

    def count(self) -> int:
        """Return how many series there are."""
        return len(self._now())

    def _now(self) -> dict[Series, float]:
        return series(exposition(self._tables).decode())
