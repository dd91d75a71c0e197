"""What the synthetic country publishes for the mail of its domains: known, and the same each time. Pure."""

import hashlib
from dataclasses import dataclass

EXCHANGE = "mx.courriel-du-pays.example"
SELECTOR = "mail"
_PARTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSetup:
    """The mail of a domain: ``spf`` is its last term, ``dmarc`` its policy; None where there is no record."""

    received: bool
    spf: str | None
    dmarc: str | None
    signed: bool

    def texts(self, label: str) -> tuple[str, ...]:
        """Return the TXT records at a label below the domain; the empty one is the domain itself."""
        if label == "":
            return ("google-site-verification=abc", f"v=spf1 mx {self.spf}") if self.spf else ()
        if label == "_dmarc":
            return (f"v=DMARC1; p={self.dmarc}",) if self.dmarc else ()
        if label == f"{SELECTOR}._domainkey":
            return ("v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ",) if self.signed else ()
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels below the domain that exist."""
        return tuple(label for label in ("_dmarc", f"{SELECTOR}._domainkey", "_domainkey") if self._exists(label))

    def _exists(self, label: str) -> bool:
        return self.signed if label == "_domainkey" else bool(self.texts(label))


def mail_setup(domain: str) -> MailSetup:
    """Return the mail of a domain: most are received, half are protected."""
    draw = hashlib.sha256(f"mail/{domain}".encode()).digest()
    received = draw[0] % _PARTS > 0
    return MailSetup(
        received=received,
        spf=("-all", "~all", "?all", None)[draw[1] % 4] if received else None,
        dmarc=("reject", "quarantine", "none", None, None)[draw[2] % 5] if received else None,
        signed=received and draw[3] % 2 == 0,
    )
