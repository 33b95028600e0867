"""What the rollups say of the real data sets; the figures of DATA.md, and a few lines over the files themselves."""

import datetime
from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, Max, Min, Sum
from django.db.models.functions import TruncMonth

from apps.analytics.models import (
    CustomerAnalytics,
    DailyCustomerActivity,
    DailyProductSales,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
)
from apps.analytics.services import refresh_organization
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.marketplace.models import Order, Payment
from tests.analytics.rest.answers_checked import check_endpoints

D = Decimal
METHODS = ("cash_revenue", "card_revenue", "wallet_revenue", "online_revenue")


def by_month(model, *columns):
    """Return the sums of a rollup's columns by calendar month, as a dictionary of dictionaries."""
    rows = model.objects.annotate(month=TruncMonth("date")).values("month").annotate(**{c: Sum(c) for c in columns})
    return {row["month"].strftime("%Y-%m"): row for row in rows.order_by("month")}


def check_sums(organization):
    """Every way to add up the revenue gives the same."""
    whole = DailyRevenueSummary.objects.aggregate(
        total=Sum("total_revenue"), refunds=Sum("refund_amount"), order_day=Sum("order_day_refund_amount"),
        paid=sum((Sum(method) for method in METHODS), Sum("unpaid_revenue")), gross=Sum("gross_sales"),
    )  # fmt: skip
    assert whole["paid"] == whole["total"]
    assert whole["refunds"] == whole["order_day"]
    for model in (DailyProductSales, PartnerPerformanceMetric, DailyCustomerActivity):
        assert model.objects.aggregate(total=Sum("total_revenue"))["total"] == whole["total"]
    assert DailyProductSales.objects.aggregate(gross=Sum("gross_sales"))["gross"] == whole["gross"]
    for model in (PartnerPerformanceMetric, DailyCustomerActivity):
        assert model.objects.aggregate(refunds=Sum("refund_amount"))["refunds"] == whole["refunds"]
    return whole


def settled(organization):
    """Refresh, and have nothing left to do."""
    assert refresh_organization(organization.pk).steps[-1].more is False
    assert not refresh_organization(organization.pk).days


def check_takeaway(organization):
    settled(organization)
    with organization_context(organization.pk):
        whole = check_sums(organization)
        assert (whole["total"], whole["gross"]) == (D("446517.45"), D("446517.45"))
        years = DailyRevenueSummary.objects.values_list("date__year").annotate(total=Sum("total_revenue"))
        assert list(years.order_by("date__year")) == [
            (2015, D("412.50")),
            (2016, D("63978.80")),
            (2017, D("126484.50")),
            (2018, D("150094.70")),
            (2019, D("105546.95")),
        ]
        best = DailyProductSales.objects.values_list("product__name").annotate(total=Sum("gross_sales"))
        assert best.order_by("-total")[0] == ("Chicken Tikka Masala", D("22133.35"))
        assert DailyRevenueSummary.objects.aggregate(orders=Sum("order_count"))["orders"] == 13397
        assert not CustomerAnalytics.objects.exists()


def check_online_retail(organization, rows):
    """`rows` are the file's lines: month by month, the net of the rollups and what is not stored add up to them."""
    settled(organization)
    raw, unstored, sold = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
    for row in rows:
        month = row["InvoiceDate"][:7]
        amount = D(row["Quantity"]) * D(row["Price"])
        raw[month] += amount
        code = row["StockCode"].upper()
        if row["Invoice"].startswith("A") or code in ("AMAZONFEE", "BANK CHARGES", "CRUK", "PADS"):
            unstored[month] += amount
        elif not row["Invoice"].startswith("C"):
            sold[month] += amount
    told = {month: raw[month] for month in ("2010-12", "2011-05", "2011-09", "2011-11")}
    assert told == {
        "2010-12": D("748957.020"), "2011-05": D("723333.510"),
        "2011-09": D("1019687.622"), "2011-11": D("1461756.250"),
    }  # fmt: skip
    with organization_context(organization.pk):
        check_sums(organization)
        months = by_month(DailyRevenueSummary, "total_revenue", "refund_amount", "cancelled_orders")
        placed, undone = defaultdict(Decimal), defaultdict(Decimal)
        for placed_at, cancelled_at, total in Order.objects.filter(status="cancelled").values_list(
            "placed_at", "cancelled_at", "total"
        ):
            calendar = organization.calendar
            placed[calendar.business_date(placed_at).strftime("%Y-%m")] += total
            undone[calendar.business_date(cancelled_at).strftime("%Y-%m")] += total
        assert set(months) == set(raw)
        for month, row in months.items():
            assert row["total_revenue"] + placed[month] == sold[month].quantize(D("0.01")), month
            net = row["total_revenue"] - row["refund_amount"]
            # A cancelled order counts for nothing; in the file it was sold in one month and undone in that or the next.
            assert net + placed[month] - undone[month] == (raw[month] - unstored[month]).quantize(D("0.01")), month
        refunds = DailyRevenueSummary.objects.aggregate(total=Sum("refund_amount"))["total"]
        assert refunds == D("330378.82") + D("5696.22")


