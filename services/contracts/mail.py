"""What the name servers say of a mail domain and of a site's domain, as a capture keeps it."""

from services.contracts.model import Record
from services.contracts.names import DnsStatus


class MailExchange(Record):
    """One MX record (RFC 5321, section 5.1), with the addresses of its host. The lowest preference is tried first."""

    host: str
    preference: int
    addresses: tuple[str, ...] = ()


class TextAnswer(Record):
    """The answer to a question for TXT records: those that begin as was looked for, each joined to one text."""

    name: str
    status: DnsStatus
    texts: tuple[str, ...] = ()


class MailRecord(Record):
    """What is published for the mail of one domain.

    ``status`` is that of the MX question; a null MX (RFC 7505) is no exchange. ``spf`` holds ``v=spf1`` records,
    ``dmarc`` those at ``_dmarc.`` that begin ``v=DMARC1``. ``dkim`` are the selectors, of those that were asked for,
    that have a key: others may exist, since a selector's name is free.
    """

    domain: str
    status: DnsStatus
    exchanges: tuple[MailExchange, ...] = ()
    spf: TextAnswer
    dmarc: TextAnswer
    dkim: tuple[str, ...] = ()
