"""Settings of the database, read once from ``AUDIT_DATABASE_*`` variables."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """Where the database is. Every field can be set as ``AUDIT_<NAME>`` in the environment.

    No field is required and no validator looks at a secret: an error about a field repeats its input.
    """

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    database_url: SecretStr | None = None
    """``postgresql://user@host:5432/name`` or ``sqlite:///path/to/file.db``. Secret: it may hold a password."""
    database_password: SecretStr | None = None
    """Password of the database user; replaces the one in the URL."""
    database_password_file: Path | None = None
    """File whose content is the password, for secrets mounted as files; used when no password is given."""
    database_tls: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    """TLS to PostgreSQL, as libpq's sslmode. Only ``verify-full`` knows whom it talks to."""
    database_tls_ca: Path | None = None
    """PEM file of the authorities that may sign the server's certificate, for ``verify-ca`` and ``verify-full``."""
    database_application_name: str = Field(default="commune-audit", max_length=63)
    """Name of this process in PostgreSQL's activity view and logs."""
    database_pool_size: int = Field(default=5, ge=1, le=100)
    """Connections kept open; as many again are opened under load."""
    database_connect_timeout: int = Field(default=10, ge=2)
    """Seconds to open a connection, at most."""
    database_statement_timeout: float = Field(default=60.0, gt=0)
    """Seconds a statement may take, at most; migrations are not bound by it."""
