"""What the API costs: rollups beside raw orders, metrics beside SQL by hand, answers beside a bare view, and a crowd.

    python benchmarks/api.py [--orders 1000000] [--days 1095] [--rounds 15] [--seconds 60]

Needs a server (`DATABASE_URL`, or the embedded one). The history lies in a database of its own, as for refresh.py.

    raw orders, rollups by hand, metric layer    totals, days, the ten best partners and the payment methods of the
                                                 largest organization over 30 and 365 days, in four statements each
    bare, equal, cached                          50 connections to gunicorn with two processes of four threads: a view
                                                 that returns a constant, one that returns as many bytes as our answer
                                                 has, and /api/analytics/dashboard from the cache, signed in by token,
                                                 behind the same middleware
    at once                                      50 organizations ask all eleven endpoints over 30 and 90 days, after
                                                 each was asked once, while one organization is refreshed every two
                                                 seconds

Targets of performance.md: (8) rollups at least 10 times as fast as raw orders at 30 days and 20 times at 365; (9)
cached answers at least half the throughput of the bare view; (10) the metric layer at most 1.6 times hand-written SQL;
and at once at least 95 % from the cache, without an error.
"""

import argparse
import asyncio
import datetime
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connections
from django.utils import timezone
from histories import LONGEST_DAYS, execute, histories, prepare, use
from measure import interleaved, report

from apps.accounts.models import Membership, Organization, Role, User
from apps.accounts.tokens import issue_tokens
from apps.analytics.changelog import mark_days
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.refresh import refresh_organization
from apps.analytics.rest.dashboards import ENDPOINTS
from apps.core.context import organization_context
from apps.core.periods import Period

PORT = 8765
CONNECTIONS = 50

RAW = (
    """SELECT sum(total) FILTER (WHERE counted), count(*), count(*) FILTER (WHERE counted),
        count(*) FILTER (WHERE status = 'completed') FROM (
        SELECT *, status NOT IN ('cancelled', 'rejected', 'no_show') AS counted FROM marketplace_order
        WHERE organization_id = %(organization)s AND placed_at >= %(start)s AND placed_at < %(end)s) AS placed""",
    """SELECT (placed_at AT TIME ZONE %(timezone)s)::date, sum(total), count(*) FROM marketplace_order
        WHERE organization_id = %(organization)s AND placed_at >= %(start)s AND placed_at < %(end)s
        AND status NOT IN ('cancelled', 'rejected', 'no_show') GROUP BY 1 ORDER BY 1""",
    """SELECT partner.name, sum(total) AS revenue, count(*) FROM marketplace_order AS placed
        JOIN marketplace_partner AS partner ON partner.id = placed.partner_id
        WHERE placed.organization_id = %(organization)s AND placed_at >= %(start)s AND placed_at < %(end)s
        AND placed.status NOT IN ('cancelled', 'rejected', 'no_show') GROUP BY partner.id ORDER BY 2 DESC LIMIT 10""",
    """SELECT payment.method, sum(payment.amount) FROM marketplace_order AS placed
        JOIN marketplace_payment AS payment
            ON payment.organization_id = placed.organization_id AND payment.order_id = placed.id
        WHERE placed.organization_id = %(organization)s AND placed_at >= %(start)s AND placed_at < %(end)s
        AND placed.status NOT IN ('cancelled', 'rejected', 'no_show') AND payment.status = 'captured' GROUP BY 1""",
)
BY_HAND = (
    """SELECT sum(total_revenue), sum(order_count), sum(counted_orders), sum(completed_orders)
        FROM daily_revenue_summaries
        WHERE organization_id = %(organization)s AND date BETWEEN %(first)s AND %(last)s""",
    """SELECT date, total_revenue, counted_orders FROM daily_revenue_summaries
        WHERE organization_id = %(organization)s AND date BETWEEN %(first)s AND %(last)s ORDER BY date""",
    """SELECT partner.name, ranked.* FROM (
        SELECT partner_id, sum(total_revenue) AS revenue, sum(counted_orders) FROM partner_performance_metrics
        WHERE organization_id = %(organization)s AND date BETWEEN %(first)s AND %(last)s
        GROUP BY partner_id ORDER BY 2 DESC LIMIT 10) AS ranked
        LEFT JOIN marketplace_partner AS partner ON partner.id = ranked.partner_id ORDER BY revenue DESC""",
    """SELECT sum(cash_revenue), sum(card_revenue), sum(wallet_revenue), sum(online_revenue), sum(unpaid_revenue)
        FROM daily_revenue_summaries
        WHERE organization_id = %(organization)s AND date BETWEEN %(first)s AND %(last)s""",
)


