"""Which authorities a run audits."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from services.contracts.authorities import Authority
from services.contracts.errors import BadInput
from services.contracts.strata import strata
from services.contracts.text import slug
from services.scheduler.domain.order import UNKNOWN_STRATUM
from services.scheduler.domain.samples import read_sizes
from services.scheduler.frame.national import load_frame, load_national_frame
from services.scheduler.frame.natures import nature_codes
from services.scheduler.frame.targets import read_targets, write_rejects


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The options of ``run`` and ``campaign create`` that make a campaign what it is."""

    targets: Path | None
    frame: bool
    frame_file: Path | None
    departement: str | None
    synthetic: int | None
    showcase: bool
    sample: int | None
    per_stratum: str | None = None
    wacz: bool = False
    max_pages: int | None = None

    @property
    def sizes(self) -> dict[str, int] | None:
        """The size of the sample by stratum, if one was asked for. Raises BadInput."""
        known = (*(stratum.id for stratum in strata()), *nature_codes(), UNKNOWN_STRATUM)
        return read_sizes(self.per_stratum, known) if self.per_stratum is not None else None

    def check(self) -> None:
        """Raise BadInput unless exactly one source is named, its file exists and a sample is asked for one way."""
        sources = (self.targets is not None, self.frame, self.frame_file is not None, self.synthetic is not None)
        if sum(sources) != 1:
            raise BadInput("give exactly one of --targets FILE, --frame, --frame-file FILE or --synthetic SIZE")
        if self.departement and not (self.frame or self.frame_file):
            raise BadInput("--departement needs --frame or --frame-file")
        if self.showcase and self.synthetic is None:
            raise BadInput("--showcase needs --synthetic SIZE")
        if self.sizes and self.sample is not None:
            raise BadInput("give --sample or --sample-per-stratum, not both")
        for option, path in (("--targets", self.targets), ("--frame-file", self.frame_file)):
            if path is not None and not path.is_file():
                raise BadInput(f"{option} {path}: no such file")

    def parameters(self, seed: int, synthetic_targets: Path | None) -> str:
        """Return the JSON that tells two campaigns apart: the options, and the content of the files named."""
        source = synthetic_targets or self.targets or self.frame_file
        options: dict[str, object] = {
            "targets": hashlib.sha256(source.read_bytes()).hexdigest() if source else None,
            "departement": self.departement,
            "sample": self.sample,
            "seed": seed,
            "synthetic": self.synthetic,
            "showcase": self.showcase,
        }
        if self.sizes:
            options["sample_per_stratum"] = self.sizes
        if self.wacz:
            options["wacz"] = True
        if self.max_pages is not None:
            options["max_pages"] = self.max_pages
        return json.dumps(options, sort_keys=True)

    def default_campaign(self) -> str:
        """Return a campaign name that the same options always give."""
        if self.synthetic is not None:
            return "synthetic"
        source = self.targets or self.frame_file
        base = slug(source.stem)[:40] if source else "national"
        return (f"{base}-{self.departement.lower()}" if self.departement else base) or "campaign"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Authorities, and a sentence on where they come from."""

    authorities: tuple[Authority, ...]
    source: str


def select_authorities(selection: Selection, synthetic_targets: Path | None, out: Path, console: Console) -> Chosen:
    """Return the authorities to audit. Raises BadInput when there are none."""
    national = load_national_frame()
    targets = synthetic_targets or selection.targets
    if targets is not None:
        read = read_targets(targets, national)
        if read.rejects:
            rejects = write_rejects(read.rejects, out / "targets.rejects.csv")
            console.print(f"{len(read.rejects)} rows of {targets} were set aside: see {rejects}", style="yellow")
        chosen = Chosen(tuple(read.authorities), f"{targets.name}, completed from {national.source}")
    else:
        frame = load_frame(selection.frame_file) if selection.frame_file else national
        chosen = Chosen(tuple(frame.select(departement=selection.departement)), frame.source)
    if not chosen.authorities:
        raise BadInput("no authority matches: check the file or --departement")
    return chosen