def check_olist(organization):
    settled(organization)
    with organization_context(organization.pk):
        whole = check_sums(organization)
        counted = Order.objects.counted()
        assert whole["total"] == counted.aggregate(total=Sum("total"))["total"]
        assert whole["gross"] == counted.aggregate(total=Sum("lines__total"))["total"]
        # DATA.md has payments of every order by the month of purchase: what was paid for orders that fell through is
        # added to what the rollups have.
        months = by_month(DailyRevenueSummary, *METHODS)
        uncounted = defaultdict(Decimal)
        fallen = Payment.objects.filter(status="captured").exclude(order__in=counted)
        for placed_at, amount in fallen.values_list("order__placed_at", "amount"):
            uncounted[organization.calendar.business_date(placed_at).strftime("%Y-%m")] += amount
        paid = {month: sum(row[method] for method in METHODS) + uncounted[month] for month, row in months.items()}
        assert {month: paid[month] for month in ("2017-01", "2017-05", "2017-11", "2018-05", "2018-08")} == {
            "2017-01": D("13510.97"),
            "2017-05": D("68043.25"),
            "2017-11": D("125755.72"),
            "2018-05": D("127085.69"),
            "2018-08": D("107940.64"),
        }
        assert sum(paid.values()) == D("1614098.49")
        # New and returning persons of August 2018, by orders in any status as DATA.md counts them.
        active = DailyCustomerActivity.objects.filter(order_count__gt=0, customer__isnull=False)
        august = datetime.date(2018, 8, 1), datetime.date(2018, 8, 31)
        firsts = dict(active.values_list("customer").annotate(first=Min("date")))
        seen = set(active.filter(date__range=august).values_list("customer", flat=True))
        new = sum(firsts[customer] >= august[0] for customer in seen)
        assert (len(seen), new, len(seen) - new) == (676, 672, 4)
        # By counted orders, which is what "new" means everywhere here.
        first_counted = dict(counted.filter(customer__isnull=False).values_list("customer").annotate(Min("placed_at")))
        days = [organization.calendar.business_date(instant) for instant in first_counted.values()]
        daily = DailyRevenueSummary.objects.filter(date__range=august).aggregate(new=Sum("new_customers"))["new"]
        assert daily == sum(august[0] <= day <= august[1] for day in days)
        best = PartnerPerformanceMetric.objects.values_list("partner__external_id").annotate(total=Sum("total_revenue"))
        assert (
            best.order_by("-total")[0][0]
            == (counted.values_list("partner__external_id").annotate(total=Sum("total")).order_by("-total")[0][0])
        )
        assert CustomerAnalytics.objects.aggregate(Max("total_orders"), Count("id"))["id__count"] == len(
            set(active.values_list("customer", flat=True))
        )
    verified = verify_organization(organization.pk, repair=False)
    assert verified is not None
    assert (verified.differences, verified.details) == (0, [])
    check_endpoints(
        organization,
        {"start_date": "2018-08-01", "end_date": "2018-08-31"},
        {"start_date": "2017-06-01", "end_date": "2018-05-31", "compare": "previous_year", "refund_basis": "order_day"},
    )
