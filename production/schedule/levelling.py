"""Resource levelling: when to do each job so that nobody is asked for more than there is of them.

Pure: takes a plan with what its jobs need, and proposes dates; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from production.schedule import solver
from production.schedule.load import Capacities, Demands, Overload, overloads
from production.schedule.plan import Plan
from production.schedule.positions import Positions, Problem, problem_of
from production.schedule.priority import candidates, place

#: Of the time that is left, how much the search for the smallest makespan may take at most; the rest is for
#: moving as little as possible.
SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Levelled:
    """A schedule without overload, but for the `overloads` that fixed jobs or demands beyond capacity cause.

    `dates`: start slot and end boundary of every job of the plan. `makespan`, `bound`, `heuristic`:
    boundaries at which all is done here, at which it is done at the earliest by any schedule, and at which
    it is done by the priority rules. `shift`: half working days by which jobs lie off where they best
    should, in all; `steady`: proven that no schedule as short has a smaller one. `seconds` it took."""

    dates: Mapping[int, tuple[int, int]]
    makespan: int
    bound: int
    heuristic: int
    shift: int
    steady: bool
    start: int
    seconds: float
    overloads: tuple[Overload, ...]

    @property
    def proven(self) -> bool:
        """Whether no schedule ends earlier."""
        return self.makespan == self.bound

    @property
    def gap(self) -> float:
        """By what part of the whole length the makespan could still be too long: 0 when proven."""
        return (self.makespan - self.bound) / max(self.makespan - self.start, 1)


def level(
    plan: Plan,
    demands: Demands,
    capacities: Capacities,
    *,
    seconds: float = 10.0,
    current: Mapping[int, int] | None = None,
    steady: bool = True,
) -> Levelled:
    """Dates for every job: first the smallest makespan, then (if `steady`) the smallest sum of shifts of
    jobs against their `current` start slots, or for those without one against their earliest starts.

    A job holds what it needs on its working half-days; where users of a resource have different calendars,
    from start to end. Pinned and begun jobs stay where they are and take from what there is. Stops after
    `seconds`; with 0 the priority rules alone decide. With `steady` the same plan gives the same dates
    unless time runs out. Raises as `engine.schedule` does."""
    began = monotonic()
    problem = problem_of(plan, demands, capacities)
    wanted = _wanted(problem, current or {})
    search = Search(problem, wanted, until=began + seconds)
    search.shorten(SHARE if steady else 1.0)
    if steady:
        search.steady()
    dates = problem.dates(search.best)
    return Levelled(
        dates=dates,
        makespan=problem.makespan(search.best),
        bound=search.bound,
        heuristic=search.heuristic,
        shift=search.shift(search.best),
        steady=search.is_steady,
        start=plan.start,
        seconds=monotonic() - began,
        overloads=tuple(overloads(plan, dates, demands, capacities)),
    )


class Search:
    """The best schedule so far and what is known about better ones. Begins with the priority rules."""

    def __init__(self, problem: Problem, wanted: Positions, until: float) -> None:
        self._problem, self._wanted, self._until = problem, wanted, until
        self.best = self._by_rules = min(candidates(problem, wanted), key=self._rank)
        self.heuristic = problem.makespan(self.best)
        self.bound = problem.bound
        self.is_steady = False

    def shift(self, positions: Positions) -> int:
        """Half working days off the wanted positions, in all."""
        return sum(abs(positions[key] - self._wanted[key]) for key in self._problem.moving)

    def shorten(self, share: float) -> None:
        """Look for a smaller makespan for `share` of the time left."""
        left = (self._until - monotonic()) * share
        if self.bound == self.heuristic or left <= 0:
            return
        answer = solver.shortest(self._problem, self.best, self.bound, left)
        self.bound = answer.bound
        if answer.positions:
            self._take(answer.positions)
            starts = {key: self._problem.span(key, at)[0] for key, at in answer.positions.items()}
            self._take(place(self._problem, starts.__getitem__))

    def steady(self) -> None:
        """Look for a smaller shift without a larger makespan in the time left. Which shortest schedule was
        found first is chance; where it is proven to be one, the search does not begin from it."""
        left = self._until - monotonic()
        self.is_steady = self.shift(self.best) == 0
        if self.is_steady or left <= 0:
            return
        end = self._problem.makespan(self.best)
        hint = self._by_rules if end == self.bound else self.best
        answer = solver.steadiest(self._problem, hint, end, self._wanted, left)
        if answer.positions:
            settled = _settled(self._problem, answer.positions)
            self.best = settled if answer.proven else min(self.best, settled, key=self._rank)
            self.is_steady = answer.proven

    def _take(self, positions: dict[int, int]) -> None:
        self.best = min(self.best, positions, key=self._rank)

    def _rank(self, positions: Positions) -> tuple[int, int]:
        return self._problem.makespan(positions), self.shift(positions)


def _wanted(problem: Problem, current: Mapping[int, int]) -> dict[int, int]:
    return {
        key: problem.slots(key).before(current[key]) if key in current else problem.earliest[key]
        for key in problem.order
    }


def _settled(problem: Problem, positions: Positions) -> dict[int, int]:
    """The same with everything that only follows others as early as it may be: no aim holds it."""
    settled = {key: positions[key] for key in problem.moving}
    for key in problem.order:
        if key not in settled:
            settled[key] = problem.ready(key, settled)
    return settled
