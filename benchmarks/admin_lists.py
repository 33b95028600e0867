"""Lists of the admin: what a page costs in the largest organization, against the same page of one without rows.

    python benchmarks/admin_lists.py [--orders 1000000] [--days 1095] [--rounds 5] [--only order,payment] [--explain 20]

Every list is asked for as its page offers it: the first pages, each filter alone and each two together, each sortable
column both ways, searches that find and that do not, autocompletes, and the pages of single rows that lists lead to.
Pages take turns with those of the empty organization. A ratio holds the rows' own rendering too, so the milliseconds in
the database stand beside it. Bounds: a page costs at most `MOST` times the empty one, and its statements take at most
`MOST_IN_DATABASE` of the time that the empty page takes.
"""

import argparse
import html
import itertools
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from histories import LONGEST_DAYS, execute, histories, prepare, use
from measure import interleaved, median

from apps.accounts.administration import TenantModelAdmin
from apps.accounts.models import Membership, Organization, Role, User
from apps.backoffice.current import SESSION_KEY
from apps.core.context import organization_context
from apps.marketplace.models import Order

MOST = 6.0
MOST_IN_DATABASE = 2.0
FEW_FILTERS = 2
PARTS_OF_A_NAME = 3
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


@dataclass
class Page:
    """An address of the admin, and what was seen of it."""

    title: str
    address: str
    seconds: list[float] = field(default_factory=list)
    in_database: list[float] = field(default_factory=list)
    slowest: tuple[float, str, Any] = (0.0, "", None)


class Watch:
    """Times the statements that pass, and remembers the slowest."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slowest: tuple[float, str, Any] = (0.0, "", None)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Run a statement and note how long it took."""
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - begun
            self.seconds += took
            self.slowest = max(self.slowest, (took, sql, params), key=lambda seen: seen[0])


