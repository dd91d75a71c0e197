"""Settings that every process shares, read once from ``AUDIT_*`` variables."""

from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.contracts.errors import BadInput

S = TypeVar("S", bound=BaseSettings)


class RuntimeSettings(BaseSettings):
    """Logs. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line that is written."""
    log_format: Literal["auto", "human", "json"] = "auto"
    """``auto`` is human-readable on a terminal and JSON otherwise."""


def read_settings(kind: type[S], **overrides: object) -> S:
    """Read settings from the environment, then the overrides. Raises BadInput naming the variable."""
    try:
        values: Any = {name: value for name, value in overrides.items() if value is not None}
        return kind(**values)
    except ValidationError as error:
        problem = error.errors()[0]
        name = "AUDIT_" + "_".join(str(part) for part in problem["loc"][:1]).upper()
        raise BadInput(f"{name}={problem.get('input')!r}: {problem['msg']}") from error
