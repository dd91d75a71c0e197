"""Settings of the canaries, read once from ``AUDIT_CANARY_*`` variables."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class CanarySettings(BaseSettings):
    """How the canaries are served and audited. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    canary_interval: float = Field(default=900.0, gt=0)
    """Seconds from the start of a round to the start of the next."""
    canary_budget: float = Field(default=600.0, gt=0, validate_default=True)
    """Seconds that a round may take; what has not ended then is late. At most AUDIT_CANARY_INTERVAL."""
    canary_address: str = "127.0.0.1"
    """IPv4 address on which the sites answer; the fetchers must reach it, and nobody else should."""
    canary_port: int = Field(default=9480, ge=0, le=65535)
    """Port on which the sites answer, HTTP and HTTPS; a free one when 0."""
    canary_folder: Path = Path("canary")
    """Folder of the canaries' certificate authority; its ``ca.pem`` is for AUDIT_TRUSTED_CA of the fetchers."""

    @field_validator("canary_budget")
    @classmethod
    def _ends_before_the_next_round(cls, budget: float, others: ValidationInfo) -> float:
        if budget > others.data.get("canary_interval", budget):
            raise ValueError("a round must end before the next one begins: at most AUDIT_CANARY_INTERVAL")
        return budget
