"""Dashboards of the admin: statements and time of each page, computed and kept, beside an organization without rows.

    python benchmarks/pages.py [--orders 1000000] [--days 1095] [--rounds 5]

The largest organization of a history and one without rows are asked for the same page, in turn: over 30 days and over a
year, with an empty cache (computed) and once more (kept). The pages behind a number are among them: they read facts.
The bound, for a dashboard over 30 days: a kept page costs at most `MOST` times that of the empty organization.
"""

import argparse
import contextlib
from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from histories import LONGEST_DAYS, execute, histories, prepare
from measure import interleaved, median

from apps.accounts.models import Membership, Organization, Role, User
from apps.analytics.answers.answering import forget_answers
from apps.backoffice.current import SESSION_KEY
from apps.backoffice.dashboards.pages import PAGES
from apps.core.context import organization_context

MOST = 8.0
TIMEFRAMES = ("30d", "1y")
EXPLAINED = ("total_revenue", "average_order_value", "customers")
_LARGEST = """SELECT organization_id FROM daily_revenue_summaries
    GROUP BY organization_id ORDER BY sum(order_count) DESC LIMIT 1"""


def addresses() -> Iterator[tuple[str, str]]:
    """Yield each page over each timeframe."""
    for timeframe in TIMEFRAMES:
        for page in PAGES.values():
            yield f"{page.key} {timeframe}", f"{reverse(f'admin:{page.route}')}?timeframe={timeframe}"
        for metric in EXPLAINED:
            yield f"explain {metric} {timeframe}", f"{reverse('admin:metric', args=[metric])}?timeframe={timeframe}"


def reader_of(organization: Organization) -> Client:
    """Return a browser in which an owner of the organization is signed in."""
    user, _ = User.objects.get_or_create(email="pages@benchmark.example", defaults={"is_staff": True})
    with organization_context(organization.pk):
        Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": Role.OWNER})
    client = Client(raise_request_exception=True)
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(organization.pk)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=LONGEST_DAYS)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    (history,) = histories([options.orders], options.days)
    prepare(history)
    settings.ALLOWED_HOSTS = ["testserver"]
    largest = Organization.objects.get(pk=execute(_LARGEST)[0][0])
    empty, _ = Organization.objects.get_or_create(slug="empty", defaults={"name": "Empty"})
    readers = {"largest": reader_of(largest), "empty": reader_of(empty)}

    print(f"\n{history}; the largest organization; milliseconds, medians of {options.rounds}")
    print(f"  {'':<34} statements   computed   statements   kept   kept, empty   ratio")
    worst = 0.0
    for title, address in addresses():
        cold, computed = asked_anew(readers["largest"], largest, address, options.rounds)
        warm = statements(readers["largest"], address)
        kept = interleaved(
            {name: partial(ask, client, address) for name, client in readers.items()}, rounds=options.rounds
        )
        ratio = median([own / base for own, base in zip(kept["largest"], kept["empty"], strict=True)])
        worst = max(worst, ratio if "30d" in title and "explain" not in title else 0.0)
        print(
            f"  {title:<34} {cold:>10} {computed * 1000:>10.0f} {warm:>12} {median(kept['largest']) * 1000:>6.0f}"
            f" {median(kept['empty']) * 1000:>13.0f} {ratio:>7.2f}"
        )
    verdict = "met" if worst <= MOST else "NOT met"
    print(f"\nKept dashboards over 30 days cost at most {worst:.2f} times the empty ones (limit {MOST}): {verdict}")


def asked_anew(client: Client, organization: Organization, address: str, rounds: int) -> tuple[int, float]:
    """Return how many statements a page costs that has to be computed, and the median of its seconds."""

    def anew() -> None:
        cache.clear()
        forget_answers(organization.pk)

    anew()
    asked = statements(client, address)
    seconds = []
    for _ in range(rounds):
        anew()
        seconds += interleaved({"page": lambda: ask(client, address)}, rounds=1, warm_up=False)["page"]
    return asked, median(seconds)


def statements(client: Client, address: str) -> int:
    """Ask for a page and return how many statements that took."""
    seen = []
    connection.ensure_connection()
    with connection.execute_wrapper(lambda run, *asked: seen.append(asked) or run(*asked)):
        ask(client, address)
    return len(seen)


def ask(client: Client, address: str) -> None:
    """Ask for a page.

    Raises:
        AssertionError: it was not given.

    """
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
