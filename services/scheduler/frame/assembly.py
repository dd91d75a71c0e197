"""From what several files say to one set of authorities, every record accounted for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.contracts.authorities import Authority
from services.scheduler.frame.cells import BadCell
from services.scheduler.frame.facts import Facts, complete, create
from services.scheduler.frame.importer import Entry
from services.scheduler.frame.reading import Reading
from services.scheduler.frame.rejects import Reject, reject


@dataclass(slots=True)
class Tally:
    """What became of the records of one reading: read = kept + merged + rejected + skipped.

    Kept records are the first of their file to speak of an authority, merged ones complete them.
    """

    file: str
    format: str
    read: int = 0
    kept: int = 0
    merged: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Assembly:
    """Authorities by code, the codes that are new, and the account of every file."""

    authorities: dict[str, Authority]
    added: list[str]
    tallies: list[Tally]
    rejects: list[Reject]


def assemble(base: Mapping[str, Authority], readings: Sequence[Reading]) -> Assembly:
    """Return the base completed by the readings.

    Of two files the later one wins; within a file the first record that states a fact does. A code
    that the base does not know is new when a list of authorities states it, or when there is no base;
    a directory alone cannot add to a base, so its other codes are rejected.
    """
    index = _Index(base, readings)
    assembly = Assembly(dict(base), [], [], [])
    stated: list[dict[str, dict[str, object]]] = []
    for reading in readings:
        account = _Account(reading, index)
        stated.append(account.stated)
        assembly.tallies.append(account.tally)
        assembly.rejects += account.rejects
    for code in dict.fromkeys(code for facts in stated for code in facts):
        given = [(facts[code], reading) for facts, reading in zip(stated, readings, strict=True) if code in facts]
        if code not in base:
            assembly.added.append(code)
        known = base.get(code) or index.new[code]
        assembly.authorities[code] = complete(known, _merged(base.get(code), given))
    return assembly


def _merged(known: Authority | None, given: list[tuple[dict[str, object], Reading]]) -> dict[str, object]:
    """Return the facts of all files about one authority; weak ones only where nothing else is known."""
    merged: dict[str, object] = {}
    weak: dict[str, object] = {}
    for facts, reading in given:
        for name, value in facts.items():
            (weak if name in reading.importer.weak else merged)[name] = value
    for name, value in weak.items():
        if name not in merged and (known is None or not getattr(known, name)):
            merged[name] = value
    return merged


class _Index:
    """Which codes may be spoken of, and which authority a SIREN names."""

    def __init__(self, base: Mapping[str, Authority], readings: Sequence[Reading]) -> None:
        self._by_siren = {a.siren: a.code for a in base.values() if a.siren}
        self._problems: dict[str, BadCell] = {}
        listed: dict[str, dict[str, object]] = {}
        hints: dict[str, str] = {}
        for reading in readings:
            for facts in (f for _, entry in reading.entries for f in entry.facts if f.code):
                known = listed.get(facts.code)
                # Without a base there is no list to check against: whoever names an authority lists it.
                if known is None and (reading.importer.lists or not base):
                    known = listed.setdefault(facts.code, {})
                if known is not None:
                    known.update({name: value for name, value in facts.stated().items() if name not in known})
                if facts.hint:
                    hints.setdefault(facts.code, facts.hint)
                if facts.siren:
                    self._by_siren.setdefault(facts.siren, facts.code)
        self.new: dict[str, Authority] = {}
        self._codes = set(base)
        for code, stated in listed.items():
            self._admit(code, {"name": hints.get(code)} | stated)

    def _admit(self, code: str, stated: Mapping[str, object]) -> None:
        if code in self._codes:
            return
        try:
            self.new[code] = create(code, stated)
        except BadCell as error:
            self._problems[code] = error
        else:
            self._codes.add(code)

    def find(self, facts: Facts) -> str:
        """Return the code of the authority that facts are about. Raises BadCell when there is none."""
        candidates = [facts.code, *facts.alternatives] if facts.code else [self._by_siren.get(facts.siren or "", "")]
        found = next((code for code in candidates if code in self._codes), None)
        if found is not None:
            return found
        problem = next((self._problems[code] for code in candidates if code in self._problems), None)
        named = facts.code or facts.siren or ""
        raise problem or BadCell("code" if facts.code else "siren", "names no authority of the frame", named)


class _Account:
    """The records of one reading, resolved and counted."""

    def __init__(self, reading: Reading, index: _Index) -> None:
        self.tally = Tally(reading.file, reading.importer.id)
        self.rejects = list(reading.unreadable)
        self.stated: dict[str, dict[str, object]] = {}
        self.tally.read = self.tally.rejected = len(reading.unreadable)
        for name, entry in reading.entries:
            self.tally.read += 1
            self._count(entry, self._resolve(name, entry, index))

    def _resolve(self, name: str, entry: Entry, index: _Index) -> Iterator[tuple[str, Facts]]:
        bad = list(entry.bad)
        found = []
        for facts in entry.facts:
            try:
                found.append((index.find(facts), facts))
            except BadCell as error:
                bad.append(error)
        self.rejects += [reject(name, entry.line, b.column, b.reason, b.value) for b in bad]
        return iter(found)

    def _count(self, entry: Entry, found: Iterator[tuple[str, Facts]]) -> None:
        if entry.skipped:
            self.tally.skipped[entry.skipped] += 1
            return
        outcomes = [self._state(code, facts) for code, facts in found]
        if not outcomes:
            self.tally.rejected += 1
        elif any(outcomes):
            self.tally.kept += 1
        else:
            self.tally.merged += 1

    def _state(self, code: str, facts: Facts) -> bool:
        """Add facts to what the file states of an authority, and return whether they are its first."""
        new = code not in self.stated
        held = self.stated.setdefault(code, {})
        for name, value in facts.stated().items():
            held.setdefault(name, value)
        return new
