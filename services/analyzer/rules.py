"""Runs every indicator on a site, under one versioned rule set."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from services.analyzer.classification import Classification, classify
from services.analyzer.evidence import registry_evidence
from services.analyzer.indicator import Finding, Indicator
from services.analyzer.indicators import INDICATORS
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.verdicts import Denominator, RuleSet, State, Verdict

RELEASE = 1
"""Orders rule sets: raise it whenever verdicts of an older release must give way."""

# What decides a verdict beside the analyzer itself: shared normalisation, hosts and the vocabulary of records.
_CONTRACTS = (
    *("hosts.py", "text.py", "verdicts.py", "accessibility.py", "capture.py", "mail.py", "names.py", "reasons.py"),
    "platforms.toml",
)


def evaluate(site: Site, indicators: Iterable[Indicator] = INDICATORS) -> tuple[Verdict, ...]:
    """Return one verdict for each indicator, in registry order.

    Denominators are applied here and nowhere else. Rules are pure and total: one that raises is a bug and is
    not hidden.
    """
    return tuple(
        indicator.verdict(_outside(indicator.denominator, site) or indicator.rule(site)) for indicator in indicators
    )


def unmeasured_reason(site: Site) -> Reason | None:
    """Return why the site could not be judged, None when the audit is measured (a dead site is)."""
    return classify(site).unmeasured


def _outside(denominator: Denominator, site: Site) -> Finding | None:
    """Return the finding of an authority outside the denominator, or None for one inside it."""
    if denominator is Denominator.ALL:
        return None
    if site.manifest.normalised_url is None:
        evidence = registry_evidence(site, "declared_url", site.authority.declared_url or "aucune adresse")
        reason = site.manifest.url_problem or "none_declared"
        return Finding(state=State.NOT_APPLICABLE, confidence=1.0, reasons=(reason,), evidence=(evidence,))
    if denominator is Denominator.DECLARED:
        return None
    found = classify(site)
    if found.state is State.NO:
        return Finding(
            state=State.NOT_APPLICABLE, confidence=found.confidence, reasons=_no_site(found), evidence=found.evidence
        )
    if found.state is State.UNDETERMINED:
        reasons = dict.fromkeys((Reason.SITE_UNDETERMINED.value, *found.reasons))
        return Finding(state=State.UNDETERMINED, confidence=0.0, reasons=tuple(reasons), evidence=found.evidence)
    return None


def _no_site(found: Classification) -> tuple[str, ...]:
    return ("no_functional_site", *((found.status.value,) if found.status else ()))


@cache
def current_rule_set() -> RuleSet:
    """Return the rule set of this program.

    Its version is ``r<RELEASE>-<8 hex digits>``; the digits derive from the source of the rules and from their
    data, so that any change of a rule, threshold or lexicon is another version.
    """
    digest = hashlib.sha256()
    for name, data in _sources():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return RuleSet(
        version=f"r{RELEASE}-{digest.hexdigest()[:8]}",
        indicators=tuple(indicator.spec() for indicator in INDICATORS),
    )


def _sources() -> Iterator[tuple[str, bytes]]:
    contracts = files("services.contracts")
    for name in _CONTRACTS:
        yield f"contracts/{name}", _canonical(contracts.joinpath(name))
    yield from _walk(files("services.analyzer"), "analyzer")


def _walk(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        path = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, path)
        elif entry.name.endswith((".py", ".toml")):
            yield path, _canonical(entry)


def _canonical(entry: Traversable) -> bytes:
    """Return the bytes of a source, the same whatever line ends the checkout uses."""
    return entry.read_bytes().replace(b"\r\n", b"\n")
