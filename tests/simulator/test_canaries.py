"""The canaries: sites of known truth under names that nobody can own, and an authority believed for those alone."""

import asyncio
import ssl
import stat
from pathlib import Path

import pytest

from services.contracts.errors import BadInput
from services.contracts.verdicts import State
from services.simulator.canaries import canaries, canary_country
from services.simulator.coherence import cohere
from services.simulator.country import SyntheticSite
from services.simulator.features import Status
from services.simulator.kept_authority import CERTIFICATE, KEY, kept_authority
from services.simulator.server import serve
from services.simulator.truth import truth_of

SUFFIX = "canary.test"
SITES = tuple(canary_country().sites.values())


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.authority.name)
def test_what_a_canary_is_like_can_be_true_of_one_site(site: SyntheticSite) -> None:
    assert cohere(site.features) == site.features


def test_the_names_are_reserved_and_the_codes_are_of_no_commune() -> None:
    for site in SITES:
        suffix = ".invalid" if site.features.status is Status.DNS_DEAD else f".{SUFFIX}"
        assert all(host.endswith(suffix) for host in site.hosts)
        assert site.authority.code.startswith("99")
    assert canaries().suffix == SUFFIX


def test_the_canaries_tell_a_good_site_from_a_bad_one_in_each_family() -> None:
    known: dict[str, set[State]] = {}
    for site in SITES:
        for indicator, verdict in truth_of(site).verdicts.items():
            known.setdefault(indicator, set()).add(verdict.state)
    for indicator in ("has_functional_site", "mobile_full", "legal_notice", "tls_valid", "https_enforced", "hsts"):
        assert {State.YES, State.NO} <= known[indicator], indicator
    assert {site.features.status for site in SITES} >= {Status.BLOCKED, Status.DNS_DEAD, Status.PARKED}


async def handshake(port: int, name: str, trusted: Path) -> None:
    context = ssl.create_default_context(cafile=str(trusted))
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    writer.close()


async def test_the_authority_is_believed_for_the_canaries_and_for_nobody_else(tmp_path: Path) -> None:
    authority = kept_authority(tmp_path, only_below=SUFFIX)
    async with serve(canary_country(), authority=authority) as served:
        await handshake(served.port, f"www.fontcanari.{SUFFIX}", tmp_path / CERTIFICATE)
        # The server has a certificate of the same authority for any name it is asked for.
        for name in ("www.impots.gouv.fr", "canary.test.example.fr", "notcanary.test"):
            with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
                await handshake(served.port, name, tmp_path / CERTIFICATE)


async def test_a_client_that_trusts_the_first_start_trusts_the_next(tmp_path: Path) -> None:
    kept_authority(tmp_path / "kept", only_below=SUFFIX)
    trusted = tmp_path / "copied.pem"
    trusted.write_bytes((tmp_path / "kept" / CERTIFICATE).read_bytes())
    assert stat.S_IMODE((tmp_path / "kept" / KEY).stat().st_mode) == 0o600
    async with serve(canary_country(), authority=kept_authority(tmp_path / "kept", only_below=SUFFIX)) as served:
        await handshake(served.port, f"www.fontcanari.{SUFFIX}", trusted)


def test_a_damaged_key_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / KEY).write_text("no key", encoding="utf-8")
    with pytest.raises(BadInput, match=r"ca\.key: is no key; delete it"):
        kept_authority(tmp_path, only_below=SUFFIX)
