"""Paces: how fast a channel is spoken to, when a failed call is repeated, when a channel rests.

Pure arithmetic over instants; the database keeps the numbers (`Meter`, `Dispatch`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom

#: Length of a second. The proofs of the outbox make it shorter.
SECOND = 1.0

RETRIES: tuple[int, ...] = (10, 30, 120, 600, 3600, 21600, 86400)  # seconds after the first, second … failure
JITTER = 0.2
FAILURES = 5  # in a row, after which a channel rests
REST = 120
LEASE = 60  # more than any one call may take
CROWD = 12  # more than so many waiting for one receiver become one digest

_dice = SystemRandom()


def span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * SECOND)


def retry_after(attempts: int) -> timedelta | None:
    """How long to wait after `attempts` failed ones, give or take a fifth; None: give up."""
    if attempts > len(RETRIES):
        return None
    return span(RETRIES[max(attempts, 1) - 1] * _dice.uniform(1 - JITTER, 1 + JITTER))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens for calls. `rate` at most in *any* minute: a burst of a fifth of them, then one by one, so
    slowly that a call which arrives up to an interval late does not meet one too many of the next minute."""

    rate: int
    tokens: float
    at: datetime

    @property
    def burst(self) -> int:
        return max(1, self.rate * 2 // 9)

    @property
    def interval(self) -> timedelta:
        """Time in which one token comes back."""
        return span(60) / max(self.rate - self.burst, 1)

    def filled(self, now: datetime) -> Bucket:
        """As it stands `now`; a clock that went back fills nothing."""
        gained = max(now - self.at, timedelta()) / self.interval
        return replace(self, tokens=min(self.tokens + gained, float(self.burst)), at=max(now, self.at))

    def take(self) -> Bucket | None:
        """One token less; None when there is none."""
        return replace(self, tokens=self.tokens - 1) if self.tokens >= 1 else None

    def ready_at(self) -> datetime:
        """When the next token is there."""
        return self.at + self.interval * max(1 - self.tokens, 0)
