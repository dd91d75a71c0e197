"""The rules of the tree."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "services").rglob("*.py"))
MAX_LINES = 400


def tracked_text() -> list[Path]:
    """Return every text file that git tracks, or would."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    suffixes = {".py", ".toml", ".md", ".sh", ".html", ".css", ".js", ".lock", ".yml", ".json", ""}
    paths = (ROOT / name for name in listing.stdout.splitlines())
    return [path for path in paths if path.suffix in suffixes and path.is_file()]


def test_the_dependency_rule_holds() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_held_in_the_head(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


@pytest.mark.parametrize("path", sorted((ROOT / "services").rglob("*.toml")), ids=lambda path: path.name)
def test_data_files_parse(path: Path) -> None:
    tomllib.loads(path.read_text(encoding="utf-8"))


def test_no_file_names_this_machine() -> None:
    machine = [str(ROOT), str(Path.home()), sys.prefix]
    found = [
        f"{path.relative_to(ROOT)}: {place}"
        for path in tracked_text()
        for place in machine
        if place in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_the_locked_requirements_name_no_address() -> None:
    lock = (ROOT / "requirements" / "dev.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert not re.search(r"^--(?!hash)|index-url|find-links", lock, re.MULTILINE)


def test_the_locked_requirements_carry_hashes() -> None:
    lock = (ROOT / "requirements" / "dev.lock").read_text(encoding="utf-8")
    names = re.findall(r"^[a-z0-9][\w.\-\[\],]*==", lock, re.MULTILINE)
    assert len(names) > 50
    assert lock.count("==") == len(names)
    blocks = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert all("--hash=sha256:" in block for block in blocks)


def test_every_setting_says_what_it_is_for() -> None:
    for path in sorted((ROOT / "services").rglob("settings.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for field, following in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(field, ast.AnnAssign):
                    said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
                    assert said, f"{path.name}: {ast.unparse(field.target)} has no description"
