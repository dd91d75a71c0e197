"""Answers that refuse us rather than show the site: bot challenges, firewalls, access controls."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.analyzer.classification.landing import Landing
from services.analyzer.classification.model import Classification, SiteStatus, unseen
from services.analyzer.classification.signatures import SHORT_PAGE
from services.analyzer.evidence import probe_evidence
from services.analyzer.lexicon import load_lexicon, snippet
from services.analyzer.site import Site
from services.contracts.reasons import Reason
from services.contracts.text import normalise
from services.contracts.verdicts import Evidence, EvidenceKind

REFUSALS = frozenset({401, 403, 407, 429, 503, 511, 999})
"""Statuses that say « not you » or « not now »: whoever else asks may see a site.

407 and 511 ask for a login to a network that is not the site's; 999 is what some firewalls answer robots.
"""

_TEXT = load_lexicon(__package__, "challenges.toml")


@dataclass(frozen=True, slots=True)
class _HeaderShape:
    name: str
    value: str
    status: frozenset[int]


def blocked(site: Site, landing: Landing) -> Classification | None:
    """Return ``blocked``, undetermined, for a challenge of any status and for every status of REFUSALS."""
    evidence = _header(landing) or _wording(landing) or _markup(landing)
    if evidence is not None:
        return unseen(Reason.BLOCKED, evidence, status=SiteStatus.BLOCKED, reasons=("challenge",))
    if landing.status in REFUSALS:
        shown = f"{landing.url} → {landing.status}"
        proofs = (landing.evidence(EvidenceKind.REQUEST, shown, where="status"), *_probes(site))
        return unseen(Reason.BLOCKED, *proofs, status=SiteStatus.BLOCKED, reasons=(f"status_{landing.status}",))
    return None


def _probes(site: Site) -> tuple[Evidence, ...]:
    return tuple(probe_evidence(site, probe) for probe in site.probes[:4])


def _header(landing: Landing) -> Evidence | None:
    for shape in _shapes():
        value = landing.hop.header(shape.name) if landing.hop else None
        if value is None or shape.value not in value.lower():
            continue
        if not shape.status or landing.status in shape.status:
            return landing.evidence(EvidenceKind.HEADER, f"{shape.name}: {value}", where=shape.name)
    return None


def _wording(landing: Landing) -> Evidence | None:
    found = _TEXT.first(normalise(landing.title)) if len(landing.internal_links) < 5 else None
    if found:
        return landing.evidence(EvidenceKind.TEXT, landing.title, where=f"title : {found[0].id}")
    if len(landing.text) >= SHORT_PAGE:
        return None
    found = _TEXT.first(landing.text)
    return landing.evidence(EvidenceKind.TEXT, snippet(landing.text, found[1]), where=found[0].id) if found else None


def _markup(landing: Landing) -> Evidence | None:
    """Find a challenge's script on a page that shows next to nothing else."""
    if len(landing.text) >= 400 or landing.internal_links:
        return None
    for name, text in _marks():
        if any(text in document.html for document in landing.documents):
            return landing.evidence(EvidenceKind.DOM, text, where=name)
    return None


@cache
def _shapes() -> tuple[_HeaderShape, ...]:
    rows = _table()["header"]
    return tuple(_HeaderShape(str(row["name"]), str(row["value"]), _statuses(row.get("status"))) for row in rows)


@cache
def _marks() -> tuple[tuple[str, str], ...]:
    return tuple((str(row["id"]), str(row["text"])) for row in _table()["markup"])


def _statuses(value: object) -> frozenset[int]:
    return frozenset(value) if isinstance(value, list) else frozenset()


@cache
def _table() -> dict[str, list[dict[str, object]]]:
    return tomllib.loads(files(__package__).joinpath("challenges.toml").read_text(encoding="utf-8"))
