"""The public holidays of China and their make-up workdays (调休), as the library knows them. No database.

The State Council announces each year in the November before it. Years not announced when the library
was released are estimated from the moon and the law: right festivals, but no make-up workdays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.utils.translation import get_language

#: Every year with an announcement has had make-up workdays since this one; estimates never have any.
FIRST_ANNOUNCED = 2014
#: How far the library is asked; beyond lies nothing but estimates.
FAR = 2051


@lru_cache(maxsize=1)
def announced_until() -> int:
    """The last year whose days are official and not estimated."""
    china = holidays.country_holidays("CN", years=range(FIRST_ANNOUNCED, FAR))
    with_make_up = {day.year for day in china.weekend_workdays}
    year = FIRST_ANNOUNCED
    while year + 1 in with_make_up:
        year += 1
    return year


def days_of(years: Iterable[int]) -> Mapping[date, bool]:
    """The public holidays (False) and make-up workdays (True) of `years`."""
    return {day: working for year in years for day, (working, _name) in named_days(year, "zh-hans").items()}


def named_days(year: int, language: str = "") -> Mapping[date, tuple[bool, str]]:
    """The days of a year as (worked, name), make-up workdays without a name. `language` defaults to the
    one now active."""
    language = language or get_language() or "zh-hans"
    return _named(year, "zh_CN" if language.startswith("zh") else "en_US")


@lru_cache(maxsize=64)
def _named(year: int, language: str) -> Mapping[date, tuple[bool, str]]:
    china = holidays.country_holidays("CN", years=year, language=language)
    worked = {day for day in china.weekend_workdays if day.year == year}
    plain = {
        day: name.partition("（")[0].partition(" (observed")[0]
        for day, name in china.items()
        if not name.startswith(("Day off (", "休息日"))
    }
    off = {
        day: (False, plain.get(day) or _nearest(day, plain)) for day in {*china, *_weekends(china, worked)}
    }
    off = dict(sorted(off.items()))
    return {**off, **dict.fromkeys(sorted(worked), (True, ""))}


def _weekends(off: Iterable[date], worked: set[date]) -> set[date]:
    """The weekend days within a holiday and beside it. The announcements count them in (`15 to 23
    February`), the library leaves them out: who works on Saturdays is off on these all the same."""
    found: set[date] = set()
    for day in off:
        for step in (timedelta(days=-1), timedelta(days=1)):
            beside = day + step
            while beside.weekday() > 4 and beside.year == day.year and beside not in worked:
                found.add(beside)
                beside += step
    return found


def _nearest(day: date, names: Mapping[date, str]) -> str:
    """A working day given up for a holiday is called by it."""
    return names[min(names, key=lambda other: (abs((other - day).days), other))]
