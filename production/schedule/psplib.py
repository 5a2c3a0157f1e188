"""Instances of the public project scheduling library PSPLIB: single-mode `.sm` files, and the lists of
published optima beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from erp.workdays import Slots, WorkCalendar, slot_of
from production.schedule.load import Capacities, Demands
from production.schedule.plan import Job, Link, Plan

#: Instances know periods, not dates: a calendar without any rest, from some day on.
FIRST = date(2000, 1, 3)
JOBS, FOLLOWERS, REQUESTS, UNITS = (
    "jobs (incl. supersource/sink ):",
    "PRECEDENCE RELATIONS:",
    "REQUESTS/DURATIONS:",
    "RESOURCEAVAILABILITIES:",
)
NAME = re.compile(r"([RND])\s*(\d+)")
LISTED = re.compile(r"\s*(\d+)\s+(\d+)\s+(\d+)(\s.*)?")

#: Number in the file, from 1 on, and text.
Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Instance:
    """One project. A period of the file is one half working day; period 0 begins at `plan.start`."""

    plan: Plan
    demands: Demands
    capacities: Capacities


def read_instance(text: str) -> Instance:
    """The project of a single-mode file. Raises ValueError, with the number of the line, for bad input."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    count = _count(lines)
    capacities = _capacities(_section(lines, UNITS))
    jobs, demands = [], {}
    for line, (key, _, duration, *units) in _rows(_section(lines, REQUESTS), count, 3 + len(capacities)):
        jobs.append(Job(key, duration))
        demands[key] = _asked(line, units, capacities)
    calendar = Slots(WorkCalendar(rest=frozenset()), FIRST, FIRST)
    links = list(_links(_section(lines, FOLLOWERS), count))
    return Instance(Plan(jobs, links, {0: calendar}, slot_of(FIRST)), demands, capacities)


def read_optima(text: str) -> dict[tuple[int, int], int]:
    """Published makespan by parameter and instance number; lines that do not begin with three numbers
    are headings. Raises ValueError when there is none."""
    found = {}
    for line in text.splitlines():
        if match := LISTED.fullmatch(line):
            parameter, instance, makespan = map(int, match.groups()[:3])
            found[parameter, instance] = makespan
    if not found:
        raise ValueError("no line has the three numbers parameter, instance and makespan")
    return found


def _refuse(line: int, why: str) -> NoReturn:
    raise ValueError(f"line {line}: {why}")


def _count(lines: Iterable[Line]) -> int:
    """How many jobs the head of the file promises."""
    for number, line in lines:
        head, colon, rest = line.partition(":")
        if _squeezed(head + colon) == _squeezed(JOBS):
            return _numbers((number, rest), 1)[0]
    raise ValueError(f"line 1: there is no line “{JOBS}”")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _section(lines: list[Line], title: str) -> list[Line]:
    """The lines below a title up to the next line of asterisks, without rulers; the title is the first."""
    section = [line for line in lines if line[1] == title][:1]
    if not section:
        raise ValueError(f"line {len(lines)}: the section “{title}” is missing")
    for number, line in lines[section[0][0] :]:
        if line.startswith("**"):
            break
        if line and not line.startswith("--"):
            section.append((number, line))
    return section


def _numbers(line: Line, least: int) -> list[int]:
    """The numbers of a line, at least so many."""
    words = line[1].split()
    if not all(word.isascii() and word.isdigit() for word in words):
        _refuse(line[0], f"“{line[1]}” is not made of whole numbers")
    if len(words) < least:
        _refuse(line[0], f"{least} numbers are needed, here are {len(words)}")
    return [int(word) for word in words]


def _rows(section: list[Line], count: int, least: int) -> Iterator[tuple[int, list[int]]]:
    """(line, numbers) of each job in turn, below the title and the names of the columns."""
    rows = section[2:]
    if len(rows) != count:
        last = section[-1][0]
        _refuse(last, f"“{section[0][1]}” has {len(rows)} jobs, the head of the file {count}")
    for place, row in enumerate(rows, 1):
        numbers = _numbers(row, least)
        if numbers[0] != place:
            _refuse(row[0], f"job {place} is expected, not {numbers[0]}")
        if numbers[1] != 1:
            _refuse(row[0], f"job {place} has mode or modes {numbers[1]}; only single-mode files are read")
        yield row[0], numbers


def _capacities(section: list[Line]) -> dict[str, int]:
    """Units by name of the resource: a line of names and a line of numbers."""
    if len(section) != 3:
        _refuse(section[-1][0], f"“{UNITS}” needs a line of names and a line of numbers")
    names = NAME.findall(section[1][1])
    if any(kind != "R" for kind, _ in names):
        _refuse(section[1][0], "only renewable resources (R) are read")
    return dict(zip((kind + number for kind, number in names), _exactly(section[2], len(names)), strict=True))


def _exactly(line: Line, count: int) -> list[int]:
    numbers = _numbers(line, count)
    if len(numbers) != count:
        _refuse(line[0], f"{count} numbers are needed, here are {len(numbers)}")
    return numbers


def _asked(line: int, units: list[int], capacities: Capacities) -> dict[str, int]:
    """Units by resource that one job asks for."""
    if len(units) != len(capacities):
        _refuse(line, f"{len(units)} requests for {len(capacities)} resources")
    for (resource, capacity), asked in zip(capacities.items(), units, strict=True):
        if asked > capacity:
            _refuse(line, f"{asked} units of {resource} are asked for, there are {capacity}")
    return {str(resource): asked for resource, asked in zip(capacities, units, strict=True) if asked}


def _links(section: list[Line], count: int) -> Iterator[Link]:
    for line, (key, _, promised, *followers) in _rows(section, count, 3):
        if len(followers) != promised:
            _refuse(line, f"job {key} names {len(followers)} successors, not {promised}")
        for follower in followers:
            if not key < follower <= count:
                # In these files a job's number is larger than that of any job it waits for.
                _refuse(line, f"{follower} cannot be a successor of job {key}")
            yield Link(key, follower)
