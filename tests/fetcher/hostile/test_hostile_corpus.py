"""One real fetcher audits the whole hostile corpus, watched: what came of each site, and what was left."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts.verdicts import State
from services.simulator.hostile.cases import Case, load_cases
from tests.fetcher.hostile.namespace import in_namespace

CASES = load_cases()
ROOT = Path(__file__).resolve().parents[3]
MEMORY = 4_000_000_000
"""Bytes of the whole process tree at its worst, six hostile sites at once."""
KEPT_MEMORY = 250_000_000
"""Bytes by which the fetcher's own process may have grown: buffers that its allocator keeps."""

TIMED = {"lcp_ms"}
"""Verdicts that depend on when the browser painted, which it does not always tell."""
REGISTERED = "rpnt_"
"""Verdicts that speak first of what is registered: a malformed address fails them whatever the site is."""

Report = dict[str, Any]


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    """Run the corpus and return what was written down. The folder is open to the unprivileged browser."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        Path(folder).chmod(0o755)
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        temporary.chmod(0o1777)
        run = subprocess.run(
            in_namespace("tests.fetcher.hostile.run", Path(folder)),
            env=os.environ | {"TMPDIR": str(temporary)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=1_800,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-3_000:] + run.stderr[-3_000:]
        yield json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_audit_ends_as_declared_within_its_budget(report: Report, case: Case) -> None:
    outcome = report["outcomes"][case.name]
    ended = (outcome["state"], outcome["status"], outcome["reason"])
    expect = case.expect
    declared = (expect.state.value, expect.status, expect.reason.value if expect.reason else None)
    unseen = [(State.UNDETERMINED.value, None, reason.value) for reason in case.or_unseen]
    assert ended in [declared, *unseen], outcome
    budget = case.budget
    cost = (outcome["requests"], outcome["sent_bytes"], outcome["stored_bytes"], outcome["seconds"])
    most = (budget.requests, budget.sent_bytes, budget.stored_bytes, budget.seconds)
    assert all(spent <= allowed for spent, allowed in zip(cost, most, strict=True)), (cost, most)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_attack_turns_a_verdict_into_another(report: Report, case: Case) -> None:
    """What could not be seen is undetermined; what was seen is what the calm site shows, or declared in the table."""
    outcome = report["outcomes"][case.name]
    if outcome["state"] != State.YES.value:
        return
    calm = report["after"]["verdicts"]
    turned = {
        name: (state, calm[name])
        for name, state in outcome["verdicts"].items()
        if name not in TIMED and state not in {calm[name], State.UNDETERMINED.value, case.verdicts.get(name)}
    }
    assert turned == {}, outcome["told"]


def test_an_undetermined_site_says_no_of_nothing(report: Report) -> None:
    for name, outcome in report["outcomes"].items():
        if outcome["state"] == State.UNDETERMINED.value:
            verdicts = outcome["verdicts"]
            denied = {indicator for indicator, state in verdicts.items() if state == State.NO.value}
            assert not {indicator for indicator in denied if not indicator.startswith(REGISTERED)}, name
            if verdicts["rpnt_1_1"] == State.YES.value:
                assert not denied & {f"rpnt_1_{number}" for number in range(3, 8)}, name


def test_the_next_ordinary_site_is_audited_as_before(report: Report) -> None:
    before, after = ({k: v for k, v in report[w]["verdicts"].items() if k not in TIMED} for w in ("before", "after"))
    assert after == before
    assert (report["after"]["state"], report["after"]["status"]) == ("yes", "functional")


def test_no_process_temporary_file_or_socket_is_left(report: Report) -> None:
    before, after = report["before_traces"], report["after_traces"]
    assert after["children"] == before["children"]
    assert after["temporary"] == before["temporary"]
    assert after["sockets"] <= before["sockets"]


def test_memory_is_bounded_and_given_back(report: Report) -> None:
    assert report["peak_memory"] < MEMORY
    assert report["after_traces"]["memory"] - report["before_traces"]["memory"] < KEPT_MEMORY


def test_the_witnesses_see_what_leaves(report: Report) -> None:
    """Before the corpus, the run itself spoke to a forbidden place: a witness that saw nothing then proves nothing."""
    assert report["proof"] == ["heard", "seen"]


def test_nothing_was_spoken_to_that_is_not_the_corpus(report: Report) -> None:
    assert report["spoken"] == []
    assert report["strayed"] == []
