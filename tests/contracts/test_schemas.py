"""The committed JSON Schemas."""

from pathlib import Path

from scripts.build_schemas import schemas

FOLDER = Path("services/contracts/schemas")


def test_the_committed_schemas_are_those_of_the_messages() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert committed == schemas(), "run scripts/build_schemas.py"
