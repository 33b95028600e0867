"""Load the demonstration organizations."""

import datetime
import math
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from apps.demo.businesses.registry import BUSINESSES
from apps.demo.schedules import create_schedules
from apps.demo.services import DemoRefused, Outcome, Progress, analyze_tables, find_demo_organization, load_business
from apps.demo.signins import LOCAL_PASSWORD, SIGN_INS, create_sign_ins

LARGEST_SCALE = 1_000


class Command(BaseCommand):
    """Load four invented businesses with a history that ends today; repeat it as often as you like."""

    help = "Load the demonstration organizations (docs/demo.md). Organizations that are there already stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--scale", type=_scale, default=1.0, metavar="N", help="N times the customers, partners and orders a day."
        )
        parser.add_argument(
            "--organization", action="append", choices=sorted(BUSINESSES), metavar="SLUG",
            help=f"Load only this one; may be given repeatedly. One of: {', '.join(sorted(BUSINESSES))}.",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, default=1, help="The same seed and last day give the same rows.")
        parser.add_argument("--reset", action="store_true", help="Replace the facts of organizations already loaded.")
        parser.add_argument(
            "--until", type=_date, metavar="YYYY-MM-DD", help="Last business day of the data; today if not given."
        )
        parser.add_argument("--users", action="store_true", help="Create users to sign in with.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing and say what was done."""
        password = _password() if options["users"] else None
        try:
            for slug in options["organization"] or BUSINESSES:
                find_demo_organization(BUSINESSES[slug].profile)
            outcomes = [self._load(slug, options) for slug in options["organization"] or BUSINESSES]
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        written = [label for outcome in outcomes for label in outcome.written]
        if written:
            analyze_tables(written)
        else:
            self.stdout.write("Nothing to do. To have it end today, run load_demo --reset.")
        if password:
            self._create_users(outcomes, password)

    def _load(self, slug: str, options: dict[str, Any]) -> Outcome:
        business = BUSINESSES[slug]
        with tqdm(
            desc=business.profile.name, unit=" orders", disable=not sys.stderr.isatty(), leave=False, total=0
        ) as bar:
            outcome = load_business(
                business=business, scale=options["scale"], seed=options["seed"], now=timezone.now(),
                until=options["until"], reset=options["reset"], progress=_onto(bar),
            )  # fmt: skip
        today = business.profile.clock.business_date(timezone.now())
        if outcome.loaded:
            self.stdout.write(
                f"{business.profile.name}: {outcome.written['marketplace.Order']:,} orders, {outcome.rows:,} rows in "
                f"{outcome.seconds:.1f} s, up to {outcome.newest}."
            )
        elif outcome.newest:
            self.stdout.write(f"{business.profile.name}: loaded already, {_age(today - outcome.newest)}.")
        return outcome

    def _create_users(self, outcomes: list[Outcome], password: str) -> None:
        created = create_sign_ins(organizations=[outcome.organization for outcome in outcomes], password=password)
        if not created:
            self.stdout.write("The users for signing in are there already; they keep their passwords.")
        for sign_in in created:
            self.stdout.write(f"Sign in as {sign_in.email} ({sign_in.role or 'superuser'}), password {password}")
        for outcome in outcomes:
            create_schedules(outcome.organization)


def _password() -> str:
    given = os.environ.get("DEMO_PASSWORD")
    if given:
        return given
    if not settings.DEBUG:
        raise CommandError(
            f"--users creates {len(SIGN_INS)} users, one of them a superuser. Outside development, give their password "
            "in the environment variable DEMO_PASSWORD."
        )
    return LOCAL_PASSWORD


def _onto(bar: Any) -> Callable[[int], Progress]:
    def begin(total: int) -> Progress:
        bar.reset(total=total)
        return lambda orders: bar.update(orders)

    return begin


def _age(age: datetime.timedelta) -> str:
    if age.days <= 0:
        return "up to today"
    return "up to yesterday" if age.days == 1 else f"{age.days} days old (load_demo --reset brings it up to date)"


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale <= LARGEST_SCALE:
        raise ArgumentTypeError(f"{text!r} is not a number above 0 and up to {LARGEST_SCALE:,}.")
    return scale


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a date, such as 2026-06-30.") from error
