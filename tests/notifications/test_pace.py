"""Paces: no minute holds too many calls, whatever the traffic; retries come when they are said to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import pace
from notifications.pace import Bucket

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def calls(rate, waits, late=0.0):
    """When calls leave that are wished after `waits` seconds each; every odd one arrives `late`."""
    bucket, now, arrived = Bucket(rate, 10**9, START).filled(START), START, []
    for number, wait in enumerate(waits):
        now += timedelta(seconds=wait)
        if (bucket := bucket.filled(now)).take() is None:
            now = bucket.ready_at()
            bucket = bucket.filled(now)
        while bucket.take() is None:  # ready_at rounds to microseconds
            now += timedelta(milliseconds=1)
            bucket = bucket.filled(now)
        bucket = bucket.take()
        arrived.append(now + timedelta(seconds=late * (number % 2)))
    return sorted(arrived)


def most(times, span):
    return max(sum(t <= u < t + span for u in times) for t in times)


@given(st.lists(st.floats(0, 30), min_size=30, max_size=120), st.sampled_from([2, 5, 12, 18]))
def test_no_minute_holds_more_calls_than_the_rate(waits, rate):
    assert most(calls(rate, waits), timedelta(minutes=1)) <= rate


@given(st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 20.0]), min_size=60, max_size=120))
def test_not_even_when_every_second_call_arrives_late(waits):
    assert most(calls(18, waits, late=4.0), timedelta(minutes=1)) <= 18


def test_a_flood_leaves_in_a_burst_and_then_one_by_one():
    times = calls(18, [0] * 40)
    gaps = [(b - a).total_seconds() for a, b in zip(times, times[1:], strict=False)]
    assert gaps[:3] == [0, 0, 0]
    assert all(gap == pytest.approx(60 / 14, abs=0.01) for gap in gaps[4:])


def test_a_clock_that_goes_back_fills_nothing():
    empty = Bucket(18, 0.0, START)
    back = empty.filled(START - timedelta(hours=1))
    assert (back.tokens, back.at) == (0.0, START)
    assert empty.filled(START + timedelta(hours=1)).tokens == empty.burst == 4


def test_retries_follow_the_ladder_give_or_take_a_fifth():
    for attempt, seconds in enumerate((10, 30, 120, 600, 3600, 21600, 86400), 1):
        waits = [pace.retry_after(attempt).total_seconds() for _ in range(200)]
        assert min(waits) >= seconds * 0.8
        assert max(waits) <= seconds * 1.2
        assert max(waits) - min(waits) > seconds * 0.1  # spread, so that crowds do not come back as crowds
    assert pace.retry_after(8) is None
