"""A machine without a network concludes nothing about sites."""

import errno

import pytest

from services.contracts.reasons import Reason
from services.fetcher.adapters import egress as module
from services.fetcher.adapters.egress import Egress, EgressFailure
from services.fetcher.adapters.resolver import Resolver
from services.fetcher.domain.connect_rules import parse_connect_rules


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errno.ENETUNREACH, Reason.NETWORK_FAILURE),
        (errno.EMFILE, Reason.NETWORK_FAILURE),
        (errno.ECONNREFUSED, Reason.UNREACHABLE),
    ],
)
async def test_what_our_machine_refuses_is_not_held_against_the_site(
    error: int, kind: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_address: str, _port: int) -> None:
        raise OSError(error, "no")

    monkeypatch.setattr(module, "_open", fail)
    rules = parse_connect_rules(["www.a.fr=127.0.0.1:9"])
    with pytest.raises(EgressFailure) as failed:
        await Egress(resolver=Resolver(), rules=rules).connect("www.a.fr", 443)
    assert failed.value.kind is kind
