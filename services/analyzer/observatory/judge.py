"""The score and the grade of a site's security headers."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from services.analyzer.evidence import page_evidence, plan_evidence
from services.analyzer.indicator import Finding, undetermined
from services.analyzer.observatory import headers
from services.analyzer.observatory.scripts import check_integrity
from services.analyzer.observatory.seen import Seen, look
from services.analyzer.site import Site
from services.contracts.model import Record
from services.contracts.reasons import Reason
from services.contracts.verdicts import EvidenceKind, State

_TESTS: dict[str, Callable[[Seen], str]] = {
    "csp": headers.check_policy,
    "cookies": headers.check_cookies,
    "cors": headers.check_cors,
    "redirection": headers.check_redirection,
    "referrer": headers.check_referrer,
    "hsts": headers.check_hsts,
    "integrity": check_integrity,
    "sniffing": headers.check_sniffing,
    "framing": headers.check_framing,
    "resource_policy": headers.check_resource_policy,
}


class _Scoring(Record):
    source: str
    start: int
    bonus_from: int
    grades: dict[str, int]
    tests: dict[str, dict[str, int]]


def judge_score(site: Site) -> Finding:
    """Return the score, from 0, as the value; each test with its outcome is the evidence."""
    seen = look(site)
    if seen is None or site.home is None:
        return undetermined(Reason.HOME_NOT_CAPTURED, plan_evidence(site))
    outcomes = scan(seen)
    points = _scoring().tests
    shown = ", ".join(f"{test} {outcome} {points[test][outcome]:+d}" for test, outcome in outcomes.items())
    reasons = tuple(f"{test}_{outcome}" for test, outcome in outcomes.items() if points[test][outcome] < 0)
    evidence = page_evidence(site.home, EvidenceKind.HEADER, shown, where="headers")
    return Finding(state=State.YES, value=float(score(outcomes)), reasons=reasons, evidence=(evidence,))


def judge_grade(site: Site) -> Finding:
    """Return the grade, A+ to F, as the value."""
    finding = judge_score(site)
    if not isinstance(finding.value, float):
        return finding
    return Finding(state=State.YES, value=grade(int(finding.value)), reasons=finding.reasons, evidence=finding.evidence)


def scan(seen: Seen) -> dict[str, str]:
    """Return the outcome of each test, by its name."""
    return {name: check(seen) for name, check in _TESTS.items()}


def score(outcomes: Mapping[str, str]) -> int:
    """Return the score: 100 and all that is negative; what is positive too, where that leaves 90 at least."""
    scoring = _scoring()
    points = [scoring.tests[test][outcome] for test, outcome in outcomes.items()]
    reached = scoring.start + sum(value for value in points if value < 0)
    if reached >= scoring.bonus_from:
        reached += sum(value for value in points if value > 0)
    return max(0, reached)


def grade(points: int) -> str:
    """Return the grade of a score."""
    return next(letter for letter, least in _scoring().grades.items() if points >= least)


@cache
def _scoring() -> _Scoring:
    return _Scoring.model_validate(
        tomllib.loads(files(__package__).joinpath("scoring.toml").read_text(encoding="utf-8"))
    )
