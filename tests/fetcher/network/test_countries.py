"""The country of an address, from files of ranges."""

from pathlib import Path

import pytest

from services.contracts.errors import BadInput
from services.fetcher.adapters.countries import Countries

FOUR = "# comment\n16777216,16777471,AU\n16777472,16778239,??\n3405803776,3405804031,FR\n"
SIX = "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,NL\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    four, six = tmp_path / "geoip", tmp_path / "geoip6"
    four.write_text(FOUR, encoding="utf-8")
    six.write_text(SIX, encoding="utf-8")
    return four, six


def test_an_address_is_found_in_its_range(files: tuple[Path, Path]) -> None:
    countries = Countries(files)
    assert countries.of("1.0.0.0") == countries.of("1.0.0.255") == "AU"
    assert countries.of("203.0.113.10") == "FR"
    assert countries.of("2001:db8::25") == "NL"


def test_what_no_range_holds_is_not_known(files: tuple[Path, Path]) -> None:
    countries = Countries(files)
    assert {countries.of(address) for address in ("0.0.0.1", "1.0.1.0", "8.8.8.8", "2002::1", "pas une adresse")} == {
        None
    }
    assert Countries().of("1.0.0.0") is None


@pytest.mark.parametrize("line", ["1,2", "a,b,FR", "1,2,3,4", "::1,x,FR"])
def test_a_line_that_is_no_range_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "geoip"
    path.write_text(f"5,6,FR\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 2: not FIRST,LAST,COUNTRY"):
        Countries([path])


def test_a_file_that_is_missing_or_given_twice_is_bad_input(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Countries([tmp_path / "none"])
    with pytest.raises(BadInput, match="each file given once"):
        Countries([files[0], files[0]])
