"""`commune-audit frame`: what an operator sees."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.frame_commands import app
from services.contracts.errors import BadInput
from services.scheduler.frame.frame_file import load_frame
from services.scheduler.frame.national import load_national_frame
from services.scheduler.frame.targets import read_targets


def run(*arguments: str) -> Result:
    """Run a command; an error the top level handles is raised here."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_show_prints_a_card_with_the_source() -> None:
    lines = run("show", "33063").output.splitlines()
    assert lines[0] == "Bordeaux (33063)"
    assert "  département    33 Gironde" in lines
    assert "  EPCI           Bordeaux Métropole (243300316)" in lines
    assert "  read as        https://www.bordeaux.fr/" in lines
    assert "Licence Ouverte 2.0" in lines[-1]


def test_show_says_why_there_is_no_url() -> None:
    assert "no URL: email" in run("show", "39050").output
    assert "no URL: none_declared" in run("show", "01001").output
    assert "no: overseas collectivity" in run("show", "98411").output


def test_show_as_json_holds_the_authority_and_its_url() -> None:
    shown = json.loads(run("show", "62077", "--json").output)
    assert (shown["code"], shown["declared_url"], shown["url"]) == ("62077", "www.bajus.fr", "http://www.bajus.fr/")
    assert shown["in_study"] is True


def test_show_of_an_unknown_code_is_bad_input() -> None:
    with pytest.raises(BadInput, match="did you mean"):
        run("show", "33999")


def test_a_listed_csv_can_be_given_back_as_targets(tmp_path: Path) -> None:
    output = run("list", "--departement", "33", "--format", "csv").output
    rows = list(csv.DictReader(io.StringIO(output)))
    (tmp_path / "targets.csv").write_text(output, encoding="utf-8")
    national = load_national_frame()
    targets = read_targets(tmp_path / "targets.csv", national)
    assert len(rows) == len(targets.authorities) == len(national.select(departement="33"))
    assert targets.rejects == ()
    assert [a.population for a in targets.authorities] == [a.population for a in national.select(departement="33")]


def test_lists_are_filtered() -> None:
    listed = json.loads(run("list", "--region", "corse", "--kind", "epci", "--format", "json").output)
    assert {row["kind"] for row in listed} == {"epci"}
    assert {row["region"] for row in listed} == {"94"}
    assert "authorities" in run("list", "--departement", "2A", "--kind", "epci").output
    with pytest.raises(BadInput, match="no département"):
        run("list", "--departement", "20")


def test_summary_prints_the_totals_and_as_json_the_same() -> None:
    text = run("summary").output
    for total in ("34,875", "68,350,798", "21,466", "1,253", "18,256"):
        assert total in text
    summary = json.loads(run("summary", "--json").output)
    assert (summary["communes"]["count"], summary["epci"]["count"]) == (34875, 1253)


def test_import_writes_a_frame_that_the_other_commands_read(tmp_path: Path) -> None:
    source = tmp_path / "sites.csv"
    source.write_text("code,url\n33063,https://exemple.fr\nabc,https://autre.fr\n", encoding="utf-8")
    out = tmp_path / "frame.csv.zst"
    result = run("import", str(source), "--out", str(out))
    assert "sites.csv (plain): 2 records = 1 kept + 0 merged + 1 rejected + 0 skipped" in result.output
    assert "set aside: sites.csv:3, column code: is neither an INSEE code" in result.output
    assert f"{out}: 34,969 commune, 1,253 epci" in result.output
    assert (tmp_path / "frame.csv.zst.rejects.csv").read_text(encoding="utf-8").count("\n") == 2
    assert load_frame(out).get("33063").declared_url == "https://exemple.fr"
    assert "https://exemple.fr (source: file)" in run("show", "33063", "--frame-file", str(out)).output


def test_import_from_nothing_holds_only_what_the_files_say(tmp_path: Path) -> None:
    source = tmp_path / "sites.csv"
    source.write_text("code,url,name\n33063,https://exemple.fr,Bordeaux\n", encoding="utf-8")
    out = tmp_path / "frame.csv"
    result = run("import", str(source), "--out", str(out), "--base", "empty", "--format", "plain")
    assert "1 commune, 0 epci" in result.output
    assert list(load_frame(out).authorities) == ["33063"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "frame.txt"], "must end with .csv or .csv.zst"),
        (["--out", "frame.csv", "--format", "xml"], "unknown format 'xml'"),
        (["--out", "frame.csv"], "No such file"),
    ],
)
def test_import_refuses_what_it_cannot_do_before_writing(tmp_path: Path, arguments: list[str], message: str) -> None:
    arguments[1] = str(tmp_path / arguments[1])
    with pytest.raises(BadInput, match=message):
        run("import", str(tmp_path / "none.csv"), *arguments)
    assert list(tmp_path.iterdir()) == []
