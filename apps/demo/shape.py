"""Factors that give days their weight: one number per business day of a calendar, multiplied with each other."""

import datetime
from collections.abc import Sequence
from statistics import NormalDist

import holidays as public_holidays
import numpy as np

from apps.demo.clock import Calendar, Floats, Ints

_QUANTILES: Floats = np.linspace(0.004, 0.996, 1025)
_NORMAL: Floats = np.array([NormalDist().inv_cdf(quantile) for quantile in _QUANTILES.tolist()])


def weekly(calendar: Calendar, monday_to_sunday: Sequence[float]) -> Floats:
    """Weigh days by weekday."""
    weights: Floats = np.array(monday_to_sunday, dtype=np.float64)[calendar.weekdays]
    return weights


def seasonal(calendar: Calendar, january_to_december: Sequence[float]) -> Floats:
    """Weigh days by month, gliding from the middle of one to the middle of the next."""
    anchors = np.arange(-1, 13) * 30.44 + 15.2
    values = [january_to_december[-1], *january_to_december, january_to_december[0]]
    return np.interp([date.timetuple().tm_yday for date in calendar.dates], anchors, values)


def growing(calendar: Calendar, first: float, last: float, *, bend: float = 1.0) -> Floats:
    """Grow from the first day's weight to the last one's; a bend below 1 grows early, above 1 late."""
    weights: Floats = first + (last - first) * np.linspace(0.0, 1.0, calendar.days) ** bend
    return weights


def payday(calendar: Calendar, days_of_month: Sequence[int], lift: float) -> Floats:
    """Lift the day money comes in and, by half as much, the two after it."""
    weights: Floats = np.ones(calendar.days)
    for day, date in enumerate(calendar.dates):
        for paid in days_of_month:
            behind = date.day - paid
            if 0 <= behind <= 2:
                weights[day] += lift if behind == 0 else lift / 2
    return weights


def holidays(calendar: Calendar, country: str, subdivision: str | None, factor: float) -> Floats:
    """Weigh public holidays of a place."""
    years = range(calendar.first.year, calendar.last.year + 1)
    free = public_holidays.country_holidays(country, subdiv=subdivision, years=years)
    return np.array([factor if date in free else 1.0 for date in calendar.dates])


def on_days(calendar: Calendar, days_ago: Sequence[int], factor: float) -> Floats:
    """Weigh single days, named by how long before the last day they lie."""
    weights: Floats = np.ones(calendar.days)
    for days in days_ago:
        if 0 <= calendar.days_ago(days) < calendar.days:
            weights[calendar.days_ago(days)] = factor
    return weights


def jitter(calendar: Calendar, generator: np.random.Generator, deviation: float) -> Floats:
    """Vary days at random around 1."""
    return np.exp(generator.normal(0.0, deviation, calendar.days) - deviation**2 / 2)


def counts(weights: Floats, total: float) -> Ints:
    """Turn weights into whole numbers that sum to `total`, rounded; each day is at most one off its share."""
    if weights.sum() <= 0 or total <= 0:
        return np.zeros(len(weights), dtype=np.int64)
    reached = np.floor(np.cumsum(weights) * (round(total) / weights.sum()) + 0.5 - 1e-9).astype(np.int64)
    reached[-1] = round(total)
    daily: Ints = np.diff(np.minimum(reached, round(total)), prepend=0)
    return daily


def spread(numbers: Ints, step: float) -> Floats:
    """Return a number in [0, 1) for each count, so even that any run of neighbours covers the range.

    Steps are irrational; those of different purposes must not be multiples of each other.
    """
    evenly: Floats = np.mod((numbers + 0.5) * step, 1.0)
    return evenly


def lognormal(evenly: Floats, deviation: float) -> Floats:
    """Turn numbers in [0, 1) into factors with mean 1, most below it and a few far above."""
    return np.exp(np.interp(evenly, _QUANTILES, _NORMAL) * deviation - deviation**2 / 2)


def first_of_months(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the first day of each month from that of `first` to that of `last`."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in months]
