"""SPF and DMARC records, read as receivers of mail read them. Pure."""

from dataclasses import dataclass

from services.contracts.mail import MailRecord, TextAnswer
from services.contracts.names import DnsStatus

SPF_VALUES = ("strict", "soft", "permissive", "invalid", "absent")
DMARC_VALUES = ("reject", "quarantine", "none", "absent")
_MOST_QUESTIONS = 10
"""Terms that ask the name servers, beyond which a receiver gives up (RFC 7208, section 4.6.4)."""
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")
_ENDS = {"-": "strict", "~": "soft", "?": "permissive", "+": "permissive"}
_ABSENT = (DnsStatus.OK, DnsStatus.NO_DATA, DnsStatus.NXDOMAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """The policy of a DMARC record (RFC 7489): what becomes of mail that fails, and of which part of it."""

    policy: str
    percent: int = 100

    @property
    def weak(self) -> bool:
        """Whether forged mail still gets through (ANCT, RPNT 0.2.1, criterion 2.7)."""
        return not (self.policy == "reject" or (self.policy == "quarantine" and self.percent >= 100))


def is_known(answer: TextAnswer) -> bool:
    """Whether the name servers answered, be it that there is nothing."""
    return answer.status in _ABSENT


def spf_of(answer: TextAnswer) -> str | None:
    """Return what a domain's SPF says of mail from elsewhere, one of SPF_VALUES.

    None where another domain's record decides (``redirect=``). Only the record's own terms are counted, so that
    ``invalid`` is certain and ``strict`` may still break further down.
    """
    if not answer.texts:
        return "absent"
    terms = answer.texts[0].split()[1:]
    names = [term.lstrip("+-~?").split(":")[0].split("/")[0].split("=")[0] for term in terms]
    if len(answer.texts) > 1 or sum(name in _ASKING for name in names) > _MOST_QUESTIONS:
        return "invalid"
    end = next((term for term, name in zip(terms, names, strict=True) if name == "all"), None)
    if end is None:
        return None if "redirect" in names else "permissive"
    return _ENDS.get(end[0], "permissive")


def dmarc_of(answer: TextAnswer) -> Dmarc | None:
    """Return a domain's DMARC policy, None where there is none, or two, or one that receivers ignore."""
    if len(answer.texts) != 1:
        return None
    tags = dict(tag.strip().split("=", 1) for tag in answer.texts[0].split(";") if "=" in tag)
    tags = {name.strip(): value.strip() for name, value in tags.items()}
    percent = tags.get("pct", "100")
    policy = tags.get("p", "")
    if policy not in DMARC_VALUES[:3]:
        return None
    return Dmarc(policy=policy, percent=int(percent) if percent.isascii() and percent.isdigit() else 100)


def receives(mail: MailRecord) -> bool | None:
    """Whether mail to the domain has somewhere to go; None where the name servers did not say."""
    if mail.status is DnsStatus.FAILURE:
        return None
    return bool(mail.exchanges)
