"""The frame that ships with the program, also by the host of the declared site."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from services.contracts.authorities import Authority
from services.scheduler.domain.site_owner import site_host
from services.scheduler.frame.national import load_national_frame


class ShippedFrame:
    """The national frame; read when it is first needed, which takes seconds and 100 MB."""

    def get(self, code: str) -> Authority:
        """Return the authority with a code. Raises BadInput that names what may have been meant."""
        return load_national_frame().get(code)

    def on_host_of(self, url: str) -> Sequence[Authority]:
        """Return the authorities whose declared site is on the host of a URL."""
        return self._by_host.get(site_host(url), ())

    @cached_property
    def _by_host(self) -> dict[str | None, list[Authority]]:
        found: dict[str | None, list[Authority]] = defaultdict(list)
        for authority in load_national_frame().authorities.values():
            if (host := site_host(authority.declared_url)) is not None:
                found[host].append(authority)
        return dict(found)
