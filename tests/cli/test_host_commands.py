"""Leaving hosts alone from the command line."""

import json
from pathlib import Path

from tests.cli.test_command_line import command


def test_an_opt_out_is_added_listed_and_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    added = command("optout", "add", "https://www.Ville.fr/", "--reason", "demande du maire", "--out", out)
    assert added.returncode == 0, added.stderr
    assert "ville.fr is not visited any more" in added.stdout
    listed = json.loads(command("optout", "list", "--json", "--out", out).stdout)
    assert [(rule["host"], rule["reason"]) for rule in listed] == [("ville.fr", "demande du maire")]
    assert command("optout", "remove", "ville.fr", "--out", out).returncode == 0
    assert json.loads(command("optout", "list", "--json", "--out", out).stdout) == []


def test_a_host_group_is_stopped_and_resumed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command("hosts", "stop", "agenda.ville.fr", "--reason", "incident", "--out", out).returncode == 0
    assert "ville.fr" in command("hosts", "list", "--out", out).stdout
    assert command("hosts", "resume", "ville.fr", "--out", out).returncode == 0
    again = command("hosts", "resume", "ville.fr", "--out", out)
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)


def test_a_bad_host_is_one_clear_line(tmp_path: Path) -> None:
    result = command("optout", "add", "pas un hôte", "--reason", "x", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "not a host name" in result.stderr
