"""Projects like those of PSPLIB, written in its layout: made here, so that no file of theirs is kept."""

from __future__ import annotations

from random import Random

STARS = "*" * 72


def project(seed: int, *, jobs: int = 30, strength: float = 0.5, density: float = 0.75) -> str:
    """The text of a single-mode file with four resources. `strength`: from 0, just enough for the largest
    request, to 1, enough for all jobs as early as they can; `density`: how many resources a job uses."""
    dice = Random(seed)  # noqa: S311
    last = jobs + 2
    durations = [0, *(dice.randint(1, 10) for _ in range(jobs)), 0]
    followers = _network(dice, last)
    requests = [[0] * 4, *(_request(dice, density) for _ in range(jobs)), [0] * 4]
    capacities = _capacities(durations, followers, requests, strength)
    return written(durations, followers, requests, capacities)


def _network(dice: Random, last: int) -> list[list[int]]:
    followers: list[set[int]] = [{2, 3, 4}, *(set() for _ in range(last - 1))]
    for job in range(5, last):
        followers[dice.randint(max(2, job - 12), job - 1) - 1].add(job)
    while sum(map(len, followers)) < 1.5 * last:
        job = dice.randint(2, last - 2)
        followers[job - 1].add(dice.randint(job + 1, min(last - 1, job + 12)))
    for job in range(2, last):
        followers[job - 1] = followers[job - 1] or {last}
    return [sorted(names) for names in followers]


def _request(dice: Random, density: float) -> list[int]:
    row = [dice.randint(1, 10) if dice.random() < density else 0 for _ in range(4)]
    return row if any(row) else [0, 0, 0, dice.randint(1, 10)]


def _capacities(durations, followers, requests, strength) -> list[int]:
    starts = [0] * len(durations)
    for job, names in enumerate(followers):
        for name in names:
            starts[name - 1] = max(starts[name - 1], starts[job] + durations[job])
    running = [
        [job for job, start in enumerate(starts) if start <= moment < start + durations[job]]
        for moment in range(starts[-1])
    ]
    found = []
    for resource in range(4):
        least = max(row[resource] for row in requests)
        most = max(least, *(sum(requests[job][resource] for job in now) for now in running))
        found.append(least + round(strength * (most - least)))
    return found


def written(durations, followers, requests, capacities) -> str:
    """A project in the layout of the library."""
    names = "  ".join(f"R {number}" for number in range(1, len(capacities) + 1))
    lines = [
        STARS,
        "file with basedata            : made.bas",
        "initial value random generator: 28123",
        STARS,
        "projects                      :  1",
        f"jobs (incl. supersource/sink ):  {len(durations)}",
        f"horizon                       :  {sum(durations)}",
        "RESOURCES",
        f"  - renewable                 :  {len(capacities)}   R",
        "  - nonrenewable              :  0   N",
        "  - doubly constrained        :  0   D",
        STARS,
        "PROJECT INFORMATION:",
        "pronr.  #jobs rel.date duedate tardcost  MPM-Time",
        f"    1     {len(durations) - 2}      0       38       26       38",
        STARS,
        "PRECEDENCE RELATIONS:",
        "jobnr.    #modes  #successors   successors",
    ]
    for job, names_after in enumerate(followers, 1):
        after = "".join(f"{name:4}" for name in names_after)
        lines.append(f"{job:4}        1{len(names_after):11}        {after}")
    lines += [STARS, "REQUESTS/DURATIONS:", f"jobnr. mode duration  {names}", "-" * 72]
    for job, (duration, row) in enumerate(zip(durations, requests, strict=True), 1):
        lines.append(f"{job:3}      1{duration:6}    " + "".join(f"{units:5}" for units in row))
    row = "".join(f"{units:5}" for units in capacities)
    lines += [STARS, "RESOURCEAVAILABILITIES:", f"  {names}", row, STARS]
    return "\n".join(lines) + "\n"
