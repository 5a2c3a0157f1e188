"""Who is busy when: units of each resource per half-day, and where they exceed its capacity. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from production.schedule.plan import Plan

#: A person, a department, a machine: whatever hashable the caller counts by.
Resource = Any
#: Per job key: units it takes of each resource on every half-day it is worked.
Demands = Mapping[int, Mapping[Resource, int]]
#: Units there are at any time; a resource that is not listed is without limit.
Capacities = Mapping[Resource, int]
#: Per job key: start slot and end boundary.
Dates = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Overload:
    """From slot `start` to boundary `end`, `demand` units are asked of the `capacity` there is."""

    resource: Resource
    start: int
    end: int
    demand: int
    capacity: int


def load(plan: Plan, dates: Dates, demands: Demands) -> dict[Resource, dict[int, int]]:
    """Units in use per resource and slot; slots without use are left out. A job counts on the half-days
    of its own calendar between start and end; jobs without dates or demands do not count."""
    found: dict[Resource, dict[int, int]] = {}
    for (resource, calendar), edges in _edges(plan, dates, demands).items():
        slots, units = plan.calendars[calendar], 0
        here = found.setdefault(resource, {})
        for first, behind in pairwise(sorted(edges)):
            units += edges[first]
            if units:
                for number in range(first, behind):
                    slot = slots.at(number)
                    here[slot] = here.get(slot, 0) + units
    return found


def _edges(plan: Plan, dates: Dates, demands: Demands) -> dict[tuple[Resource, int], dict[int, int]]:
    """By how much use rises or falls at which working half-day, per resource and calendar: what a job
    costs does not grow with its length."""
    edges: dict[tuple[Resource, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for job in plan.jobs:
        if job.key not in dates:
            continue
        first, behind = map(plan.calendars[job.calendar].before, dates[job.key])
        for resource, units in demands.get(job.key, {}).items():
            edges[resource, job.calendar][first] += units
            edges[resource, job.calendar][behind] -= units
    return edges


def overloads(plan: Plan, dates: Dates, demands: Demands, capacities: Capacities) -> list[Overload]:
    """Every stretch of neighbouring half-days on which a resource is asked for the same number of units
    above its capacity, by time, at the same time in the order of `capacities`."""
    busy = load(plan, dates, demands)
    found: list[Overload] = []
    for resource, capacity in capacities.items():
        run: Overload | None = None
        for slot, units in sorted(busy.get(resource, {}).items()):
            if units <= capacity:
                continue
            if run and run.end == slot and run.demand == units:
                found.pop()
                run = Overload(resource, run.start, slot + 1, units, capacity)
            else:
                run = Overload(resource, slot, slot + 1, units, capacity)
            found.append(run)
    return sorted(found, key=lambda overload: overload.start)
