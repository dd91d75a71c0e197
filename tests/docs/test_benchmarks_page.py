"""The page of the benchmarks names each one, and each can be started as it says."""

import importlib
import importlib.util
import json
import re
from pathlib import Path

import pytest

from benchmarks.output import parser, tell

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"python -m benchmarks\.(\w+)", (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_benchmark_that_the_page_names_can_be_started(name: str) -> None:
    found = importlib.util.find_spec(f"benchmarks.{name}")
    assert found is not None
    program = f"{found.name}.__main__" if found.submodule_search_locations else found.name
    assert callable(importlib.import_module(program).main)


def test_figures_are_a_table_or_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert parser("what").parse_args(["--json"]).json
    tell("speed", {"sites_per_minute": 12.5, "sites": 4000, "within_target": True}, as_json=True)
    assert json.loads(capsys.readouterr().out)["sites_per_minute"] == 12.5
    tell("speed", {"sites_per_minute": 12.5, "sites": 4000, "within_target": True}, as_json=False)
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in table[1:]] == ["12.500", "4,000", "yes"]
