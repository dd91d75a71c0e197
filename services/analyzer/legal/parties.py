"""Reading one role in the lines of a page: whom it names, and the address and telephone that follow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from services.analyzer.legal.contact import find_address, find_phone, may_hold_address
from services.analyzer.legal.lexicons import PROVIDERS, ROLES, ROLES_SIEVE, WORDING
from services.analyzer.legal.names import Role, is_field_label, is_self, lead_end, name_after, name_before
from services.analyzer.lexicon import Entry
from services.analyzer.lines import Line

WINDOW = 300
"""Characters after the role's wording in which its address and telephone are looked for."""
_MAX_LINES = 14
_MAX_MENTIONS = 60
_NEAR = 200
_ADDRESS_LINES = 6
_NUMBERING = re.compile(r"\W*(?:(?:\d{1,2}|[ivx]{1,4}|article \d+)[ .):-]+)?\W*(?:l'|le |la |les )?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom a page names for a role. ``known`` when it is a hosting company of the provider table."""

    role: Role
    name: str
    snippet: str
    address: str | None = None
    phone: str | None = None
    known: bool = False

    @property
    def completeness(self) -> int:
        """How much is said of it: to choose between several mentions."""
        return (self.address is not None) + (self.phone is not None) + self.known


def find_party(lines: tuple[Line, ...], role: Role, *, legal: bool, town_hall_phone: str | None = None) -> Party | None:
    """Return the best mention of a role in the lines of a page, or None.

    ``legal`` says that the page is a legal notice, where bare wording such as « Hébergement : » counts.
    ``town_hall_phone`` never counts as the host's number, unless the town hosts its own site.
    """
    parties = (
        _read(lines, index, start, end, role, town_hall_phone)
        for index, start, end in islice(_mentions(lines, role, legal=legal), _MAX_MENTIONS)
    )
    return max((party for party in parties if party), key=lambda party: party.completeness, default=None)


def implied_editor(lines: tuple[Line, ...]) -> Party | None:
    """Return the local authority that a legal page names with its postal address, without the word « éditeur »."""
    for index, line in enumerate(lines):
        if line.link or line.footer or not (_names_authority(line) or _is_public_body(line)):
            continue
        if not may_hold_address(" ".join(other.normal for other in lines[index : index + _ADDRESS_LINES])):
            continue
        near = [line, *takewhile(_is_same_subject, lines[index + 1 : index + _ADDRESS_LINES])]
        if find_address(" ".join(other.normal for other in near)[:WINDOW]):
            snippet = " ".join(other.text for other in near)[:WINDOW]
            return Party(role=Role.EDITOR, name=line.text[:WINDOW], snippet=snippet)
    return None


def said_in(lines: tuple[Line, ...]) -> frozenset[str]:
    """Return the wordings of roles that some line may hold: none that a line holds is left out."""
    return ROLES_SIEVE.candidates("\n".join(line.normal for line in lines))


def speaks_of(said: frozenset[str], role: Role) -> bool:
    """Whether lines that say this may name someone for a role."""
    return any(entry.id in said for entry in wording_of(role))


def has_strong_wording(lines: tuple[Line, ...], role: Role) -> bool:
    """Whether a line, other than a link, speaks of the publisher or host of the web site beyond doubt."""
    entry = ROLES[f"{role}_strong"]
    places = ROLES_SIEVE.lines([entry.id], [line.normal for line in lines])
    return any(entry.search(lines[place].normal) for place in places if not lines[place].link)


def _mentions(lines: tuple[Line, ...], role: Role, *, legal: bool) -> Iterator[tuple[int, int, int]]:
    """Yield the line, start and end of each wording of the role. A line that is one link is a menu entry."""
    wording = wording_of(role)
    for index in ROLES_SIEVE.lines([entry.id for entry in wording], [line.normal for line in lines]):
        line = lines[index]
        if line.link:
            continue
        for entry in wording:
            for match in entry.pattern.finditer(line.normal):
                if _counts(entry, match, line, legal=legal):
                    yield index, match.start(), match.end()


def wording_of(role: Role) -> tuple[Entry, ...]:
    """Return the entries of the lexicon that speak of a role."""
    if role is Role.DIRECTOR:
        return (ROLES["director"],)
    return (ROLES[f"{role}_strong"], ROLES[f"{role}_bare"])


def _counts(entry: Entry, match: re.Match[str], line: Line, *, legal: bool) -> bool:
    """Whether a wording speaks of the site: not of lodging, and not bare outside a legal page."""
    around = slice(max(0, match.start() - _NEAR), match.end() + _NEAR)
    start, end = match.start() - around.start, match.end() - around.start
    near = line.normal[around]
    if entry.id.startswith("host"):
        others = ROLES["host_not"].pattern.finditer(near)
        if any(other.start() < end and start < other.end() for other in others):
            return False
    if legal or not entry.id.endswith("_bare"):
        return True
    # Outside a legal page a bare « hébergement » counts in a credits line, or right before a hosting company.
    return entry.id == "host_bare" and bool(WORDING["credit"].search(near) or PROVIDERS.first(near[end : end + 60]))


def _read(
    lines: tuple[Line, ...], index: int, start: int, end: int, role: Role, town_hall_phone: str | None
) -> Party | None:
    line = lines[index]
    paragraph = _paragraph(lines, index, end, role)
    before = name_before(line, start, role)
    # « Mme X, maire, directrice de la publication »: what follows on the next lines is another subject.
    said_before = before is not None and lead_end(paragraph[0].normal) >= len(paragraph[0].normal)
    found = None if said_before else name_after(paragraph, role, heading=line.heading)
    name = found.text if found else before
    if not name:
        return None
    snippet = " ".join([line.text, *(other.text for other in paragraph[1:])])[:WINDOW]
    if role is not Role.HOST:
        return Party(role=role, name=name, snippet=snippet)
    if is_self(name):
        # The town hosts its own site: its address and number stand elsewhere in the notice.
        contacts, town_hall_phone = " ".join(other.normal for other in lines), None
    else:
        whole = " ".join(other.normal for other in paragraph)
        rest = found.rest if found else whole
        # The window runs from the role's wording, whatever stands between it and the name.
        near = _cut(rest, max(0, WINDOW - (len(whole) - len(rest))))
        contacts = _until_next_subject(near, skip=len(name))
    return Party(
        role=role,
        name=name,
        snippet=snippet,
        address=find_address(contacts),
        phone=find_phone(contacts, other_than=town_hall_phone),
        known=PROVIDERS.first(name.lower()) is not None,
    )


def _paragraph(lines: tuple[Line, ...], index: int, end: int, role: Role) -> tuple[Line, ...]:
    """Return the rest of a line and the lines after it, up to the next subject of the notice."""
    first = Line(lines[index].original(end, end + 2 * WINDOW))
    kept = [first]
    has_content = bool(first.normal.strip(" :.-"))
    for line in lines[index + 1 : index + _MAX_LINES]:
        if line.footer != lines[index].footer or _starts_subject(line, role):
            break
        if has_content and (_names_authority(line) or (line.heading and not is_field_label(line))):
            break
        has_content = True
        kept.append(line)
    return tuple(kept)


def _is_same_subject(line: Line) -> bool:
    """Whether the line can belong to the address above it: not a title, nor a line on the host or the director."""
    others = (ROLES["host_strong"], ROLES["host_bare"], ROLES["director"], ROLES["legal_page"])
    return not (line.heading or line.footer or any(entry.search(line.normal) for entry in others))


def _is_public_body(line: Line) -> bool:
    return bool(WORDING["public_body"].pattern.match(line.normal, lead_end(line.normal)))


def _starts_subject(line: Line, role: Role) -> bool:
    """Whether the line begins with the title of another part of the notice."""
    numbering = _NUMBERING.match(line.normal)
    start = numbering.end() if numbering else 0
    titles = [WORDING["section"]]
    if role is not Role.HOST:
        titles += [ROLES["host_strong"], ROLES["host_bare"]]
    return any(title.pattern.match(line.normal, start) for title in titles)


def _names_authority(line: Line) -> bool:
    return WORDING["authority"].search(line.normal) is not None


def _cut(text: str, length: int) -> str:
    """Cut text to a length, without the beginning of a number."""
    return text if len(text) <= length else text[:length].rstrip("0123456789 .+-/()")


def _until_next_subject(text: str, *, skip: int) -> str:
    """Cut text where, after the name itself, another subject or the town's own address begins."""
    cuts = [
        match.start()
        for entry in (WORDING["section"], WORDING["authority"])
        if (match := entry.pattern.search(text, min(skip, len(text))))
    ]
    return text[: min(cuts, default=len(text))]
