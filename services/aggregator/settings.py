"""The aggregator's settings, read once from ``AUDIT_*`` variables."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AggregatorSettings(BaseSettings):
    """How the state of the country is kept. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    statistics_interval: float = Field(default=300.0, gt=0)
    """Seconds between two looks at whether the national figures of the metrics are to be derived again."""
