"""The levelling problem for the constraint solver (OR-Tools CP-SAT).

The solver is loaded by the first call, not by importing this module: it costs half a second at start-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from production.schedule.positions import BY_START, Pool, Positions, Problem

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

#: Threads that look for the smallest makespan, each in its own manner. Not as many as there are cores:
#: a server has other things to do, and the proof takes longest when more of them share two cores.
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: positions (None: nothing in time), a proven lower bound of the aim, and
    whether the positions reach it."""

    positions: dict[int, int] | None
    bound: int
    proven: bool


def shortest(problem: Problem, hint: Positions, bound: int, seconds: float) -> Answer:
    """Aim: the smallest makespan (a boundary), known to be neither below `bound` nor above that of
    `hint`. Stops after `seconds`."""
    model = Model(problem, problem.makespan(hint), hint)
    model.cp.minimize(model.add_makespan(bound))
    answer = model.solve(seconds, WORKERS)
    return Answer(answer.positions, max(bound, problem.time.end(answer.bound)), answer.proven)


def steadiest(problem: Problem, hint: Positions, end: int, wanted: Positions, seconds: float) -> Answer:
    """Aim: the smallest sum of shifts against `wanted`, in working half-days of each job, among all
    schedules that end at `end` or before. Stops after `seconds`. Of several schedules with that sum it
    always finds the same: it searches in one thread, which for this aim is also the fastest."""
    model = Model(problem, end, hint)
    model.add_makespan(end)
    model.cp.minimize(sum(model.shift(key, wanted[key]) for key in problem.moving))
    return model.solve(seconds, 1)


