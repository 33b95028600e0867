"""Every value of every page leads to what it is made of: the page behind its link shows the same value."""

import datetime
from collections import defaultdict

import pytest
from django.test import RequestFactory
from django.urls import reverse

from apps.accounts.models import Organization
from apps.accounts.notation import notation_of
from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.query import answer
from apps.analytics.metrics.scope import scope_of
from apps.backoffice.dashboards.controls import read_controls
from apps.backoffice.dashboards.pages import PAGES, PARTNER
from apps.backoffice.explanation import question_of
from apps.core.context import organization_context
from apps.documents.units import bare, written
from apps.marketplace.models import Partner
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.backoffice.dashboards.links import addresses_in, changes_in, values_in
from tests.builders import make_customer, make_line, make_order, make_payment, make_product, make_refund, make_review

MARCH = "start_date=2026-03-01&end_date=2026-03-31"
# Whole days, a period to date with each option, a year by months.
PERIODS = (MARCH, "timeframe=mtd&compare=previous_year&refund_basis=order_day", "timeframe=1y&compare=same_weekdays")


@pytest.fixture
def busy(example_day):
    """The example day among other days that begin at four: every channel and status, refunds on later days."""
    Organization.objects.filter(pk=example_day.pk).update(day_starts_at=datetime.time(4))
    organization = Organization.objects.get(pk=example_day.pk)
    with organization_context(organization.pk):
        partners = [*Partner.objects.order_by("name"), None]
    customers = [make_customer(organization, name=name, city=name[:1]) for name in ("Fay", "Gus", "Hal")] + [None]
    product = make_product(organization, name="Blanket", price=7)
    statuses = ("completed", "cancelled", "rejected", "no_show", "pending", "in_progress")
    for number in range(30):
        status = statuses[number % 6]
        placed = at(examples.ASKED_ON - datetime.timedelta(days=number * 3), hour=(number * 5) % 24, minutes=number)
        order = make_order(
            organization,
            number=f"B{number}",
            placed_at=placed,
            accepted_at=placed + datetime.timedelta(minutes=number) if status in {"completed", "cancelled"} else None,
            status=status,
            channel=("web", "app", "phone", "ai")[number % 4],
            partner=partners[number % len(partners)],
            customer=customers[number % 4],
            total=20 + number,
            subtotal=21 + number,
            discount=1,
        )
        make_line(order, product=product, quantity=3, unit_price=7, total=21)
        if number % 3 == 0:
            make_payment(order, method=("card", "cash")[number % 2], amount=number, status="captured")
            make_refund(organization, order=order, amount=number + 1, refunded_at=placed + datetime.timedelta(days=2))
            make_review(order, rating=number % 5 + 1, reviewed_at=placed + datetime.timedelta(days=1))
    make_refund(organization, order=None, amount=9, refunded_at=at(examples.DAY, 3))
    refresh(organization)
    return organization


@pytest.fixture
def variants(busy):
    """Addresses of pages: each page over each period, then under each of its filters."""
    with organization_context(busy.pk):
        one, other, *_more = (str(partner.pk) for partner in Partner.objects.order_by("name"))
    chosen = {
        "partner": (f"partner={one}", f"partner={one}&partner={other}", "partner="),
        "channel": ("channel=web", "channel=web&channel=app"),
        "category": ("category=",),
        "weekday": ("weekday=2", "weekday=2&weekday=4"),
        "partner_status": ("partner_status=active",),
        "segment": ("segment=new", "segment=occasional&segment=regular"),
    }
    pages = {reverse(f"admin:{page.route}"): page for page in PAGES.values()}
    pages[reverse("admin:dashboard_partner", args=[one])] = PARTNER
    return {
        page.key: [
            *(f"{path}?{period}" for period in PERIODS),
            *(f"{path}?{PERIODS[1]}&{query}" for key in page.filters for query in chosen[key]),
        ]
        for path, page in pages.items()
    }


class Behind:
    """What the pages behind addresses show; each address is computed once, with its metrics together."""

    def __init__(self, organization):
        self.organization = organization
        self.scope = scope_of(organization)
        self.known = {}

    def look_up(self, addresses):
        """Compute the values of addresses that are not known yet."""
        asked = defaultdict(list)
        for address in set(addresses) - set(self.known):
            path, _sep, query = address.partition("?")
            asked[query].append((path.split("/")[-2], address))
        for query, pairs in asked.items():
            controls = read_controls(RequestFactory().get(f"/?{query}"), self.organization)
            assert (controls.errors, controls.problems) == ((), {}), query
            table = answer(question_of(sorted({key for key, _address in pairs}), controls), self.scope)
            self.known |= {address: (METRICS[key], table.total[key]) for key, address in pairs}

    def written(self, address):
        """Return the value behind an address as its page writes it."""
        metric, value = self.known[address]
        return written(value, metric.unit, notation_of(self.organization))

    def says(self, address, texts):
        """Whether one of the texts is the value behind an address, to the last digit."""
        metric, value = self.known[address]
        notation, exact = notation_of(self.organization), self.written(address)
        taken_away = written(value and -value, metric.unit, notation)
        same = {str(value), exact, bare(value, metric.unit, notation), taken_away, f"{metric.label}: {exact}"}
        begins, ends = f"{exact} of ", (f": {exact} {metric.label}", f"of {exact} orders")
        return any(text in same or text.startswith(begins) or text.endswith(ends) for text in texts)


@pytest.mark.parametrize("page", [*PAGES, PARTNER.key])
def test_every_value_is_that_of_the_page_behind_it(page, busy, variants, owner, sign_in):
    client, behind = sign_in(owner, busy), Behind(busy)
    wrong = []
    for address in variants[page]:
        answered = client.get(address)
        panels = answered.context["panels"]
        values = {panel["key"]: list(values_in(panel)) for panel in panels}
        changes = {value.href for panel in panels for value in changes_in(panel)}
        found = {value.href for held in values.values() for value in held}
        assert addresses_in(answered.content.decode()) == found | changes, address  # none has escaped
        assert {key for key, held in values.items() if not held} <= {
            *("recent", "drivers", "changes"),  # which lead to orders, and to changes
            *(panel["key"] for panel in panels if panel["unavailable"] or ("grid" in panel and not panel["grid"].rows)),
        }, address
        behind.look_up(found)
        wrong += [
            (address, key, value, behind.known[value.href][1])
            for key, held in values.items()
            for value in held
            if not behind.says(value.href, value.says)
        ]
    assert wrong == []
    for held in values.values():  # the page itself, once a panel
        for value in held[:1]:
            shown = client.get(value.href).context
            assert (shown["value"], shown["has_changed"]) == (behind.written(value.href), False), value


@pytest.mark.parametrize("page", ["overview", "revenue", "partners"])
def test_every_change_is_that_of_the_page_behind_it(page, busy, variants, owner, sign_in):
    client, wrong, known = sign_in(owner, busy), [], 0
    for address in variants[page][1 : len(PERIODS) + 1 : 2]:  # to date, and under a filter
        for panel in client.get(address).context["panels"]:
            for change in changes_in(panel):
                behind = client.get(change.href.partition("#")[0]).context["change"]
                told = behind["in_words"].title.partition(" against ")[0]
                days = (behind["days"], behind["earlier_days"]) == (panel["period"], panel["against"])
                wrong += [] if days and change.says == (told,) else [(address, panel["key"], change, behind)]
                known += 1
    assert wrong == []
    assert known > 3
