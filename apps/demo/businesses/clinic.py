"""Tidewater Rehab: a clinic near Sydney, its patients and their bookings."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import holidays as public_holidays
import numpy as np

from apps.demo.businesses.base import Business, Profile, Script, Stage
from apps.demo.businesses.clinic_catalogue import (
    COMMENTS,
    PEOPLE,
    PRACTITIONERS,
    PRODUCTS,
    REASONS,
    SEGMENTS,
    SUBJECTS,
    TREATMENTS,
)
from apps.demo.clock import DAY, HOUR, Bools, Ints
from apps.demo.drawing import (
    MINUTE,
    Draw,
    draw_channels,
    draw_issues,
    draw_lines,
    draw_payments,
    draw_refunds,
    draw_reviews,
    weighted,
)
from apps.demo.keys import Keys
from apps.demo.orders import ACCEPTED, COMPLETED, THOUSANDTHS, Fate, Orders, Plan
from apps.demo.tables import Registry, Table, customers, interactions, operating_costs, partners, products, segments
from apps.demo.truths import CLINIC_AUTOMATION, CLINIC_NO_SHOWS, PATIENTS, TIDEWATER
from apps.demo.writing import Phrases

PATIENTS_AT_ONCE = 1_500
VISITS_AT_MOST = 24
VISIT = 45 * MINUTE
OPENS, LAST_APPOINTMENT = 7, 18
DROP_INS = 0.15
BOTH = PATIENTS.recent + PATIENTS.upcoming - PATIENTS.active
PROFILE = Profile(
    slug=TIDEWATER,
    name="Tidewater Rehab",
    zone="Australia/Sydney",
    currency="AUD",
    days=730,
    week_starts_on=1,
    locale="en-AU",
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How many patients stand so, and between which days before the last one their last visit was."""

    count: int
    first: int
    last: int
    has_upcoming: bool = False
    visits: float = 7.0


STANDINGS = (
    _Standing(PATIENTS.recent - BOTH, 27, 1, visits=9.0),
    _Standing(BOTH, 25, 3, has_upcoming=True, visits=9.0),
    _Standing(PATIENTS.upcoming - BOTH, 60, 35, has_upcoming=True),
    _Standing(PATIENTS.dormant, 176, 34),
    _Standing(PATIENTS.stale, 690, 184),
)


class Clinic(Business):
    """A clinic whose practitioners are partners and whose bookings are orders with a time."""

    profile = PROFILE

    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""
        return _ClinicScript(stage)


@dataclass(slots=True)
class _Visits:
    """Visits of a block of patients: `ago` is when, in days before the last one; upcoming ones are negative.

    `booked` is when each was booked. `is_last` marks the last past visit, `is_first` the first one of all.
    """

    patient: Ints
    ago: Ints
    booked: Ints
    is_first: Bools
    is_last: Bools


