"""Files in the layout of PSPLIB are read, bad ones are refused by line, projects like theirs are solved."""

from __future__ import annotations

import pytest

from production.schedule.levelling import level
from production.schedule.plan import Link
from production.schedule.psplib import read_instance, read_optima
from tests.production.schedule.generated import project

#: Jobs 2 and 3 do not fit beside each other on R1, 2 and 4 do: 7 periods are the least.
HAND_MADE = """\
************************************************************************
file with basedata            : hand.bas
initial value random generator: 28123
************************************************************************
projects                      :  1
jobs (incl. supersource/sink ):  5
horizon                       :  10
RESOURCES
  - renewable                 :  2   R
  - nonrenewable              :  0   N
  - doubly constrained        :  0   D
************************************************************************
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      3      0        4       26        4
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          3           2   3   4
   2        1          1           5
   3        1          1           5
   4        1          1           5
   5        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     4       3    0
  3      1     3       2    1
  4      1     3       1    4
  5      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  R 2
    4    4
************************************************************************
"""

OPTIMA = """\
===================================================================
Authors            : somebody
Instance Set       : j30
Type               : sm
-------------------------------------------------------------------
Paramter  Instance  Makespan  CPU-Time[sec.]
-------------------------------------------------------------------
   1         1         43        0.17
   1         2         47        0.04
   48       10         54
===================================================================
"""


def test_a_file_is_read():
    found = read_instance(HAND_MADE)
    assert [(job.key, job.duration) for job in found.plan.jobs] == [(1, 0), (2, 4), (3, 3), (4, 3), (5, 0)]
    assert found.plan.links == [Link(1, 2), Link(1, 3), Link(1, 4), Link(2, 5), Link(3, 5), Link(4, 5)]
    assert found.demands == {1: {}, 2: {"R1": 3}, 3: {"R1": 2, "R2": 1}, 4: {"R1": 1, "R2": 4}, 5: {}}
    assert found.capacities == {"R1": 4, "R2": 4}


def test_it_is_solved_in_periods_of_the_file():
    found = read_instance(HAND_MADE)
    levelled = level(found.plan, found.demands, found.capacities)
    assert (levelled.makespan - found.plan.start, levelled.proven) == (7, True)


def test_windows_line_ends_do_not_matter():
    assert read_instance(HAND_MADE.replace("\n", "\r\n")).demands == read_instance(HAND_MADE).demands


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("jobs (incl", "works (incl", 1, "jobs (incl"),
        (":  5\n", ":  five\n", 6, "five"),
        (":  5\n", ":  6\n", 32, "has 5 jobs, the head of the file 6"),
        ("PRECEDENCE", "PRECEDING", 37, "missing"),
        ("REQUESTS", "WISHES", 37, "missing"),
        ("1          3           2   3   4", "1          3           2   3", 19, "names 2 successors, not 3"),
        ("           2   3   4", "           2   3   9", 19, "9 cannot be a successor"),
        ("   3        1          1           5", "   3        1          1           2", 21, "2 cannot be"),
        ("   4        1          1", "   3        1          1", 22, "job 4 is expected, not 3"),
        ("   4        1          1", "   4        2          1", 22, "single-mode"),
        ("  3      1     3       2    1", "  3      1     3       2", 30, "5 numbers are needed"),
        ("  3      1     3       2    1", "  3      1     3       2    1   1", 30, "3 requests for 2"),
        ("  3      1     3       2    1", "  3      1     -3      2    1", 30, "whole numbers"),
        ("  3      1     3       2    1", "  3      1     3       5    1", 30, "5 units of R1"),
        ("  R 1  R 2\n    4    4", "  R 1  N 1\n    4    4", 35, "only renewable"),
        ("    4    4", "    4", 36, "2 numbers are needed"),
        ("    4    4", "    4    4    4", 36, "here are 3"),
        ("  R 1  R 2\n    4    4\n", "  R 1  R 2\n", 35, "a line of names and a line of numbers"),
    ],
)
def test_bad_input_is_refused_by_line(old, new, line, why):
    text = HAND_MADE.replace(old, new)
    assert text != HAND_MADE
    with pytest.raises(ValueError, match=f"^line {line}: ") as refused:
        read_instance(text)
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["", "\n\n", "\x00\x01", HAND_MADE[:600], HAND_MADE[:1200]])
def test_torn_files_are_refused(text):
    with pytest.raises(ValueError, match=r"^line \d+: "):
        read_instance(text)


def test_published_optima_are_read():
    assert read_optima(OPTIMA) == {(1, 1): 43, (1, 2): 47, (48, 10): 54}
    with pytest.raises(ValueError, match="parameter, instance and makespan"):
        read_optima("nothing here")


@pytest.mark.parametrize("seed", range(6))
def test_projects_of_thirty_jobs_are_proven(seed):
    found = read_instance(project(seed, strength=0.35 + 0.1 * (seed % 3), density=0.5 + 0.25 * (seed % 2)))
    levelled = level(found.plan, found.demands, found.capacities, seconds=30, steady=False)
    assert levelled.proven
    assert levelled.overloads == ()
    assert levelled.makespan <= levelled.heuristic
