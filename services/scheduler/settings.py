"""The scheduler's settings, read once from ``AUDIT_*`` variables."""

from pydantic import Field
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
    max_releases: int = Field(default=3, ge=1)
    """Releases after which an audit that never closed is unmeasured (stuck)."""
