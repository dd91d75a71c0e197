"""In which country an address is registered, by files of ranges such as Debian's tor-geoipdb installs.

The files hold ``first,last,country`` a line: IPv4 addresses as numbers, IPv6 ones as text (IPFire Location database,
CC BY-SA 4.0).
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from services.contracts.errors import BadInput
from services.fetcher.domain.address_policy import parse_address

_UNKNOWN = "??"


@dataclass(slots=True)
class _Ranges:
    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)

    def find(self, address: int) -> str | None:
        place = bisect_right(self.firsts, address) - 1
        return self.countries[place] if place >= 0 and address <= self.lasts[place] else None


class Countries:
    """Answers from files read once, which takes some seconds. Without files it knows nothing."""

    def __init__(self, files: Iterable[Path] = ()) -> None:
        self._ranges = {4: _Ranges(), 6: _Ranges()}
        for path in files:
            self._read(path)

    def of(self, address: str) -> str | None:
        """Return the ISO 3166 code of the country of an address, None where it is not known."""
        parsed = parse_address(address)
        return None if parsed is None else self._ranges[parsed.version].find(int(parsed))

    def _read(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip() and not line.startswith("#"):
                        self._add(line, f"{path}, line {number}")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"AUDIT_COUNTRY_FILES: {path} cannot be read: {error}") from error

    def _add(self, line: str, where: str) -> None:
        try:
            first, last, country = line.strip().split(",")
            version = 6 if ":" in first else 4
            start, end = (int(ip_address(text)) if version == 6 else int(text) for text in (first, last))
        except ValueError as error:
            raise BadInput(f"AUDIT_COUNTRY_FILES: {where}: not FIRST,LAST,COUNTRY") from error
        ranges = self._ranges[version]
        if ranges.firsts and start <= ranges.lasts[-1]:
            raise BadInput(f"AUDIT_COUNTRY_FILES: {where}: ranges must be in order, each file given once")
        if country != _UNKNOWN:
            ranges.firsts.append(start)
            ranges.lasts.append(end)
            ranges.countries.append(country)
