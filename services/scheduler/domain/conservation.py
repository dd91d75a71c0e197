"""The conservation equation of a campaign: every planned audit is somewhere."""

from pydantic import Field

from services.contracts.model import Record


class Progress(Record):
    """Where a campaign stands. ``planned`` counts every audit, whatever became of it.

    ``confirming`` counts those of the waiting and in flight that confirm the failure of a site that worked.
    """

    planned: int
    measured: int = 0
    unmeasured: dict[str, int] = Field(default_factory=dict)
    excluded: dict[str, int] = Field(default_factory=dict)
    waiting: int = 0
    in_flight: int = 0
    confirming: int = 0

    @property
    def closed(self) -> int:
        """Audits to which nothing more will happen."""
        return self.measured + sum(self.unmeasured.values()) + sum(self.excluded.values())

    @property
    def residue(self) -> int:
        """Planned - (measured + unmeasured + excluded + waiting + in flight): always 0."""
        return self.planned - self.closed - self.waiting - self.in_flight

    @property
    def finished(self) -> bool:
        """Whether every audit is closed."""
        return self.closed == self.planned

    def equation(self) -> str:
        """Return the equation as a line of text."""
        parts = [f"{self.measured} measured"]
        parts += [f"{n} unmeasured ({reason})" for reason, n in sorted(self.unmeasured.items())]
        parts += [f"{n} excluded ({reason})" for reason, n in sorted(self.excluded.items())]
        if self.waiting or self.in_flight:
            parts += [f"{self.waiting} waiting", f"{self.in_flight} in flight"]
        if self.confirming:
            parts[-1] += f" ({self.confirming} to confirm a failure)"
        return f"{self.planned} planned = " + " + ".join(parts)
