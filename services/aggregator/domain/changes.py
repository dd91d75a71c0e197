"""What changed between two editions of the verdicts, and why: the site, the rule, the frame, or what could be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.authorities import Authority
from services.contracts.verdicts import State, Verdict, VerdictSet


class Cause(StrEnum):
    """Why a verdict is another one."""

    RULE = "rule"
    """The same capture is judged otherwise."""
    FRAME = "frame"
    """The directories say something else of the authority."""
    MEASUREMENT = "measurement"
    """One of the two visits could not see it."""
    SITE = "site"
    """Nothing else explains it: the site itself is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A state with its value, where that is one of an enumeration."""

    state: State
    value: str | None = None

    def __str__(self) -> str:
        return f"{self.state.value} ({self.value})" if self.value else self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One verdict that differs; None where the edition has no such indicator."""

    code: str
    name: str
    indicator: str
    before: Said | None
    after: Said | None
    cause: Cause


def changes_of(before: VerdictSet, after: VerdictSet, rejudged: VerdictSet | None = None) -> Iterator[Change]:
    """Yield the verdicts of one authority that differ between two editions, in the order of the later one.

    ``rejudged`` holds the earlier capture under the later rules, where it was judged again: it tells a change of the
    rule from one of the site. Without it, another version of the indicator's rule is taken for the cause. Numbers are
    not compared: a page's weight changes with every visit.
    """
    old, new = _by_name(before), _by_name(after)
    again = _by_name(rejudged) if rejudged else None
    for name in [*new, *(name for name in old if name not in new)]:
        first, second = old.get(name), new.get(name)
        if _said(first) != _said(second):
            yield Change(
                code=after.authority.code,
                name=after.authority.name,
                indicator=name,
                before=_said(first),
                after=_said(second),
                cause=_cause(before, after, first, second, again),
            )


def _cause(
    before: VerdictSet,
    after: VerdictSet,
    first: Verdict | None,
    second: Verdict | None,
    again: dict[str, Verdict] | None,
) -> Cause:
    if first is None or second is None or before.manifest_key == after.manifest_key:
        return Cause.RULE
    if again is not None and _said(again.get(second.indicator)) == _said(second):
        return Cause.RULE
    if _declared(before.authority) != _declared(after.authority):
        return Cause.FRAME
    if State.UNDETERMINED in (first.state, second.state):
        return Cause.MEASUREMENT
    return Cause.RULE if again is None and first.rule != second.rule else Cause.SITE


def _by_name(verdicts: VerdictSet) -> dict[str, Verdict]:
    return {verdict.indicator: verdict for verdict in verdicts.verdicts}


def _said(verdict: Verdict | None) -> Said | None:
    if verdict is None:
        return None
    return Said(state=verdict.state, value=verdict.value if isinstance(verdict.value, str) else None)


def _declared(authority: Authority) -> tuple[object, ...]:
    """Return what rules read of the frame."""
    return (
        authority.declared_url,
        authority.email_domain,
        authority.phone,
        authority.name,
        authority.postal_codes,
        authority.epci_siren,
    )