def by_statements(statements: tuple[str, ...], scope: Scope, period: Period) -> Callable[[], None]:
    start, end = period.window(scope.calendar)
    parameters = {
        "organization": scope.organization.pk, "timezone": scope.calendar.timezone, "start": start, "end": end,
        "first": period.first, "last": period.last,
    }  # fmt: skip

    def work() -> None:
        for statement in statements:
            with connections["default"].cursor() as cursor:
                cursor.execute(statement, parameters)
                cursor.fetchall()

    return work


def by_metrics(scope: Scope, period: Period) -> Callable[[], None]:
    def work() -> None:
        query_metrics(scope, ["total_revenue", "order_count", "counted_orders", "completed_orders"], period=period)
        query_metrics(scope, ["total_revenue", "counted_orders"], period=period, grain="day")
        query_metrics(scope, ["total_revenue", "counted_orders"], period=period, dimensions=["partner"], limit=10)
        query_metrics(scope, ["total_revenue"], period=period, dimensions=["payment_method"])

    return work


def compare_statements(rounds: int) -> None:
    organization = Organization.objects.order_by("slug").first()
    scope = scope_of(organization)
    (last,) = execute("SELECT max(date) FROM daily_revenue_summaries WHERE organization_id = %s", organization.pk)[0]
    for days, target in ((30, 10), (365, 20)):
        period = Period(last - datetime.timedelta(days=days), last - datetime.timedelta(days=1))
        timings = interleaved(
            {
                "rollups by hand": by_statements(BY_HAND, scope, period),
                "metric layer": by_metrics(scope, period),
                "raw orders": by_statements(RAW, scope, period),
            },
            rounds=rounds,
        )
        ratios = report(f"{days} days of {organization.name}", timings, baseline="rollups by hand")
        faster = ratios["raw orders"]
        ours = ratios["raw orders"] / ratios["metric layer"]
        print(f"  rollups {faster:.0f} times as fast as raw orders, {ours:.0f} times through the metric layer "
              f"(target 8: {target}): {met(ours >= target)}")  # fmt: skip
        print(f"  metric layer {ratios['metric layer']:.2f} times hand-written SQL (target 10: 1.6): "
              f"{met(ratios['metric layer'] <= 1.6)}")  # fmt: skip


# Over HTTP


@dataclass
class Load:
    """What connections saw."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    length: int = 0  # of the last body
    statuses: dict[int, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def p(self, percent: int) -> float:
        """Return the milliseconds within which so many percent were answered."""
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000


async def ask(requests: Iterator[bytes], until: float, load: Load) -> None:
    """Ask one request after the other over one connection that stays open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    while time.perf_counter() < until and (text := next(requests, None)) is not None:
        begun = time.perf_counter()
        writer.write(text)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        load.length = length
        load.times.append(time.perf_counter() - begun)
        status = int(head[9:12])
        load.statuses[status] = load.statuses.get(status, 0) + 1
        if status == 200 and body.endswith(b"}}"):
            source = json.loads(body[body.rindex(b'"freshness":') + 12 : -1])["source"]
            load.sources[source] = load.sources.get(source, 0) + 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.close()


def load_of(requests: list[Iterator[bytes]], seconds: float) -> Load:
    """Ask with as many connections as there are streams of requests."""
    load = Load()

    async def together() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(ask(stream, until, load) for stream in requests))

    begun = time.perf_counter()
    asyncio.run(together())
    load.seconds = time.perf_counter() - begun
    return load


def request(path: str, token: str = "") -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    return (head + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n").encode()


def always(text: bytes) -> Iterator[bytes]:
    while True:
        yield text


def any_of(texts: list[bytes], seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    while True:
        yield chance.choice(texts)


def members() -> dict[Organization, str]:
    """Return an access token of an analyst of each organization."""
    found = {}
    for organization in Organization.objects.order_by("slug"):
        user, _ = User.objects.get_or_create(email=f"{organization.slug}@benchmark.example")
        with organization_context(organization.pk):
            Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": Role.ANALYST})
        found[organization] = issue_tokens(user).access
    return found


@contextmanager
def server(database: str) -> Iterator[None]:
    """Run gunicorn on the history's database, as production does but for the addresses of this machine."""
    here = connections.databases["default"]
    host = here["HOST"] or "127.0.0.1"
    query = {"host": host} if host.startswith("/") else {}
    address = "" if host.startswith("/") else f"{host}:{here['PORT'] or 5432}"
    secret = f":{quote(here['PASSWORD'], safe='')}" if here["PASSWORD"] else ""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "api_settings",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent)]),
        "DATABASE_URL": f"postgres://{here['USER']}{secret}@{address}/{database}?{urlencode(query)}",
        "REDIS_URL": settings.REDIS_URL,
        **{f"BELLWETHER_RATE_{name}": "100000000/minute" for name in ("USER", "WRITES", "ANONYMOUS")},
    }
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{PORT}", "--workers", "2",
             "--threads", "4", "--log-level", "warning", "--keep-alive", "60", "--worker-connections", "200"],
            env=environment, stdout=told, stderr=told,
        )  # fmt: skip
        try:
            wait_for_port(process)
            yield
        finally:
            process.terminate()
            process.wait(20)


