"""The frame's own file: what is written is what is read."""

from pathlib import Path

import pytest

from services.contracts.errors import BadInput
from services.scheduler.frame.frame import Frame
from services.scheduler.frame.frame_file import load_frame, save_frame
from services.scheduler.frame.national import load_national_frame


@pytest.mark.parametrize("name", ["frame.csv", "frame.csv.zst"])
def test_a_frame_survives_its_file(small_frame: Frame, tmp_path: Path, name: str) -> None:
    save_frame(small_frame, tmp_path / "new" / name)
    read = load_frame(tmp_path / "new" / name)
    assert dict(read.authorities) == dict(small_frame.authorities)
    assert (read.source, read.date, read.licence) == ("a small country", "2026-01-01", "none")
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


def test_the_country_survives_its_file_byte_for_byte(tmp_path: Path) -> None:
    national = load_national_frame()
    save_frame(national, tmp_path / "one.csv")
    again = load_frame(tmp_path / "one.csv")
    assert list(again.authorities.items()) == list(national.authorities.items())
    save_frame(again, tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"code,url\n33063,https://exemple.fr\n", "is not a frame file"),
        (b"", "is not a frame file"),
        (b"\x28\xb5\x2f\xfdrubbish", "is damaged"),
        (b"# commune-audit frame 1\n# source: x\n# date: y\n# licence: z\ncode,kind\n33063,commune\n", "is damaged"),
        (b"# commune-audit frame 1\n\xff\xfe\n", "is damaged"),
    ],
)
def test_what_is_not_a_frame_is_bad_input(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "frame.csv").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        load_frame(tmp_path / "frame.csv")


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        load_frame(tmp_path / "none.csv")


def test_a_cut_file_is_bad_input(small_frame: Frame, tmp_path: Path) -> None:
    path = tmp_path / "frame.csv.zst"
    save_frame(small_frame, path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="is damaged"):
        load_frame(path)
