"""Load plain organizations of a chosen size for benchmarks."""

import datetime
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from apps.demo.businesses.benchmark import benchmark_businesses
from apps.demo.services import DemoRefused, analyze_tables, load_business

DAYS_A_YEAR = 365


class Command(BaseCommand):
    """Load a distribution like that of docs/demo.md; organizations that are there already stay as they are."""

    help = "Load organizations for benchmarks, without planted truths: by default 10 million orders of 50 of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organizations", type=_positive, default=50)
        parser.add_argument("--orders", type=_positive, default=10_000_000, help="Of all organizations together.")
        parser.add_argument("--partners", type=_positive, default=5_000)
        parser.add_argument("--customers", type=_positive, default=1_000_000)
        span = parser.add_mutually_exclusive_group()
        span.add_argument("--years", type=_positive, default=3)
        span.add_argument("--days", type=_positive, help="A span that is no whole number of years.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", type=datetime.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--reset", action="store_true", help="Replace the facts of organizations already loaded.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load one organization after the other."""
        businesses = benchmark_businesses(
            organizations=options["organizations"], orders=options["orders"], partner_count=options["partners"],
            customer_count=options["customers"], days=options["days"] or DAYS_A_YEAR * options["years"],
        )  # fmt: skip
        started = time.monotonic()
        written: Counter[str] = Counter()
        with tqdm(total=options["orders"], unit=" orders", disable=not sys.stderr.isatty(), leave=False) as bar:
            for business in businesses:
                bar.set_description(business.profile.name)
                try:
                    outcome = load_business(
                        business=business, scale=1.0, seed=options["seed"], now=timezone.now(),
                        until=options["until"], reset=options["reset"], progress=lambda _: bar.update,
                    )  # fmt: skip
                except DemoRefused as refusal:
                    raise CommandError(str(refusal)) from refusal
                written.update(outcome.written)
        if not written:
            self.stdout.write("Nothing to do: all are loaded already.")
            return
        analyze_tables(written)
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{written['marketplace.Order']:,} orders, {written.total():,} rows in {seconds:.1f} s "
            f"({written.total() / seconds:,.0f} rows/s)."
        )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{text} is not above zero")
    return number