class _ClinicScript(Script):
    on_account = True

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        reached = np.rint(np.cumsum([standing.count for standing in STANDINGS]) * stage.scale).astype(np.int64)
        standings = np.repeat(np.arange(len(STANDINGS)), np.diff(reached, prepend=0))
        self.standing: Ints = stage.generator("standings").permutation(standings)
        self.open_ago = self._open_days()
        self.order_count = round(len(self.standing) * 8.4)
        self.phrases = Phrases(number_prefix="TR", comments=COMMENTS, refund_reasons=REASONS)
        self.registry = Registry(
            keys=Keys(seed=stage.seed, slug=TIDEWATER), started=int(stage.calendar.openings[0]), now=stage.now
        )
        self.joined: Ints = np.concatenate(
            [self._first_booking(start) for start in range(0, len(self.standing), PATIENTS_AT_ONCE)]
        )

    def _open_days(self) -> Ints:
        """Return the days the clinic was open, as days before the last one, the latest first; today is left out."""
        calendar = self.stage.calendar
        free = public_holidays.country_holidays(
            "AU", subdiv="NSW", years=range(calendar.first.year, calendar.last.year + 1)
        )
        closed = [
            date.weekday() == 6
            or date in free
            or (date.month, date.day) >= (12, 24)
            or (date.month, date.day) <= (1, 2)
            for date in calendar.dates
        ]
        ago = np.arange(calendar.days - 1, -1, -1)
        return ago[~np.array(closed) & (ago > 0)][::-1]

    def _visits(self, start: int) -> _Visits:
        """Return the visits of a block of patients, the same whenever asked."""
        patients = np.arange(start, min(start + PATIENTS_AT_ONCE, len(self.standing)))
        generator = self.stage.generator("visits", start)
        size, standing = len(patients), self.standing[patients]
        earliest = np.array([row.first for row in STANDINGS])[standing]
        latest = np.array([row.last for row in STANDINGS])[standing]
        # Places in the list of open days, so that no visit falls on a closed day or outside its patient's limits.
        low = np.searchsorted(self.open_ago, latest, side="left")
        high = np.searchsorted(self.open_ago, earliest, side="right")
        last = (low + (high - low) * generator.random(size) ** 1.3).astype(np.int64)
        gaps = generator.integers(3, 8, (size, VISITS_AT_MOST))
        gaps = np.where(generator.random(gaps.shape) < 0.05, gaps * 14, gaps)
        gaps[:, 0] = 0
        place = last[:, None] + np.cumsum(gaps, axis=1)
        course = 1 + generator.poisson(np.array([row.visits for row in STANDINGS])[standing])
        there = (np.arange(VISITS_AT_MOST) < course[:, None]) & (place < len(self.open_ago) - 15)
        there[:, 0] = True
        ago = self.open_ago[np.minimum(place, len(self.open_ago) - 1)]
        lead = np.minimum(generator.geometric(0.22, ago.shape) - 1, 12)
        # Booking the last visit must not reach over the limit either.
        lead[:, 0] = np.minimum(lead[:, 0], earliest - ago[:, 0])
        visits = there.sum(axis=1)
        patient = np.repeat(patients, visits)
        nth = np.arange(len(patient)) - np.repeat(np.cumsum(visits) - visits, visits)
        past = _Visits(patient, ago[there], (ago + lead)[there], nth == np.repeat(visits, visits) - 1, nth == 0)
        return self._with_upcoming(past, patients, standing, generator)

    def _with_upcoming(self, past: _Visits, patients: Ints, standing: Ints, generator: np.random.Generator) -> _Visits:
        """Add the bookings ahead, each made on the day of the patient's last visit, and who drops in today."""
        has_upcoming = np.array([row.has_upcoming for row in STANDINGS])[standing]
        last_visit = past.ago[past.is_last]
        soon = np.flatnonzero(has_upcoming)
        later = soon[generator.random(len(soon)) < 0.35]
        booked = np.concatenate([last_visit[soon], last_visit[later]])
        ahead = np.concatenate([generator.integers(1, 7, len(soon)), generator.integers(10, 25, len(later))])
        drops_in = np.flatnonzero((standing == 0) & (generator.random(len(standing)) < DROP_INS))
        today = np.zeros(len(drops_in), dtype=np.int64)
        added = len(booked) + len(today)
        return _Visits(
            np.concatenate([past.patient, patients[soon], patients[later], patients[drops_in]]),
            np.concatenate([past.ago, -ahead, today]),
            np.concatenate([past.booked, booked, today]),
            np.concatenate([past.is_first, np.zeros(added, dtype=np.bool_)]),
            np.concatenate([past.is_last, np.zeros(added, dtype=np.bool_)]),
        )

    def _first_booking(self, start: int) -> Ints:
        """Return when each patient of a block joined: as the day of the earliest booking begins."""
        visits = self._visits(start)
        earliest = np.zeros(min(PATIENTS_AT_ONCE, len(self.standing) - start), dtype=np.int64)
        np.maximum.at(earliest, visits.patient - start, visits.booked)
        return self.stage.calendar.openings[np.maximum(self.stage.today - earliest, 0)]

    def _joined(self, numbers: Ints) -> Ints:
        return self.joined[numbers]

    def before_orders(self) -> Iterator[Table]:
        """Yield practitioners, treatments and patients."""
        stage = self.stage
        yield partners(self.registry, PRACTITIONERS, copies=stage.copies, code="P", joined=stage.calendar.first)
        yield from products(self.registry, PRODUCTS, copies=1, sku="TR")
        yield from customers(self.registry, PEOPLE, count=len(self.standing), joined=self._joined)

    def after_orders(self) -> Iterator[Table]:
        """Yield contacts, segments and costs."""
        generator = self.stage.generator("interactions")
        total = round(len(self.standing) * 2.2)
        for start in range(0, total, PATIENTS_AT_ONCE):
            numbers = np.arange(start, min(start + PATIENTS_AT_ONCE, total))
            patient = generator.integers(0, len(self.standing), len(numbers))
            since = np.maximum(self.joined[patient], self.stage.now - 300 * DAY)
            days = ((self.stage.now - since) * generator.random(len(numbers))).astype(np.int64)
            yield interactions(
                self.registry, numbers=numbers, customer=patient, occurred=since + days, subjects=SUBJECTS,
                automated=0.45, generator=generator,
            )  # fmt: skip
        yield from segments(
            self.registry, SEGMENTS, joined=self._joined, count=len(self.standing),
            generator=self.stage.generator("segments"),
        )  # fmt: skip
        yield operating_costs(
            self.registry, self.stage.calendar,
            {"automation": (350, 900), "staff": (14_000, 17_500), "marketing": (900, 1_500), "rent": (5_200, 5_600)},
        )  # fmt: skip

    def orders(self) -> Iterator[Orders]:
        """Yield the bookings, patients by the block."""
        number = 0
        for start in range(0, len(self.standing), PATIENTS_AT_ONCE):
            visits = self._visits(start)
            yield self._batch(visits, number, self.stage.generator("orders", start))
            number += len(visits.patient)

    def _batch(self, visits: _Visits, first_number: int, generator: np.random.Generator) -> Orders:
        draw = Draw(generator, len(visits.patient))
        today, openings = self.stage.today, self._openings()
        slot = draw.between(OPENS * 4, LAST_APPOINTMENT * 4 - 1) * (HOUR // 4)
        scheduled = openings[today - visits.ago] + slot
        same_day = np.where(visits.booked == visits.ago, slot - draw.between(20 * MINUTE, 6 * HOUR), DAY)
        booking_hour = np.maximum(np.minimum(draw.between(6 * HOUR, 22 * HOUR - 1), same_day), HOUR)
        placed = openings[today - visits.booked] + booking_hour
        by_time = np.argsort(placed, kind="stable")
        orders = Orders.placed_at(first_number + np.arange(draw.size), placed[by_time])
        orders.scheduled = scheduled[by_time]
        orders.customer = visits.patient[by_time]
        usual = orders.customer * 7 % (len(PRACTITIONERS) * self.stage.copies)
        orders.partner = np.where(draw.chance(0.82), usual, draw.between(0, len(PRACTITIONERS) * self.stage.copies - 1))
        must_happen = (visits.is_last | (visits.ago <= 0))[by_time]
        # Who drops in today is entered after the visit: a booking later today would count as upcoming.
        orders.arrives = np.where(visits.ago[by_time] == 0, orders.scheduled + VISIT, orders.arrives)
        self._course(draw, orders, visits.booked[by_time], must_happen)
        self._goods(draw, orders, visits.is_first[by_time])
        draw_payments(
            draw, orders, methods={"card": 0.68, "online": 0.2, "cash": 0.05, "wallet": 0.07},
            plans={Plan.WHOLE: 0.92, Plan.HALF: 0.02, Plan.NEVER: 0.03, Plan.SECOND_TRY: 0.03},
        )  # fmt: skip
        orders.paid = orders.steps[COMPLETED] + draw.between(60, 600)
        draw_refunds(draw, orders, share_refunded=0.01, reasons=len(REASONS))
        happy = np.zeros(draw.size, dtype=np.bool_)
        draw_reviews(draw, orders, share_reviewed=0.15, good=(1, 2, 6, 26, 65), bad=(1, 1, 1, 1, 1), is_bad=happy)
        draw_issues(draw, orders, share=0.008, kinds={"late": 0.7, "other": 0.3})
        return orders

    def _openings(self) -> Ints:
        """Return when each day begins, those of the coming weeks included."""
        calendar = self.stage.calendar
        coming = [calendar.last + datetime.timedelta(days=day) for day in range(2, 40)]
        return np.concatenate(
            [calendar.openings, [calendar.clock.day_start(day).timestamp() for day in coming]]
        ).astype(np.int64)

    def _course(self, draw: Draw, orders: Orders, booked: Ints, must_happen: Bools) -> None:
        channels = {"web": 0.38, "phone": 0.42, "app": 0.14, "walk_in": 0.06}
        orders.channel = draw_channels(draw, channels)
        automated = draw.chance(CLINIC_AUTOMATION.share) & (booked < CLINIC_AUTOMATION.since_days_ago)
        orders.channel = np.where(automated, draw_channels(draw, {"ai": 0.6, "automation": 0.4}), orders.channel)
        orders.fate = draw.choice([0.89, 0.06, 0.0, 0.05])
        stays_away = (orders.partner == CLINIC_NO_SHOWS.partner) & draw.chance(CLINIC_NO_SHOWS.share)
        orders.fate = np.where(stays_away, Fate.NO_SHOW, orders.fate)
        orders.fate = np.where(must_happen, Fate.COMPLETED, orders.fate)
        ahead = np.maximum(orders.scheduled - orders.placed, 2)
        orders.steps[ACCEPTED] = orders.placed + np.minimum(draw.lasting(8 * MINUTE, 1.0), ahead - 1)
        orders.steps[COMPLETED] = orders.scheduled + VISIT
        cancelled = orders.placed + np.maximum((ahead * draw.generator.random(draw.size)).astype(np.int64), 1)
        ends = np.where(orders.fate == Fate.CANCELLED, cancelled, orders.scheduled + 15 * MINUTE)
        orders.ended = np.where(orders.fate == Fate.COMPLETED, -1, ends)

    def _goods(self, draw: Draw, orders: Orders, is_first: Bools) -> None:
        order = draw_lines(draw, orders, (0.88, 0.12))
        lines, generator = orders.lines, draw.generator
        leads = np.diff(order, prepend=-1) > 0
        treatment = weighted(generator, [product.weight for product in PRODUCTS[:TREATMENTS]], len(order))
        treatment = np.where(is_first[order], 0, treatment)
        good = generator.integers(TREATMENTS, len(PRODUCTS), len(order))
        lines.product = np.where(leads, treatment, good)
        lines.quantity = np.full(len(order), THOUSANDTHS, dtype=np.int64)
        lines.unit_price = np.array([product.price for product in PRODUCTS])[lines.product]
        concession = draw.chance(0.07)
        orders.discount = np.where(concession, orders.subtotals // 1_000 * 100, 0)
