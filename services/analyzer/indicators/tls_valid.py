"""The certificate of the site is valid: chain, host name, dates."""

from services.analyzer.indicator import Indicator
from services.analyzer.transport.https import judge_certificate
from services.contracts.verdicts import Denominator, State

INDICATOR = Indicator(
    id="tls_valid",
    label="Certificat TLS valide",
    family=3,
    denominator=Denominator.SITE,
    rule=judge_certificate,
    states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
    summary="Le certificat du site est reconnu, à son nom et en cours de validité (partiel : chaîne incomplète).",
    source="RFC 5280 ; RFC 6125 ; RPNT 1.5",
    values=(
        "no_tls",
        "expired",
        "not_yet_valid",
        "hostname_mismatch",
        "self_signed",
        "unknown_authority",
        "incomplete_chain",
        "revoked",
        "other",
    ),
)