class Model:
    """Positions as variables, with all rules and capacities. `end`: the boundary behind which nothing
    may end; `hint`: a schedule to begin from."""

    def __init__(self, problem: Problem, end: int, hint: Positions) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model.CpModel()
        self._problem, self._end = problem, end
        low, high = problem.earliest, problem.latest(end)
        self._range = {key: (low[key], max(low[key], high[key])) for key in problem.order}
        self._x = {key: self.cp.new_int_var(*self._range[key], f"x{key}") for key in problem.order}
        self._reached: dict[tuple[int, int], cp_model.IntVar] = {}
        for key, position in self._x.items():
            self.cp.add_hint(position, hint[key])
        self._add_waits()
        self._limits: list[tuple[Pool, list[Any], list[int]]] = []
        for pool in problem.pools:
            self._limits.append((pool, *self._holds(pool)))

    def _add_waits(self) -> None:
        for links in self._problem.waits.values():
            for link in links:
                low, high = self._range[link.before]
                least = [self._problem.least(link, position) for position in range(low, high + 1)]
                self.cp.add(self._x[link.after] >= self._image(link.before, least))

    def _image(self, key: int, values: list[int]) -> Any:
        """An expression for what has one of `values` at each possible position of the job: the position
        plus a jump wherever the values rise by more or less than 1 (at rests that only one of two
        calendars has)."""
        low = self._range[key][0]
        jumps = [
            (behind - before - 1, position)
            for position, (before, behind) in enumerate(pairwise(values), low + 1)
            if behind - before != 1
        ]
        jumped = sum(size * self._has_reached(key, position) for size, position in jumps)
        return self._x[key] + (values[0] - low) + jumped

    def _has_reached(self, key: int, position: int) -> Any:
        """Whether the job is at `position` or later."""
        known = self._reached.get((key, position))
        if known is None:
            known = self._reached[key, position] = self.cp.new_bool_var(f"x{key}>={position}")
            self.cp.add(self._x[key] >= position).only_enforce_if(known)
            self.cp.add(self._x[key] < position).only_enforce_if(~known)
        return known

    def _holds(self, pool: Pool) -> tuple[list[Any], list[int]]:
        """Intervals, and how much of the pool each takes."""
        moving = [self._hold(pool, key) for key in pool.users]
        blocked = list(_blocked(pool))
        fixed = [self.cp.new_fixed_size_interval_var(at, size, "") for at, size, _ in blocked]
        return moving + fixed, [*pool.users.values(), *(units for _, _, units in blocked)]

    def _hold(self, pool: Pool, key: int) -> Any:
        """The interval in which a job holds the pool, in the pool's time."""
        low, high = self._range[key]
        holds = [self._problem.hold(pool, key, position) for position in range(low, high + 1)]
        sizes = [behind - first for first, behind in holds]
        start = self._known(key, [first for first, _ in holds])
        if min(sizes) == max(sizes):
            return self.cp.new_fixed_size_interval_var(start, sizes[0], "")
        size = self.cp.new_int_var(min(sizes), max(sizes), "")
        return self.cp.new_interval_var(start, size, self._known(key, [behind for _, behind in holds]), "")

    def _known(self, key: int, values: list[int]) -> Any:
        """The same as `_image`, fit for an interval: a variable of its own if there are jumps."""
        from ortools.sat.python import cp_model

        image = self._image(key, values)
        if all(behind - before == 1 for before, behind in pairwise(values)):
            return image
        found = self.cp.new_int_var_from_domain(cp_model.Domain.from_values(values), "")
        self.cp.add(found == image)
        return found

    def add_makespan(self, bound: int) -> Any:
        """Close the model: a variable for how many half-days of the common time are done when all is, not
        below boundary `bound`. What comes behind it takes all there is of each pool in that time, which
        tells the solver how much work must fit in before; unless work beside the plan takes some of it."""
        problem, time = self._problem, self._problem.time
        most = time.before(self._end)  # what is fixed may end while all rest: that is no work to do
        least = min(time.before(bound), most)
        last = self.cp.new_int_var(least, most, "makespan")
        for key in filter(self._may_be_last, problem.order):
            low, high = self._range[key]
            ends = [time.before(problem.span(key, position)[1]) for position in range(low, high + 1)]
            self.cp.add(last >= self._image(key, ends))
        for pool, intervals, units in self._limits:
            if pool.time is time and max(pool.used, default=-1) < least:
                rest = self.cp.new_int_var(1, most + 1 - least, "")
                intervals = [*intervals, self.cp.new_interval_var(last, rest, most + 1, "")]
                units = [*units, pool.capacity]
            self._limit(pool, intervals, units)
        return last

    def _may_be_last(self, key: int) -> bool:
        """Whether no other job surely ends when this one does or later."""
        return all(link.lag < 0 or link.kind in BY_START for link in self._problem.followers[key])

    def _limit(self, pool: Pool, intervals: list[Any], units: list[int]) -> None:
        if pool.capacity == 1:
            self.cp.add_no_overlap(intervals)
        else:
            self.cp.add_cumulative(intervals, units, pool.capacity)

    def shift(self, key: int, wanted: int) -> Any:
        low, high = self._range[key]
        if wanted <= low:
            return self._x[key] - wanted
        if wanted >= high:
            return wanted - self._x[key]
        moved = self.cp.new_int_var(0, max(wanted - low, high - wanted), "")
        self.cp.add_abs_equality(moved, self._x[key] - wanted)
        return moved

    def solve(self, seconds: float, workers: int) -> Answer:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(seconds, 0.01)
        solver.parameters.random_seed = 1
        solver.parameters.num_workers = workers
        status = solver.solve(self.cp)
        bound = round(solver.best_objective_bound)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, bound, proven=False)
        positions = {key: solver.value(variable) for key, variable in self._x.items()}
        return Answer(positions, bound, status == cp_model.OPTIMAL)


def _blocked(pool: Pool) -> Iterator[tuple[int, int, int]]:
    """(from, length, units) of what fixed jobs take, never more than there is: they may overload the pool
    among themselves, then nothing else fits there."""
    run = (0, 0, 0)
    for moment, used in sorted(pool.used.items()):
        units = min(used, pool.capacity)
        if units == run[2] and moment == run[0] + run[1]:
            run = (run[0], run[1] + 1, units)
            continue
        if run[2] > 0:
            yield run
        run = (moment, 1, units)
    if run[2] > 0:
        yield run
