"""How an authority's name is written on its site: articles, saints, short forms, acronyms and host names.

Patterns are searched in normalised text (contracts.text).
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import idna

from services.contracts.authorities import Authority, Kind
from services.contracts.text import normalise

_SAINTS = {"saint": "(?:saint|st)", "st": "(?:saint|st)", "sainte": "(?:sainte|ste)", "ste": "(?:sainte|ste)"}
_SAINT_SLUGS = {"saint": "st", "sainte": "ste"}
_SEPARATOR = r"[\s'./_-]{1,3}"
_EPCI_TYPE = re.compile(
    r"^(?:c\.? ?c\.?|c\.? ?a\.?|c\.? ?u\.?|communaute (?:de communes|d'agglomeration|urbaine|intercommunale)|metropole"
    r"|agglomeration|communaute)\b(?: intercommunale)?\s*"
)
_AFFIX = "(?:(?:mairie|ville|commune|village|cc|ca|cdc)(?:de|du|des|d)?)?(?:les?|la|l)?"
_COMMUNE_OF = r"(?:mairie|commune|ville|village|municipalite|hotel de ville|bourg|cite)(?: (?:nouvelle|deleguee))?"
_EPCI_OF = (
    r"(?:communaute(?: de communes| d'agglomeration| urbaine)?|agglomeration|agglo|metropole|intercommunalite|interco"
    r"|com ?com|c\.?d?\.?c\.?|c\.?a\.?|c\.?u\.?)"
)
_OF = r"[\s:|,-]{0,4}(?:\b(?:de|du|des|d|a|au|aux)\b[\s']{0,2})?(?:\b(?:la|le|les|l)\b[\s']{0,2})?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The patterns of one authority.

    ``anywhere`` finds the name (a short form only where no other qualifier follows it); ``titled`` is what a title
    must hold; ``institution`` finds « mairie de X » or « communauté de communes X ». ``slugs`` are what a host name
    may hold, hyphens removed, the longest first. ``parts`` finds one telling word of a compound name, as a merged
    commune keeps its former site. ``fragile`` marks names of three letters or fewer, which are also
    ordinary words: they count only beside an institution or a postal code.
    """

    anywhere: re.Pattern[str]
    titled: re.Pattern[str]
    institution: re.Pattern[str]
    parts: re.Pattern[str] | None
    slugs: tuple[str, ...]
    fragile: bool


@cache
def names_of(authority: Authority) -> Names:
    """Return the patterns of an authority's name."""
    bare, acronyms = _split_parentheses(normalise(authority.name))
    if authority.kind is Kind.EPCI:
        return _epci(bare, acronyms)
    return _commune(bare)


def _commune(name: str) -> Names:
    tokens = _without_article(_tokens(name))
    full = _phrase(tokens)
    short = _short_form(tokens)
    anywhere, titled = full, full
    if short:
        alone = (
            _phrase(short)
            + rf"(?!{_SEPARATOR}(?:{'|'.join(sorted(_words('commune_links') - _words('unqualified_links')))})\b)"
        )
        anywhere = f"(?:{full}|{alone})"
        # « Bois », short for Bois-le-Roi, is a word; « Saint-Exemple » is a name.
        titled = anywhere if len(short) > 1 else full
    fragile = sum(len(token) for token in tokens) <= 3
    institution = rf"\b{_COMMUNE_OF}{_OF}{anywhere}\b"
    slugs = _slugs([tokens, *([short] if short else [])])
    return Names(
        anywhere=re.compile(rf"\b{anywhere}\b"),
        titled=re.compile(institution if fragile else rf"\b{titled}\b"),
        institution=re.compile(institution),
        parts=_parts(tokens),
        slugs=slugs,
        fragile=fragile,
    )


