"""Verdicts against the known truth of a synthetic country."""

import csv
import json
from pathlib import Path

from sqlalchemy import Engine, select

from services.contracts.verdicts import State
from services.runtime.tables import VERDICT


def check_against_truth(engine: Engine, campaign: str, truth: Path, report: Path) -> str:
    """Write every difference to a CSV file and return a one-line summary.

    ``undetermined`` where the country hides the site is no difference.
    """
    known = json.loads(truth.read_text(encoding="utf-8"))
    query = select(VERDICT.c.code, VERDICT.c.indicator, VERDICT.c.state, VERDICT.c.value_text)
    compared, unseen, differences = 0, 0, []
    with engine.connect() as connection:
        for code, indicator, state, value in connection.execute(query.where(VERDICT.c.campaign == campaign)):
            site = known.get(code)
            expected = site["verdicts"].get(indicator) if site else None
            if expected is None:
                continue
            compared += 1
            if state == State.UNDETERMINED and site["hidden"]:
                unseen += 1
            elif state != expected["state"] or (expected.get("value") is not None and expected["value"] != value):
                wanted = f"{expected['state']} {expected.get('value') or ''}".strip()
                differences.append((code, indicator, wanted, f"{state} {value or ''}".strip()))
    with report.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "indicator", "truth", "verdict"))
        writer.writerows(sorted(differences))
    return (
        f"Against the known truth: {compared} verdicts compared, {len(differences)} differ, "
        f"{unseen} undetermined where the site hides itself ({report})."
    )
