"""Answers of name servers, as a capture keeps them."""

from enum import StrEnum

from services.contracts.model import Record


class DnsStatus(StrEnum):
    """The outcome of a DNS question."""

    OK = "ok"
    NXDOMAIN = "nxdomain"
    NO_DATA = "no_data"
    FAILURE = "failure"
    """SERVFAIL, time-out or no resolver: proves nothing."""


class DnsRecord(Record):
    """The answers to the questions asked about one name."""

    name: str
    status: DnsStatus
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    ns: tuple[str, ...] = ()
    detail: str = ""
