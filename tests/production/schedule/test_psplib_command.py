"""`manage.py psplib`: a table or JSON of how well the instances of a folder are levelled."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from tests.production.schedule.generated import project
from tests.production.schedule.test_psplib import HAND_MADE


@pytest.fixture
def folder(tmp_path):
    """Three instances; what is published of them."""
    for name, seed in (("j301_2.sm", 2), ("j301_10.sm", 3)):
        (tmp_path / name).write_text(project(seed, jobs=8))
    (tmp_path / "j301_1.sm").write_text(HAND_MADE)
    (tmp_path / "j30opt.sm").write_text("Parameter Instance Makespan\n 1 1 7 0.1\n 48 10 54 0.1\n")
    (tmp_path / "j30hrs.sm").write_text("1 1 7\n")
    return tmp_path


def told(capsys, *arguments):
    call_command("psplib", *map(str, arguments))
    return capsys.readouterr().out


def test_each_instance_has_a_line(folder, capsys):
    head, *rows, summary = told(capsys, folder, "--seconds", 20).splitlines()
    assert "makespan" in head
    assert "工期" in head
    assert [row.split()[0] for row in rows] == ["j301_1", "j301_2", "j301_10"]
    assert rows[0].split()[1:4] == ["7", "7", "yes"]
    assert "7 reached" in rows[0]
    assert "reached" not in rows[1]
    assert summary.startswith("3 instances 个算例, 3 proven 已证明, 1 of 1 published")


def test_json_for_machines(folder, capsys):
    found = json.loads(told(capsys, folder, "--seconds", 20, "--json"))
    first = found["instances"][0]
    assert first.pop("seconds") >= 0
    assert first == {
        "instance": "j301_1",
        "makespan": 7,
        "bound": 7,
        "heuristic": 7,
        "proven": True,
        "optimum": 7,
    }
    assert found["instances"][1]["optimum"] is None
    assert found["summary"].pop("seconds") >= 0
    assert found["summary"] == {"instances": 3, "proven": 3, "published": 1, "reached": 1}


def test_without_time_the_rules_still_answer(folder, capsys):
    found = json.loads(told(capsys, folder, "--seconds", 0, "--json"))
    assert all(row["bound"] <= row["makespan"] == row["heuristic"] for row in found["instances"])


def test_a_makespan_that_contradicts_the_published_one_is_an_error(folder, capsys):
    (folder / "j30opt.sm").write_text("1 1 6\n")
    with pytest.raises(CommandError, match="j301_1"):
        told(capsys, folder)
    assert "not reached" in capsys.readouterr().out


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="There is no folder") as refused:
        call_command("psplib", str(tmp_path / "none"))
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match=r"There is no \.sm file"):
        call_command("psplib", str(tmp_path))


def test_a_file_that_cannot_be_read_is_told_before_anything_is_solved(folder, capsys):
    (folder / "j301_2.sm").write_text(HAND_MADE.replace("    4    4", "    4"))
    with pytest.raises(CommandError, match=r"j301_2\.sm: line 36: 2 numbers are needed"):
        call_command("psplib", str(folder))
    assert capsys.readouterr().out == ""
    (folder / "j30opt.sm").write_text("nothing\n")
    with pytest.raises(CommandError, match=r"j30opt\.sm: no line"):
        call_command("psplib", str(folder))


def test_a_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "j301_1.sm").mkdir()
    with pytest.raises(CommandError, match=r"j301_1\.sm"):
        call_command("psplib", str(tmp_path))


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan"])
def test_time_is_a_number(folder, seconds):
    with pytest.raises(CommandError, match="seconds"):
        call_command("psplib", str(folder), "--seconds", seconds)


def test_help_speaks_both_languages(capsys):
    with pytest.raises(SystemExit):
        call_command("psplib", "--help")
    shown = capsys.readouterr().out
    assert "PSPLIB" in shown
    assert "资源平衡" in shown.replace("\n", "").replace(" ", "")
