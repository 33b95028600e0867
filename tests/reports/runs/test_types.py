"""What reports say: the metrics’ own values, how they are to be read, and what has changed since."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import scope_of
from apps.core.context import organization_context
from apps.core.periods import Period
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportSchedule, ReportType
from apps.reports.types import REPORTS
from apps.reports.types.asked import Asked
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.builders import make_customer, make_line, make_order, make_product
from tests.reports.runs.conftest import THE_DAY

D = Decimal
NOTHING_HAPPENED = Period(datetime.date(2020, 1, 1), datetime.date(2020, 1, 7))


@pytest.fixture
def compose(example_day, ask):
    """Return what a report says of the example day."""

    def composed(report_type, *, shows_contact_details=True, report=None, **changes):
        scope = scope_of(example_day, shows_contact_details=shows_contact_details)
        asked = {"period": THE_DAY, "compare": "previous_period", "refund_basis": "refund_day", "filters": {}}
        with organization_context(example_day.pk):
            return REPORTS[report_type].compose(scope, Asked(**{**asked, **changes}), report or ask())

    return composed


def section(composed, key):
    return next(section for section in composed.document.sections if section.key == key)


def rows_by_name(section):
    return {row[0]: dict(zip([column.key for column in section.table.columns], row, strict=True))
            for row in section.table.rows}  # fmt: skip


def test_there_is_a_report_of_every_type_and_none_of_another():
    assert list(REPORTS) == list(ReportType.values)


@pytest.mark.parametrize("report_type", ReportType.values)
def test_every_figure_and_total_is_what_the_metric_says(compose, example_day, report_type):
    document = compose(report_type).document
    asked = {figure.key: figure.value for figure in document.figures}
    assert asked
    table = query_metrics(scope_of(example_day), list(asked), period=THE_DAY, compare="previous_period")
    assert asked == dict(table.total.values)
    told = {figure.key: figure.earlier for figure in document.figures}
    assert told == {key: table.total.compared[key].earlier for key in told}
    for one in document.sections:
        if one.table is None or one.table.total is None or one.key in {"at_risk", "inventory"}:
            continue
        keys = [column.key for column in one.table.columns]
        metrics = [key for key in keys if key in METRICS and key != "product_orders"]  # overlaps between products
        totals = dict(zip(keys, one.table.total, strict=True))
        known = query_metrics(scope_of(example_day), metrics, period=THE_DAY) if one.key != "capacity" else None
        assert known is None or {key: totals[key] for key in metrics} == dict(known.total.values), one.key


@pytest.mark.parametrize("report_type", ReportType.values)
def test_every_metric_that_is_shown_is_defined(compose, report_type):
    document = compose(report_type).document
    shown = {figure.key for figure in document.figures}
    for one in document.sections:
        shown |= {figure.key for figure in one.figures if figure.key in METRICS}
        shown |= {column.key for column in one.table.columns if column.key in METRICS} if one.table else set()
    assert shown <= {definition.key for definition in document.definitions}
    assert all(definition.text == METRICS[definition.key].formula for definition in document.definitions)


@pytest.mark.parametrize("report_type", ReportType.values)
def test_every_part_of_a_report_without_filters_has_an_answer(compose, report_type):
    notes = {one.key: one.note for one in compose(report_type).document.sections}
    assert [key for key, note in notes.items() if "not kept" in note] == []


def test_the_products_that_changed_most_come_first_risen_or_fallen(compose, example_day):
    """On the day itself: suits 10 to 45, coats 90 to nothing, aprons as before."""
    day, before = at(examples.DAY), at(examples.DAY - datetime.timedelta(days=1))
    for name, was, now in (("Suit", 10, 45), ("Coat", 90, 0), ("Apron", 5, 5)):
        product = make_product(example_day, name=name)
        for placed_at, amount in ((before, was), (day, now)):
            if amount:
                order = make_order(example_day, placed_at=placed_at, total=D(amount))
                make_line(order, product=product, unit_price=D(amount), total=D(amount))
    refresh(example_day)
    moved = rows_by_name(section(compose("product_performance"), "movers"))
    told = {name: (row["total_revenue_earlier"], row["total_revenue"], row["change"]) for name, row in moved.items()}
    assert (told["Coat"], told["Suit"]) == ((D(90), D(0), D(-90)), (D(10), D(45), D(35)))
    assert "Apron" not in told
    sizes = [abs(row["change"]) for row in moved.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_a_report_says_how_it_is_to_be_read(compose):
    facts = dict(compose("revenue", refund_basis="order_day", filters={"channel": ("web", "")}).document.facts)
    as_of = facts.pop("As of")
    assert as_of
    assert facts == {
        "Period": "10 Mar 2026",
        "Compared with": "Period before: 9 Mar 2026",
        "Time zone": "America/New_York; business days begin at 00:00",
        "Currency": "USD",
        "Refunds": "On the day of the order",
        "Only channel": "Web, No order",
        "Restated": "This is the first issue.",
    }


def test_a_single_day_is_drawn_as_bars_and_several_as_lines(compose):
    (one,) = section(compose("revenue"), "trend").charts[:1]
    week = Period(THE_DAY.first - datetime.timedelta(days=6), THE_DAY.last)
    (several,) = section(compose("revenue", period=week), "trend").charts[:1]
    assert (one.form, len(one.labels), len(one.series)) == ("bars", 1, 2)
    assert several.form == "lines"


def test_a_period_that_goes_on_says_so(compose, example_day):
    today = example_day.calendar.business_date(timezone.now())
    document = compose("revenue", period=Period(examples.DAY, today + datetime.timedelta(days=3))).document
    assert dict(document.facts)["Period"].endswith(", goes on")
    ahead = Period(today + datetime.timedelta(days=1), today + datetime.timedelta(days=3))
    assert dict(compose("revenue", period=ahead).document.facts)["Period"].endswith(", has not begun")
    (chart,) = [one.charts[0] for one in document.sections if one.key == "trend"]
    assert chart.goes_on
    assert chart.series[0].values[-1] is None, "what has not begun is a gap, not a zero"


def test_what_is_not_kept_by_a_filter_says_so_and_the_rest_is_there(compose, example_day):
    composed = compose("executive_summary", filters={"channel": ("web",)})
    assert section(composed, "top_partners").note == "These figures are not kept by channel."
    assert section(composed, "top_partners").table is None
    assert section(composed, "trend").table.rows
    asked = {figure.key: figure.value for figure in composed.document.figures}
    table = query_metrics(scope_of(example_day), list(asked), period=THE_DAY, filters={"channel": ["web"]})
    assert asked == dict(table.total.values)
    assert "average_rating" not in {definition.key for definition in composed.document.definitions}


def test_filters_that_only_some_figures_have_together_leave_those(compose):
    composed = compose("revenue", filters={"channel": ("web",), "weekday": ("2",)})
    assert composed.document.figures
    assert REPORTS["revenue"].figures_under({"channel": ("web",), "product": ("",)}) == ()


def test_contact_details_are_for_those_who_may_see_them(compose, example_day):
    ann = make_customer(example_day, name="Zed", email="zed@example.com")
    make_order(example_day, customer=ann, placed_at=at(examples.DAY), total=D(500))
    refresh(example_day)
    full = rows_by_name(section(compose("customers"), "top_customers"))
    masked = rows_by_name(section(compose("customers", shows_contact_details=False), "top_customers"))
    assert (full["Zed"]["customer_email"], masked["Zed"]["customer_email"]) == ("zed@example.com", "z***@***")
    assert full["Zed"]["total_revenue"] == masked["Zed"]["total_revenue"] == D(500)


def on_one_clock(report):
    """The database’s clock has not travelled along, and it is what tells as of when the figures are."""
    with organization_context(report.organization_id):
        AnalyticsReport.objects.filter(pk=report.pk).update(as_of=timezone.now())


def test_what_was_restated_since_the_last_issue_is_told_once(ask, compose, example_day):
    before = generate(ask(parameters={"compare": "previous_period"}).pk)
    assert before.summary["full"]["restated"] == 0
    on_one_clock(before)
    make_order(example_day, placed_at=at(examples.DAY), total=D("7.50"))
    refresh(example_day)
    report = ask()
    composed = compose("revenue", report=report)
    (row,) = section(composed, "restated").table.rows
    keys = [column.key for column in section(composed, "restated").table.columns]
    told = dict(zip(keys, row, strict=True))
    assert told["date"] == examples.DAY
    assert told["total_revenue_says"] - told["total_revenue_said"] == D("7.50")
    assert told["order_count_says"] - told["order_count_said"] == 1
    assert (told["refund_amount_said"], told["refund_amount_says"]) == (None, None)
    assert dict(composed.document.facts)["Restated"].startswith("1 day, since the issue as of ")
    done = generate(report.pk)
    assert done.summary["full"]["restated"] == 1
    on_one_clock(done)
    again = generate(ask().pk)
    assert again.summary["full"]["restated"] == 0


def test_another_report_is_no_issue_of_this_one(ask, example_day):
    for other in ({"report_type": "orders"}, {"parameters": {"compare": "previous_year"}}, {"is_preview": True}):
        on_one_clock(generate(ask(**other).pk))
    make_order(example_day, placed_at=at(examples.DAY))
    refresh(example_day)
    assert generate(ask().pk).summary["full"]["restated"] == 0


def test_an_empty_period_is_skipped_where_the_schedule_says_so(ask, example_day, kept):
    with organization_context(example_day.pk):
        schedule = ReportSchedule.objects.create(
            organization=example_day, name="Weekly", report_type="revenue", timezone="UTC", skip_when_empty=True
        )
    asked = {"schedule": schedule, "trigger": "schedule", "created_by": None, "period": NOTHING_HAPPENED}
    skipped = generate(ask(**asked, slot=timezone.now()).pk)
    assert (skipped.status, kept(), skipped.summary["full"]["is_empty"]) == ("skipped", [], True)
    assert generate(ask(**asked, is_preview=True).pk).status == "succeeded"
    full = generate(ask(**{**asked, "period": THE_DAY}, slot=timezone.now()).pk)
    assert (full.status, full.summary["full"]["is_empty"]) == ("succeeded", False)
    with organization_context(example_day.pk):
        assert AnalyticsReport.objects.filter(status="skipped").count() == 1
