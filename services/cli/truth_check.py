"""Verdicts against the known truth of a synthetic country."""

import csv
import json
from pathlib import Path

from sqlalchemy import Engine, select

from services.contracts.verdicts import State
from services.runtime.tables import VERDICT
from services.simulator.truth import SiteTruth, TruthVerdict


def check_against_truth(engine: Engine, campaign: str, truth: Path, report: Path) -> str:
    """Write every difference to a CSV file and return a one-line summary.

    ``undetermined`` where the country hides the site is no difference.
    """
    document = json.loads(truth.read_text(encoding="utf-8"))
    known = {code: SiteTruth.model_validate(site) for code, site in document.items()}
    query = select(VERDICT.c.code, VERDICT.c.indicator, VERDICT.c.state, VERDICT.c.value_text)
    compared, unseen, differences = 0, 0, []
    with engine.connect() as connection:
        for code, indicator, text, value in connection.execute(query.where(VERDICT.c.campaign == campaign)):
            site, state = known.get(code), State(text)
            if site is None or indicator not in site.verdicts:
                continue
            compared += 1
            if state is State.UNDETERMINED and site.hidden:
                unseen += 1
            elif not site.allows(indicator, state, value):
                found = TruthVerdict(state=state, value=value)
                differences.append((code, indicator, str(site.verdicts[indicator]), str(found)))
    with report.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "indicator", "truth", "verdict"))
        writer.writerows(sorted(differences))
    return (
        f"Against the known truth: {compared} verdicts compared, {len(differences)} differ, "
        f"{unseen} undetermined where the site hides itself ({report})."
    )