def lists_of(organization: Organization, only: set[str]) -> Iterator[Page]:
    """Yield the pages of every list, with values that the organization has."""
    for model in filter(admin.site.is_registered, apps.get_models()):
        page = admin.site.get_model_admin(model)
        if not isinstance(page, TenantModelAdmin) or (only and model._meta.model_name not in only):
            continue
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{name}_changelist")
        rows = list(model.objects.order_by(*page.ordering)[:200])
        if not rows:
            continue
        sample = rows[len(rows) // 2]
        yield Page(f"{model._meta.model_name}: first page", address)
        for title, parameters in offered(page, sample):
            yield Page(f"{model._meta.model_name}: {title}", f"{address}?{urlencode(parameters)}")
        yield Page(f"{model._meta.model_name}: a row", reverse(f"admin:{name}_change", args=[sample.pk]))


def offered(page: TenantModelAdmin, sample: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each filter, each two filters, each sorting and searches put into the address."""
    filters = {
        spec[0] if isinstance(spec, tuple) else spec.parameter_name: found
        for spec in page.list_filter
        if (found := filter_parameters(spec, sample))
    }
    for few in range(1, FEW_FILTERS + 1):
        for names in itertools.combinations(filters, few):
            yield " and ".join(names), {key: value for name in names for key, value in filters[name].items()}
    for name in page.sortable_fields:
        place = list(page.list_display).index(name) + 1
        yield f"by {name}", {"o": str(place)}
        yield f"by {name}, turned", {"o": f"-{place}"}
    for lookup in page.search_fields:
        path = lookup.split("__")
        kind = path.pop() if path[-1] in {"exact", "istartswith", "startswith"} else "exact"
        value = sample
        for part in path:
            value = getattr(value, part, None)
        if value:
            yield f"search {lookup}", {"q": str(value) if kind == "exact" else str(value)[:PARTS_OF_A_NAME]}
    if page.search_fields:
        yield "search for nothing that is there", {"q": "zzz nobody is called this"}


def filter_parameters(spec: Any, sample: Any) -> dict[str, Any] | None:
    """Return what the filter puts into the address for the sample's value."""
    if not isinstance(spec, tuple):
        name = spec.parameter_name
        known = {"expired": "yes", "at_risk": "yes", "figures": "daily_revenue", "endpoint": "revenue"}
        return {name: known[name]}
    name, kind = spec
    value = getattr(sample, name)
    if value is None or value == "":
        return None
    if "Days" in kind.__name__ or "Dates" in kind.__name__:
        day = value.date() if hasattr(value, "date") else value
        return {f"{name}_from": day, f"{name}_to": day}
    if "Reference" in kind.__name__:
        return {f"{name}__id__exact": value.pk}
    return {f"{name}__exact": value}


def deep_pages(client: Client, pages: list[Page]) -> Iterator[Page]:
    """Yield the twentieth page of each list that has so many."""
    for page in pages:
        if not page.title.endswith("first page"):
            continue
        address = page.address
        for _ in range(20):
            following = _NEXT.search(client.get(address).content.decode())
            if not following:
                break
            address = page.address + html.unescape(following[1])
        else:
            yield Page(page.title.replace("first", "twentieth"), address)


def autocompletes(sample: dict[str, str]) -> Iterator[Page]:
    """Yield what is asked while a reference is chosen."""
    for model, fields in (("order", ("customer", "partner")), ("payment", ("order",)), ("orderline", ("product",))):
        for name in fields:
            query = {"app_label": "marketplace", "model_name": model, "field_name": name}
            address = reverse("admin:autocomplete")
            yield Page(f"choose {name}", f"{address}?{urlencode(query)}")
            yield Page(f"choose {name}, typed", f"{address}?{urlencode(query | {'term': sample[name]})}")


def client_for(user: User, organization: Organization) -> Client:
    """Return a browser that works for the organization."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(organization.pk)
    session.save()
    return client


@contextmanager
def empty_organization(like: Organization, user: User) -> Iterator[Organization]:
    """Make an organization without rows, and remove it again."""
    organization = Organization.objects.create(
        slug=f"empty-{uuid.uuid4().hex[:8]}", name="Empty", timezone=like.timezone, currency=like.currency
    )
    with organization_context(organization.pk):
        membership = Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
    try:
        yield organization
    finally:
        with organization_context(organization.pk):
            membership.delete()
        organization.delete()


def measure(page: Page, large: Client, small: Client, rounds: int) -> tuple[float, float, float, float]:
    """Return the ratio, the share in the database, and the seconds of the large and the small page."""

    def ask() -> None:
        watch = Watch()
        with connection.execute_wrapper(watch):
            answer = large.get(page.address)
        assert answer.status_code == 200, (page.address, answer.status_code)
        page.in_database.append(watch.seconds)
        page.slowest = max(page.slowest, watch.slowest, key=lambda seen: seen[0])

    def ask_empty() -> None:
        small.get(page.address, follow=False)

    timings = interleaved({"large": ask, "small": ask_empty}, rounds=rounds)
    own, base = median(timings["large"]), median(timings["small"])
    return own / base, median(page.in_database[1:]) / base, own, base


def explained(page: Page) -> str:
    """Return the plan of the page's slowest statement."""
    seconds, sql, params = page.slowest
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
        plan = "\n".join(f"      {line}" for (line,) in cursor.fetchall())
    return f"    {seconds * 1000:.1f} ms: {sql[:300]}\n{plan}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=LONGEST_DAYS)
    parser.add_argument("--database", help="measure this one as it is, instead of a history of so many orders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="names of models")
    parser.add_argument("--explain", type=float, metavar="MS", help="show the plan of statements slower than this")
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.DEBUG = False
    if options.database:
        use(options.database)
    else:
        (history,) = histories([options.orders], options.days)
        prepare(history)
    (key,) = execute(
        "SELECT organization_id FROM daily_revenue_summaries GROUP BY 1 ORDER BY sum(order_count) DESC LIMIT 1"
    )[0]
    organization = Organization.objects.get(pk=key)
    user, _ = User.objects.get_or_create(email="admin-lists@benchmark.example", defaults={"is_staff": True})
    User.objects.filter(pk=user.pk).update(is_staff=True)
    with organization_context(organization.pk):
        Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": Role.OWNER})
    with empty_organization(organization, user) as nobody:
        run(organization, nobody, user, options)
    connections.close_all()


def run(organization: Organization, nobody: Organization, user: User, options: argparse.Namespace) -> None:
    large, small = client_for(user, organization), client_for(user, nobody)
    only = set(filter(None, options.only.split(",")))
    with organization_context(organization.pk):
        pages = list(lists_of(organization, only))
        if not only:
            order = Order.objects.order_by("-placed_at").first()
            line = order.lines.select_related("product").first()
            pages += autocompletes(
                {"customer": str(order.customer)[:PARTS_OF_A_NAME], "partner": str(order.partner)[:PARTS_OF_A_NAME],
                 "order": order.number, "product": str(line.product)[:PARTS_OF_A_NAME] if line else "a"}
            )  # fmt: skip
    pages += deep_pages(large, pages)
    print(f"{len(pages)} pages of {organization.name}, each against the same of an organization without rows, "
          f"median of {options.rounds}\n")  # fmt: skip
    print(f"  {'page':<64} {'ms':>7} {'empty':>7} {'in db':>7} {'ratio':>6}")
    worst = worst_in_database = 0.0
    for page in pages:
        is_row = page.title.endswith("a row")
        ratio, share, own, base = measure(page, large, small, options.rounds)
        note = ""
        if not is_row:  # the empty organization has no such row to show
            worst, worst_in_database = max(worst, ratio), max(worst_in_database, share)
            note = "" if ratio <= MOST and share <= MOST_IN_DATABASE else "  ABOVE THE BOUND"
        spent = median(page.in_database[1:]) * 1000
        shown = "      " if is_row else f"{ratio:6.2f}"
        print(f"  {page.title:<64} {own * 1000:7.1f} {base * 1000:7.1f} {spent:7.1f} {shown}{note}")
        if options.explain and page.slowest[0] * 1000 > options.explain:
            print(explained(page))
    print(f"\n  worst ratio {worst:.2f} (bound {MOST:.0f}): {'met' if worst <= MOST else 'NOT MET'}; worst time in the "
          f"database {worst_in_database:.2f} of an empty page (bound {MOST_IN_DATABASE:.0f}): "
          f"{'met' if worst_in_database <= MOST_IN_DATABASE else 'NOT MET'}")  # fmt: skip


if __name__ == "__main__":
    main()
