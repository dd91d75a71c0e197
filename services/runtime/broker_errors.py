"""Failures to reach the broker, told apart once: away for a while, or settings that an operator has to mend."""

# mypy: disable-error-code="import-untyped"
import ssl

from pika.exceptions import ProbableAccessDeniedError, ProbableAuthenticationError

from services.contracts.errors import BadInput

_LONGEST = 300


def unusable(error: BaseException, host: str) -> BadInput | None:
    """Return what is wrong with the settings when that is why a connection failed; None when waiting may help."""
    match error:
        case ssl.SSLCertVerificationError():
            return BadInput(f"AUDIT_AMQP_CA_FILE: the certificate of {host} is not trusted: {error.verify_message}")
        case ProbableAuthenticationError():
            return BadInput(f"AUDIT_AMQP_URL, AUDIT_AMQP_PASSWORD: {host} refuses the user or its password")
        case ProbableAccessDeniedError():
            return BadInput(f"AUDIT_AMQP_URL: {host} refuses the virtual host: {reason(error)}")
    return None


def reason(error: BaseException) -> str:
    """Return in short why a connection failed."""
    return (str(error) or repr(error))[:_LONGEST]
