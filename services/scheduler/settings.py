"""The scheduler's settings, read once from ``AUDIT_*`` variables."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SchedulerSettings(BaseSettings):
    """How work is released. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    window: int = Field(default=6, ge=1)
    """Audits released and not yet closed, at most."""
    tick_seconds: float = Field(default=0.5, gt=0)
    """Seconds between two looks at what can be released, in a scheduler process."""
    request_interval: float = Field(default=1.0, ge=0)
    """Seconds between two requests to one host: so long a host group rests between two of its audits."""
    audit_budget: float = Field(default=300.0, gt=0)
    """Seconds an audit may take from release to close; after twice that it is released again."""
    metrics_interval: float = Field(default=15.0, gt=0)
    """Seconds between two looks at the ledger for the metrics."""
    max_releases: int = Field(default=3, ge=1)
    """Releases after which an audit that never closed is unmeasured (stuck)."""
    confirm_after_hours: tuple[Annotated[float, Field(ge=0, le=24 * 30)], ...] = Field(
        default=(6.0, 24.0, 72.0), max_length=10
    )
    """Hours after its first failure at which a site that worked before is tried again; none when empty."""

    @field_validator("confirm_after_hours")
    @classmethod
    def _ascending(cls, hours: tuple[float, ...]) -> tuple[float, ...]:
        if list(hours) != sorted(hours):
            raise ValueError("give the hours in ascending order, for instance [6, 24, 72]")
        return hours

    @property
    def confirm_after(self) -> tuple[timedelta, ...]:
        """The same as spans of time."""
        return tuple(timedelta(hours=hours) for hours in self.confirm_after_hours)
