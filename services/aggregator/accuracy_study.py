"""Publishes how right the verdicts of a campaign are, judged by hand labels."""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from services.aggregator.adapters.report import render_accuracy
from services.aggregator.domain.accuracy import Accuracy, measure_accuracy
from services.aggregator.domain.hand_labels import HandLabel
from services.aggregator.ports import VerdictStore
from services.aggregator.publish import publish_files
from services.aggregator.report.accuracy_page import build_accuracy_page
from services.contracts.verdicts import RuleSet, State


def publish_accuracy(
    store: VerdictStore, campaign: str, labels: Iterable[HandLabel], *, rule_set: RuleSet, out_dir: Path
) -> tuple[Accuracy, ...]:
    """Measure the accuracy of a campaign's current verdicts and write ``accuracy.json`` and ``accuracy.html``."""
    labels = tuple(labels)
    wanted = {(label.code, label.indicator) for label in labels}
    said: dict[tuple[str, str], tuple[State, str]] = {}
    for indicator in dict.fromkeys(label.indicator for label in labels):
        for row in store.load_verdicts(campaign, indicator):
            if (row.code, row.indicator) in wanted:
                said[row.code, row.indicator] = (row.state, row.text or "")
    found = measure_accuracy(labels, said)
    names = {spec.id: spec.label for spec in rule_set.indicators}
    page = render_accuracy(build_accuracy_page(campaign, found, names))
    document = {
        "campaign": campaign,
        "rule_set": rule_set.version,
        "indicators": [one.model_dump(mode="json") for one in found],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    publish_files(out_dir, {"accuracy.json": partial(_write, text=text), "accuracy.html": partial(_write, text=page)})
    return found


def _write(path: Path, *, text: str) -> None:
    path.write_text(text, encoding="utf-8")
