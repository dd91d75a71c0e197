"""Settings of a service process, read once from ``AUDIT_*`` variables."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """How a service process runs. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    worker_threads: int = Field(default=4, ge=1, le=64)
    """Messages this process works on at a time; for a fetcher, sites."""
    stop_grace: float = Field(default=240.0, ge=0)
    """Seconds that running work may go on after SIGTERM before it is given back; above the budget of a site."""
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of /healthz, /readyz and /metrics; not served when unset, a free port when 0."""