def _epci(name: str, acronyms: tuple[str, ...]) -> Names:
    tokens = _without_links(_tokens(_EPCI_TYPE.sub("", name)))
    full = _phrase(tokens)
    telling = [
        token for token in tokens if token not in _words("stop") | _words("epci_generic") and len(token) > 2
    ] or tokens
    loose = r"\b.{0,30}?\b".join(_SAINTS.get(token, re.escape(token)) for token in telling)
    spelled = "|".join(re.escape(acronym) for acronym in acronyms)
    anywhere = f"(?:{full}|{loose}{'|' + spelled if spelled else ''})"
    institution = rf"(?:\b{_EPCI_OF}{_OF}{anywhere}|{anywhere}[\s',:|-]{{1,4}}(?:la |l')?(?:{_EPCI_OF}))\b"
    initials = "".join(token[0] for token in tokens if token not in _words("stop"))
    slugs = _slugs([tokens, telling]) + tuple(f"{kind}{initials}" for kind in ("cc", "ca", "cu", "cdc")) + acronyms
    return Names(
        anywhere=re.compile(rf"\b{anywhere}\b"),
        titled=re.compile(rf"\b{anywhere}\b"),
        institution=re.compile(institution),
        parts=_parts(telling),
        slugs=tuple(slug for slug in slugs if len(slug) > 2),
        fragile=False,
    )


def slug_in(host: str, names: Names) -> str | None:
    """Return the slug of the name that a host's labels hold, or None.

    Slugs of four letters or fewer must be a whole word of the host: « us » is in many hosts.
    """
    readable = _decoded(host)
    words = re.split(r"[.-]", readable)
    joined = readable.replace("-", "")
    for slug in names.slugs:
        if len(slug) > 4 and slug in joined:
            return slug
        affixed = rf"{_AFFIX}{re.escape(slug)}(?:\d\d\d?|mairie|ville)?"
        if any(re.fullmatch(affixed, word) for word in words):
            return slug
    return None


def _decoded(host: str) -> str:
    """Return a host with its international labels in plain letters: ``xn--lme-6la.fr`` is ``leme.fr``."""
    try:
        return normalise(idna.decode(host.lower()))
    except (idna.IDNAError, UnicodeError):
        return host.lower()


def _split_parentheses(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the name without its parentheses, and the acronyms found in them."""
    found = re.findall(r"\(([^)]*)\)", name)
    acronyms = tuple(text for text in found if re.fullmatch(r"[a-z0-9&-]{3,10}", text))
    return re.sub(r"\([^)]*\)", " ", name).strip(), acronyms


def _tokens(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text)


def _without_article(tokens: list[str]) -> list[str]:
    return tokens[1:] if len(tokens) > 1 and tokens[0] in _words("articles") else tokens


def _without_links(tokens: list[str]) -> list[str]:
    start = next((i for i, token in enumerate(tokens) if token not in _words("stop")), 0)
    return tokens[start:]


def _short_form(tokens: list[str]) -> list[str] | None:
    """Return what precedes the first linking word: « saint exemple » for Saint-Exemple-sur-Mer."""
    end = next((i for i, token in enumerate(tokens) if i and token in _words("commune_links")), None)
    if end is None or max(len(token) for token in tokens[:end]) < 4:
        return None
    head = tokens[:end]
    return head if head[-1] not in _SAINTS else None


def _parts(tokens: Sequence[str]) -> re.Pattern[str] | None:
    telling = [token for token in tokens if len(token) > 4 and token not in _SAINTS]
    return re.compile("|".join(re.escape(token) for token in telling)) if telling else None


def _phrase(tokens: Sequence[str]) -> str:
    return _SEPARATOR.join(_SAINTS.get(token, re.escape(token)) for token in tokens)


def _slugs(forms: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(slug for tokens in forms for slug in _spellings(tokens)))


def _spellings(tokens: Sequence[str]) -> Iterator[str]:
    yield "".join(tokens)
    yield "".join(_SAINT_SLUGS.get(token, token) for token in tokens)
    yield "".join(token for token in tokens if token not in _words("stop"))


@cache
def _words(name: str) -> frozenset[str]:
    table = tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
    return frozenset(table[name]["words"])