def wait_for_port(process: subprocess.Popen) -> None:
    import socket

    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("gunicorn ended.")
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn does not answer.")


def compare_throughput(tokens: dict[Organization, str], rounds: int = 5, seconds: float = 4.0) -> None:
    organization, token = next(iter(tokens.items()))
    ours = request("/api/analytics/dashboard?timeframe=last_month", token)
    length = load_of([iter([ours])], 60).length
    variants = {"bare": request("/bare"), "equal": request(f"/bare/{length}"), "cached": ours}
    rates: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(rounds + 1):
        for name, text in variants.items():
            load = load_of([always(text)] * CONNECTIONS, seconds if turn else 1.0)
            assert set(load.statuses) == {200}, load.statuses
            if turn:  # the first warms up
                rates[name].append(load.rate)
                assert name != "cached" or load.sources.get("cache", 0) > 0.99 * len(load.times), load.sources
    ratio, of_equal = (
        statistics.median(ours / bare for ours, bare in zip(rates["cached"], rates[name], strict=True))
        for name in ("bare", "equal")
    )
    print(f"\nThroughput with {CONNECTIONS} connections (median of {rounds})")
    for name, found in rates.items():
        print(f"  {name:<10} {statistics.median(found):8.0f} requests/s   {min(found):.0f} .. {max(found):.0f}")
    print(f"  cached answers of {organization.name}: {ratio:.2f} of the bare view (target 9: 0.5): {met(ratio >= 0.5)}")
    print(f"  {of_equal:.2f} of a bare view that returns as many bytes, {length:,}")


def all_at_once(tokens: dict[Organization, str], seconds: float) -> None:
    asked = [
        [
            request(f"/api/analytics/{endpoint.name}?timeframe={timeframe}", token)
            for endpoint in ENDPOINTS
            for timeframe in ("30d", "90d")
        ]
        for token in tokens.values()
    ]
    cold = load_of([iter(texts) for texts in asked], 600)
    print(f"\n{len(cold.times):,} answers from cold: {cold.rate:.0f}/s, p95 {cold.p(95):.0f} ms")
    streams = [any_of(texts, seed) for seed, texts in enumerate(asked)]
    changing = subprocess.Popen([sys.executable, __file__, "--change", connections.databases["default"]["NAME"]])
    try:
        load = load_of(streams, seconds)
    finally:
        changing.terminate()
        changing.wait()
    errors = sum(number for status, number in load.statuses.items() if status != 200)
    hits = sum(number for source, number in load.sources.items() if source != "live")
    rate = 100 * hits / max(1, sum(load.sources.values()))
    print(f"\n{len(streams)} organizations at once for {load.seconds:.0f} s: {len(load.times):,} answers, "
          f"{load.rate:.0f}/s, p50 {load.p(50):.0f} ms, p95 {load.p(95):.0f} ms, p99 {load.p(99):.0f} ms")  # fmt: skip
    print(f"  {load.sources}")
    print(f"  from the cache: {rate:.1f} % (target: 95): {met(rate >= 95)}; errors: {errors} (target: 0): "
          f"{met(errors == 0)}")  # fmt: skip


def keep_changing(database: str) -> None:
    """Refresh one organization every two seconds, so that its answers have to be computed anew."""
    use(database)
    chance = random.Random(1)
    organizations = list(Organization.objects.order_by("slug"))
    while True:
        organization = chance.choice(organizations)
        today = organization.calendar.business_date(timezone.now())
        mark_days(organization.pk, organization.calendar, today, today, cause="benchmark")
        refresh_organization(organization.pk)
        time.sleep(2)


def met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=LONGEST_DAYS)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--change", metavar="DATABASE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.change:
        keep_changing(options.change)
    (history,) = histories([options.orders], options.days)
    prepare(history)
    compare_statements(options.rounds)
    tokens = members()
    with server(history.database):
        compare_throughput(tokens)
        all_at_once(tokens, options.seconds)
    connections.close_all()


if __name__ == "__main__":
    main()
