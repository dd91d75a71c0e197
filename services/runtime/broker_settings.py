"""The settings of the connection to RabbitMQ, read once from ``AUDIT_AMQP_*`` variables."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class BrokerSettings(BaseSettings):
    """How RabbitMQ is reached. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    amqp_url: str = "amqp://127.0.0.1:5672/%2F"
    """Address of the broker, ``amqp://USER@HOST:PORT/VHOST``; ``amqps://`` for TLS."""
    amqp_password: SecretStr | None = None
    """Password of the user in the URL."""
    amqp_password_file: Path | None = None
    """File that holds the password, as container secrets are mounted; wins over AUDIT_AMQP_PASSWORD."""
    amqp_ca_file: Path | None = None
    """PEM file of the authorities that sign the broker's certificate; the system's when unset."""
    amqp_client_certificate: Path | None = None
    """PEM file of our certificate, where the broker asks for one."""
    amqp_client_key: Path | None = None
    """PEM file of that certificate's private key."""
    amqp_heartbeat: int = Field(default=60, ge=5)
    """Seconds after which a silent connection is taken for dead."""
    amqp_blocked_timeout: float = Field(default=60.0, gt=0)
    """Seconds a publisher waits while the broker is out of memory or disk, before it tries another connection."""
    amqp_connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds to open a connection."""
    amqp_publish_patience: float = Field(default=60.0, gt=0)
    """Seconds a message is tried again while the broker cannot be reached, before that is a failure."""
    amqp_max_reconnect_delay: float = Field(default=30.0, gt=0)
    """The longest wait between two attempts to reach the broker, in seconds; the waits double and are jittered."""
