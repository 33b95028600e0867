"""What the same file, a changed file, a broken row and a basket of several vendors come to."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.imports.blanks import blank_csv
from apps.imports.mapping.shipped import shipped_mappings
from apps.marketplace.models import Customer, Order, OrderLine, Payment, Refund, Review
from tests.imports.running import import_files, import_text, outcomes, rejected

D = Decimal
LINES = "OrderNumber,OrderDate,ItemName,Quantity,ProductPrice,TotalProducts\n"
MENU = LINES + (
    "1,03/08/2019 20:25,Naan,2,1.50,2\n"
    "1,03/08/2019 20:25,Naan,2,1.50,2\n"
    "2,04/08/2019 01:10,Rice,1,2.95,2\n"
    "2,04/08/2019 01:10,Curry,1,9.00,2\n"
)


def takeaway(organization, content, tmp_path, **options):
    return import_text(organization, "takeaway", content, tmp_path, name="takeaway.csv", **options)


def lines_of(organization):
    with organization_context(organization.pk):
        lines = OrderLine.objects.select_related("order").order_by("order__number", "description", "external_id")
        return [(line.order.number, line.description, line.quantity, line.total) for line in lines]


def orders_of(organization):
    with organization_context(organization.pk):
        return {order.external_id: order for order in Order.objects.select_related("partner").all()}


def test_an_order_in_the_file_is_replaced_whole_and_others_stay(laundry, tmp_path):
    takeaway(laundry, MENU, tmp_path)
    before = orders_of(laundry)
    changed = LINES + "2,04/08/2019 01:10,Curry,1,9.00,2\n2,04/08/2019 01:10,Rice,3,2.95,2\n"

    result = takeaway(laundry, changed, tmp_path)

    assert outcomes(result) == {"product": (0, 0, 2, 0), "order": (0, 1, 0, 0), "order_line": (1, 0, 1, 1)}
    assert lines_of(laundry) == [
        ("1", "Naan", 2, D("3.00")),
        ("1", "Naan", 2, D("3.00")),
        ("2", "Curry", 1, D("9.00")),
        ("2", "Rice", 3, D("8.85")),
    ]
    after = orders_of(laundry)
    assert (after["2"].total, after["2"].pk) == (D("17.85"), before["2"].pk)
    assert after["1"].updated_at == before["1"].updated_at


def test_an_order_is_taken_whole_or_not_at_all(laundry, tmp_path):
    broken = MENU.replace("Curry,1,9.00", "Curry,one,9.00")
    result = takeaway(laundry, broken, tmp_path, valid_rows=True)
    assert (result.rows_read, result.rows_rejected) == (4, 2)
    assert [number for number, *_ in lines_of(laundry)] == ["1", "1"]
    assert rejected(laundry) == [
        (4, "OrderNumber", "an order is taken whole or not at all, and its row on line 5 was rejected"),
        (5, "Quantity", "is not a quantity with at most 11 digits before and 3 after the decimal sign"),
    ]
    assert [(line.name, line.rows, line.raw) for line in result.classes] == [
        ("sale", 2, D("6.00")),
        ("rejected", 2, D("2.95")),
    ]


def test_a_preview_tells_everything_and_writes_nothing(laundry, tmp_path):
    preview = takeaway(laundry, MENU, tmp_path, commit=False)
    assert outcomes(preview) == {"product": (3, 0, 0, 0), "order": (2, 0, 0, 0), "order_line": (4, 0, 0, 0)}
    assert {entry["fact"] for entry in preview.sample} == {"product", "order", "order_line"}
    assert (orders_of(laundry), lines_of(laundry)) == ({}, [])
    assert outcomes(takeaway(laundry, MENU, tmp_path)) == outcomes(preview)


def test_the_same_file_is_imported_into_each_organization_by_itself(organizations, tmp_path):
    for organization in organizations[:2]:
        takeaway(organization, MENU, tmp_path)
    counts = [(len(orders_of(organization)), len(lines_of(organization))) for organization in organizations]
    assert counts == [(2, 4), (2, 4), (0, 0)]
    instants = [orders_of(organization)["1"].placed_at for organization in organizations[:2]]
    assert [instant.strftime("%d %H:%M") for instant in instants] == ["04 00:25", "03 12:25"]


def test_what_a_mapping_does_not_fill_is_left_as_it_is(laundry, tmp_path):
    takeaway(laundry, MENU, tmp_path)
    with organization_context(laundry.pk):
        Order.objects.filter(number="2").update(scheduled_for=datetime.datetime(2019, 8, 5, tzinfo=datetime.UTC))
    takeaway(laundry, MENU.replace("Curry,1", "Curry,2"), tmp_path)
    assert orders_of(laundry)["2"].scheduled_for is not None


SHOP = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Shipping,Taxes,Total,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Payment Method,Refunded Amount,Vendor\n"
)
FIRST = "paid,2026-03-01 10:00:00 -0500,fulfilled,2026-03-02 10:00:00 -0500,USD,"
BASKET = SHOP + (
    f"#1,ANN@example.com,{FIRST}10.00,1.00,40.01,1.00,2026-03-01 09:59:00 -0500,1,Bowl,10.00,Stripe,0.50,North\n"
    "#1,ann@example.com,,,,,,,,,,2026-03-01 09:59:00 -0500,1,Cup,10.00,,,South\n"
    "#1,ann@example.com,,,,,,,,,,2026-03-01 09:59:00 -0500,1,Jug,10.00,,,West\n"
    "#1,ann@example.com,,,,,,,,,,2026-03-01 09:59:00 -0500,1,Tip,0.01,,,\n"
)


def shopify(organization, content, tmp_path):
    return import_text(organization, "shopify", content, tmp_path, name="orders_export_1.csv")


def test_a_basket_of_three_vendors_is_three_orders_that_sum_to_it(laundry, tmp_path):
    result = shopify(laundry, BASKET, tmp_path)
    assert result.rows_rejected == 0
    orders = orders_of(laundry)
    assert sorted(orders) == ["#1/North", "#1/South", "#1/West"]
    assert {order.basket_reference for order in orders.values()} == {"#1"}
    shares = {
        name: (order.subtotal, order.delivery_fee, order.tax, order.discount, order.tip, order.total)
        for name, order in sorted(orders.items())
    }
    assert shares == {
        "#1/North": (D("10.00"), D("3.34"), D("0.34"), D("0.34"), D("0.01"), D("13.34")),
        "#1/South": (D("10.00"), D("3.33"), D("0.33"), D("0.33"), D("0.00"), D("13.34")),
        "#1/West": (D("10.00"), D("3.33"), D("0.33"), D("0.33"), D("0.00"), D("13.33")),
    }
    with organization_context(laundry.pk):
        assert sorted(Payment.objects.values_list("amount", flat=True)) == [D("13.33"), D("13.34"), D("13.34")]
        assert sum(Refund.objects.values_list("amount", flat=True)) == D("0.50")
        assert Customer.objects.get().email == "ann@example.com"
    assert shopify(laundry, BASKET, tmp_path).changed == 0


def test_a_basket_that_loses_a_vendor_leaves_no_order_behind(laundry, tmp_path):
    shopify(laundry, BASKET, tmp_path)
    smaller = "".join(line for line in BASKET.splitlines(keepends=True) if ",West\n" not in line)
    result = shopify(laundry, smaller.replace("40.01", "30.01"), tmp_path)
    orders = orders_of(laundry)
    assert sorted(orders) == ["#1/North", "#1/South"]
    assert sum(order.total for order in orders.values()) == D("30.01")
    with organization_context(laundry.pk):
        assert sum(Payment.objects.values_list("amount", flat=True)) == D("30.01")
        assert sum(Refund.objects.values_list("amount", flat=True)) == D("0.50")
    assert outcomes(result)["order"][3] == 1


WOO = (
    "order_id,order_number,date,status,shipping_total,tax_total,discount_total,order_total,refunded_total,order_currency,"
    "payment_method,billing_first_name,billing_last_name,billing_email,item_product_id,item_name,item_quantity,item_subtotal\n"
    "7,7,2026-03-01 10:00:00,completed,5.00,0.00,2.00,23.00,0.00,USD,cod,Ann,Lee,a@example.com,11,Soap,2,8.00\n"
    "7,7,2026-03-01 10:00:00,completed,5.00,0.00,2.00,23.00,0.00,USD,cod,Ann,Lee,a@example.com,12,Oil,1,12.00\n"
)


def test_a_woocommerce_order_with_its_discount(laundry, tmp_path):
    import_text(laundry, "woocommerce", WOO, tmp_path, name="orders-export.csv")
    (order,) = orders_of(laundry).values()
    assert (order.subtotal, order.discount, order.delivery_fee, order.total) == (D(20), D(2), D(5), D(23))
    with organization_context(laundry.pk):
        assert Payment.objects.values_list("method", "amount").get() == ("cash", D("23.00"))
        assert Customer.objects.get().name == "Ann Lee"


INVOICES = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID,Country\n"
SOLD = "1,11111A,Box,5,2011-01-10 10:00:00,2.00,C1,France\n1,POST,Postage,1,2011-01-10 10:00:00,3.00,C1,France\n"
BACK = "C2,11111a,Box,-5,2011-01-12 10:00:00,2.00,C1,France\nC2,POST,Postage,-1,2011-01-12 10:00:00,3.00,C1,France\n"


def retail(organization, content, tmp_path):
    return import_text(organization, "online_retail", INVOICES + content, tmp_path, name="online_retail.csv")


def test_a_refund_of_a_whole_order_cancels_it_whichever_file_it_comes_in(laundry, tmp_path):
    retail(laundry, SOLD, tmp_path)
    assert orders_of(laundry)["1"].status == "completed"
    result = retail(laundry, BACK, tmp_path)
    assert [(line.name, line.rows, line.raw, line.stored) for line in result.classes] == [
        ("cancellation", 2, D("-13.000"), D("-13.00"))
    ]
    order = orders_of(laundry)["1"]
    assert (order.status, order.source_status, order.completed_at) == ("cancelled", "cancelled by C2", None)
    # Neither file, nor both together, changes anything now.
    for content in (BACK, SOLD, SOLD + BACK):
        assert retail(laundry, content, tmp_path).changed == 0
    with organization_context(laundry.pk):
        assert not Refund.objects.exists()


def test_a_refund_of_a_part_or_after_the_window_is_a_refund(laundry, tmp_path):
    late = BACK.replace("C2", "C3").replace("2011-01-12", "2011-02-20")
    retail(laundry, SOLD + "C2,11111A,Box,-2,2011-01-12 10:00:00,2.00,C1,France\n" + late, tmp_path)
    with organization_context(laundry.pk):
        found = list(Refund.objects.order_by("external_id").values_list("external_id", "amount", "order"))
        assert found == [("C2", D("4.00"), None), ("C3", D("13.00"), None)]
        assert set(Refund.objects.values_list("customer__external_id", flat=True)) == {"C1"}
    assert orders_of(laundry)["1"].status == "completed"


def test_a_row_that_refers_to_nothing_is_refused(laundry, tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("external_id,order,rating,comment,reviewed_at\nR1,1,5,,2026-01-01\nR2,1,6,,2026-01-01\n")
    import_files(laundry, "bellwether", [path])
    assert rejected(laundry) == [
        (2, "order", "there is no such order, neither in the files nor stored"),
        (3, "order", "there is no such order, neither in the files nor stored"),
        (3, "rating", "is above 5"),
    ]


def test_what_only_the_table_would_refuse_is_a_rejected_row_too(laundry, tmp_path):
    path = tmp_path / "operating_costs.csv"
    path.write_text("external_id,month,kind,amount\nK1,2026-03-02,rent,5\nK2,2026-04-01,rent,5\nK3,2026-04-01,rent,6\n")
    import_files(laundry, "bellwether", [path])
    assert [(line, reason) for line, _, reason in rejected(laundry)] == [
        (2, "breaks the rule operating_cost_month_begins"),
        (3, "another operating_cost has this month and kind"),
        (4, "another operating_cost has this month and kind"),
    ]


letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))
names = st.text(letters, min_size=1, max_size=20)
reviews = st.lists(
    st.tuples(st.integers(1, 5), names, st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2099, 1, 1))),
    min_size=1,
    max_size=30,
)


@pytest.mark.django_db
@settings(
    max_examples=4, phases=[Phase.generate], deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reviews)
def test_what_a_template_is_filled_with_is_what_is_stored(laundry, tmp_path, rows):
    files = shipped_mappings()["bellwether"].files
    written = {"orders": io.StringIO(newline=""), "reviews": io.StringIO(newline="")}
    for role, target in written.items():
        header = next(csv.reader([blank_csv(files[role]).splitlines()[0]]))
        writer = csv.DictWriter(target, header)
        writer.writeheader()
        for number, (rating, comment, instant) in enumerate(rows):
            at = instant.replace(tzinfo=datetime.UTC).isoformat()
            order = {"external_id": f"O{number}", "number": comment, "placed_at": at, "total": f"{rating}.50"}
            review = {"external_id": f"R{number}", "order": f"O{number}", "rating": rating, "comment": comment}
            writer.writerow(order if role == "orders" else {**review, "reviewed_at": at})
        (tmp_path / f"{role}.csv").write_text(target.getvalue(), newline="")
    with organization_context(laundry.pk):
        # What an earlier example left is none of this one's.
        Review.objects.all().delete()
        Order.objects.all().delete()
    import_files(laundry, "bellwether", [tmp_path / "orders.csv", tmp_path / "reviews.csv"])
    with organization_context(laundry.pk):
        stored = {
            review.external_id: (review.rating, review.comment, review.reviewed_at.replace(tzinfo=None))
            for review in Review.objects.all()
        }
    assert stored == {f"R{number}": row for number, row in enumerate(rows)}


def test_a_time_outside_all_time_is_a_row_error_at_its_column_and_others_are_taken(laundry, tmp_path):
    """The New Year of 1900 in Berlin is a time of 1899 in UTC, which no fact has."""
    Organization.objects.filter(pk=laundry.pk).update(timezone="Europe/Berlin")
    content = MENU.replace("2,04/08/2019 01:10", "2,01/01/1900 00:10") + "3,31/12/2199 20:25,Naan,2,1.50,1\n"
    takeaway(laundry, content, tmp_path, valid_rows=True)
    assert {number for number, *_ in lines_of(laundry)} == {"1", "3"}
    assert ("OrderDate", "is not between the years 1900 and 2199") in {row[1:] for row in rejected(laundry)}
