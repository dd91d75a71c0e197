"""What the corpus's name server answers: its own hosts, names that lead inside, and names that change their mind."""

from collections import Counter

from services.simulator.dns_zone import Records
from services.simulator.hostile.cases import SUFFIX, load_cases
from services.simulator.hostile.targets import load_targets

NOWHERE = "192.0.2.53"
"""A documentation address (RFC 5737): never routed."""


class HostileZone:
    """The names of the corpus. ``public`` is the address that rebinding names have at their first question."""

    def __init__(self, public: str = NOWHERE) -> None:
        self._public = public
        self._own = {host for case in load_cases() for host in case.hosts} | {SUFFIX}
        self._asked: Counter[str] = Counter()

    def lookup(self, name: str) -> Records:
        """Return what is known of a name at this question."""
        name = name.lower().rstrip(".")
        targets = load_targets()
        if name.endswith(f".{targets.rebinding.suffix}"):
            return Records(exists=True, addresses=self._rebound(name))
        if name in targets.aliases:
            alias = targets.aliases[name]
            return Records(exists=True, alias=alias, addresses=targets.names[alias])
        if name in targets.names:
            return Records(exists=True, addresses=targets.names[name])
        known = name in self._own
        return Records(exists=known, addresses=(NOWHERE,) if known else ())

    def _rebound(self, name: str) -> tuple[str, ...]:
        self._asked[name] += 1
        # A and AAAA are asked for together: both belong to the first question.
        return (self._public,) if self._asked[name] <= 2 else load_targets().rebinding.then
