"""No text and no address makes the fetcher connect to anything but the public Internet."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.domain.address_policy import is_local_name, is_public

FORBIDDEN = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "2a00::1%eth0", "fec0::1", "ff02::1", "4000::1",
    "", "localhost", "8.8.8", "08.8.8.8", "0x8.8.8.8", "134744072", "8.8.8.8 ", "8.8.8.8:80", "[", "[]", "2a00::1::2",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2a01:cb00::1", "2606::1"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_special_addresses_and_texts_that_are_none_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_are_accepted(address: str) -> None:
    assert is_public(address)
    assert is_public(f"[{address}]")


@given(st.ip_addresses())
def test_what_python_knows_as_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_lets_an_ipv4_address_in(address: IPv4Address) -> None:
    embedded = int(address)
    teredo = (0x20010000 << 96) | (embedded ^ 0xFFFFFFFF)
    forms = [embedded, 0xFFFF << 32 | embedded, 0x64FF9B << 96 | embedded, 0x2002 << 112 | embedded << 80, teredo]
    assert not any(is_public(str(IPv6Address(form))) for form in forms)


@given(st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "fc00::/7"]), st.data())
def test_no_address_of_a_private_network_is_public(network: str, data: st.DataObject) -> None:
    block = ip_network(network)
    offset = data.draw(st.integers(0, block.num_addresses - 1))
    assert not is_public(str(block[offset]))


@given(st.text(max_size=40))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_public(text) in {True, False}


def test_the_names_of_this_machine_are_known() -> None:
    assert is_local_name("localhost")
    assert is_local_name("x.localhost")
    assert not is_local_name("localhost.fr")
