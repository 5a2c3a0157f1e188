"""A schedule without overload at once: jobs are placed one by one, each as early as it fits.

Which of the jobs whose turn it could be goes first is what the rules differ in; the best result counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from heapq import heapify, heappop, heappush

from production.schedule.positions import Pool, Positions, Problem

Rank = Callable[[int], float]


def place(problem: Problem, rank: Rank) -> dict[int, int]:
    """Positions of all movable jobs, the smallest `rank` first among those that wait for nobody left;
    ties by the order of the plan. Every rank gives a schedule that keeps all rules and capacities."""
    order = {job.key: number for number, job in enumerate(problem.plan.jobs)}
    left = {key: len(links) for key, links in problem.waits.items()}
    turn = [(rank(key), order[key], key) for key, count in left.items() if not count]
    heapify(turn)
    book = Book(problem)
    placed: dict[int, int] = {}
    while turn:
        key = heappop(turn)[2]
        placed[key] = book.take(key, problem.ready(key, placed))
        for link in problem.followers[key]:
            left[link.after] -= 1
            if not left[link.after]:
                heappush(turn, (rank(link.after), order[link.after], link.after))
    return placed


class Book:
    """What is taken of each pool so far."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._uses: dict[int, list[tuple[Pool, dict[int, int], int]]] = defaultdict(list)
        for pool in problem.pools:
            used = dict(pool.used)
            for key, units in pool.users.items():
                self._uses[key].append((pool, used, units))

    def take(self, key: int, position: int) -> int:
        """Take what the job needs at the first position from `position` on where there is enough."""
        while (later := self._refused(key, position)) is not None:
            position = later
        for pool, used, units in self._uses[key]:
            for moment in range(*self._problem.hold(pool, key, position)):
                used[moment] = used.get(moment, 0) + units
        return position

    def _refused(self, key: int, position: int) -> int | None:
        """The next position worth a try when some pool has not enough at this one."""
        for pool, used, units in self._uses[key]:
            first, behind = self._problem.hold(pool, key, position)
            room = pool.capacity - units
            for moment in range(behind - 1, first - 1, -1):
                if used.get(moment, 0) > room:
                    return self._problem.slots(key).before(pool.time.at(moment) + 1)
        return None


def candidates(problem: Problem, wanted: Positions) -> Iterator[dict[int, int]]:
    """One schedule for each rule. `wanted`: where the jobs should best be."""
    for rank in _ranks(problem, wanted):
        yield place(problem, rank)


def _ranks(problem: Problem, wanted: Positions) -> Iterator[Rank]:
    early = {key: problem.span(key, position) for key, position in problem.earliest.items()}
    latest = problem.latest(problem.makespan(problem.earliest))
    late = {key: problem.span(key, position) for key, position in latest.items()}
    behind = _behind(problem)
    weight = {key: sum(problem.jobs[k].duration for k in {key, *behind[key]}) for key in problem.order}
    work = {key: _work(problem, key) for key in problem.order}
    yield lambda key: problem.span(key, wanted[key])[0]
    yield lambda key: late[key][1]  # latest finish
    yield lambda key: late[key][0]  # latest start
    yield lambda key: late[key][0] - early[key][0]  # least slack
    yield lambda key: -len(behind[key])  # most successors
    yield lambda key: -weight[key]  # most work to come
    yield lambda key: late[key][1] - work[key]  # latest finish, big jobs first
    yield lambda key: -work[key]


def _behind(problem: Problem) -> Mapping[int, set[int]]:
    """All jobs that wait for a job, directly or not."""
    found: dict[int, set[int]] = {}
    for key in reversed(problem.order):
        after = [link.after for link in problem.followers[key]]
        found[key] = set(after).union(*(found[follower] for follower in after))
    return found


def _work(problem: Problem, key: int) -> float:
    """How much a job takes of what there is, in half-days of a whole resource."""
    shares = [pool.users[key] / pool.capacity for pool in problem.pools if key in pool.users]
    return problem.jobs[key].duration * sum(shares)
