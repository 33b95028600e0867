"""The real data sets, imported whole; their figures are checked by SQL and by a few lines over the files themselves."""

import csv
import gzip
import sys
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from apps.core.database import tenant_cursor
from tests.analytics import real_data
from tests.builders import make_organization
from tests.imports.running import import_files, outcomes

D = Decimal


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def ask(statement, organization, *parameters):
    with tenant_cursor() as cursor:
        cursor.execute(statement, [organization.pk, *parameters])
        return cursor.fetchall()


def stamps(organization):
    """Return what a change of any fact would change: how many rows, and when the last was touched."""
    tables = ("customer", "partner", "product", "order", "orderline", "payment", "refund", "review")
    return {
        table: ask(
            f"SELECT count(*), max(updated_at), md5(string_agg(id::text, '' ORDER BY id)) FROM marketplace_{table}"
            " WHERE organization_id = %s",
            organization,
        )
        for table in tables
    }


def show(capsys, title, result):
    lines = [f"\n{title}: {result.rows_read:,} rows read, rounding {result.rounding}"]
    for line in result.classes:
        reason = f" ({line.reason})" if line.reason else ""
        lines.append(f"  {line.role:<10} {line.name:<13}{line.rows:>9,} {line.raw:>18,} {line.stored!s:>18}{reason}")
    with capsys.disabled():
        sys.stdout.write("\n".join(lines) + "\n")


def assert_repetition_changes_nothing(organization, mapping, files):
    before = stamps(organization)
    again = import_files(organization, mapping, files)
    assert again.changed == 0
    assert {fact.fact: fact.unchanged for fact in again.facts}
    assert stamps(organization) == before


def assert_every_line_is_counted(result):
    assert sum(line.rows for line in result.classes) == result.rows_read
    assert result.rows_rejected == 0


def test_takeaway(db, reference_data, capsys):
    restaurant = make_organization("takeaway", timezone="Europe/London", currency="GBP")
    files = [reference_data / "takeaway" / "restaurant-1-orders.csv.gz"]

    result = import_files(restaurant, "takeaway", files)

    show(capsys, "takeaway", result)
    assert_every_line_is_counted(result)
    assert [(line.name, line.rows, line.raw, line.stored) for line in result.classes] == [
        ("sale", 74818, D("446517.45"), D("446517.45"))
    ]
    assert ask(
        "SELECT extract(year FROM placed_at AT TIME ZONE 'Europe/London')::int, sum(total) FROM marketplace_order"
        " WHERE organization_id = %s GROUP BY 1 ORDER BY 1",
        restaurant,
    ) == [
        (2015, D("412.50")),
        (2016, D("63978.80")),
        (2017, D("126484.50")),
        (2018, D("150094.70")),
        (2019, D("105546.95")),
    ]
    assert ask(
        "SELECT count(*), to_char(min(placed_at AT TIME ZONE 'Europe/London'), 'YYYY-MM-DD HH24:MI'),"
        " to_char(max(placed_at AT TIME ZONE 'Europe/London'), 'YYYY-MM-DD HH24:MI'), count(customer_id)"
        " FROM marketplace_order WHERE organization_id = %s",
        restaurant,
    ) == [(13397, "2015-09-01 14:42", "2019-08-03 20:25", 0)]
    assert ask(
        "SELECT p.name, sum(l.total) FROM marketplace_orderline l JOIN marketplace_product p ON p.id = l.product_id"
        " WHERE l.organization_id = %s GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
        restaurant,
    ) == [("Chicken Tikka Masala", D("22133.35"))]
    # The 97 lines that repeat another exactly are real lines: one key more each.
    repeated = sum(n - 1 for n in Counter(tuple(row.values()) for row in rows_of(files[0])).values())
    assert repeated == 97
    assert ask(
        "SELECT count(*) FROM marketplace_orderline WHERE organization_id = %s AND external_id !~ '/1$'", restaurant
    ) == [(repeated,)]
    real_data.check_takeaway(restaurant)
    assert_repetition_changes_nothing(restaurant, "takeaway", files)


def test_online_retail(db, reference_data, capsys):
    wholesaler = make_organization("retail", timezone="Europe/London", currency="GBP")
    files = [reference_data / "online_retail" / "online_retail_2010_2011.csv.gz"]

    result = import_files(wholesaler, "online_retail", files)

    show(capsys, "online_retail", result)
    assert_every_line_is_counted(result)
    assert result.rows_read == 541909
    assert sum(line.raw for line in result.classes) == D("9747747.934")
    # The same classes, by a few lines over the file.
    count, value = Counter(), defaultdict(Decimal)
    for row in rows_of(files[0]):
        amount = D(row["Quantity"]) * D(row["Price"])
        kind = "other"
        if row["Invoice"].startswith("C"):
            kind = "credit"
        elif D(row["Price"]) > 0 and D(row["Quantity"]) > 0 and not row["Invoice"].startswith("A"):
            kind = "sold"
        count[kind] += 1
        value[kind] += amount
    assert (count["credit"], value["credit"]) == (9288, D("-896812.490"))
    by_class = defaultdict(lambda: (0, D(0)))
    for line in result.classes:
        rows, raw = by_class[line.name]
        by_class[line.name] = (rows + line.rows, raw + line.raw)
    # Sold: every line with a price that is no credit and no bad debt. Two fees and twelve charges are among them.
    charges = [
        D(row["Quantity"]) * D(row["Price"])
        for row in rows_of(files[0])
        if row["StockCode"] in ("AMAZONFEE", "BANK CHARGES") and not row["Invoice"].startswith("C")
    ]
    sold = by_class["sale"][1] + by_class["delivery"][1] + sum(charges) + D("0.003")
    assert sold == value["sold"] == D("10666684.544") - D("11062.06")
    assert by_class["adjustment"] == (3, D("-11062.06"))
    assert by_class["left_out"] == (3 + 1336 + 1179, D("0.003"))
    credited = [by_class[name] for name in ("refund", "cancellation", "discount")]
    credit_fees = D("-235281.59") + D("-7340.64") + D("-7933.43")
    assert sum(raw for _, raw in credited) + credit_fees == value["credit"]
    # From the database: what is stored is what the classes say.
    assert ask("SELECT sum(total) FROM marketplace_orderline WHERE organization_id = %s", wholesaler) == [
        (by_class["sale"][1],)
    ]
    assert ask(
        "SELECT sum(amount), count(order_id) FROM marketplace_refund WHERE organization_id = %s", wholesaler
    ) == [(-by_class["refund"][1] - by_class["discount"][1], 0)]
    pairs = ask(
        "SELECT o.number, o.source_status, o.total FROM marketplace_order o WHERE organization_id = %s"
        " AND number IN ('541431', '581483') AND status = 'cancelled' ORDER BY 1",
        wholesaler,
    )
    assert pairs == [
        ("541431", "cancelled by C541433", D("77183.60")),
        ("581483", "cancelled by C581484", D("168469.60")),
    ]
    assert ask(
        "SELECT -sum(total) FROM marketplace_order WHERE organization_id = %s AND status = 'cancelled'", wholesaler
    ) == [(by_class["cancellation"][1],)]
    # Codes that differ only in case are one product; the customers of returns are kept.
    assert ask(
        "SELECT count(*) - count(DISTINCT lower(external_id)) FROM marketplace_product WHERE organization_id = %s",
        wholesaler,
    ) == [(0,)]
    assert ask("SELECT count(*) FROM marketplace_customer WHERE organization_id = %s", wholesaler)[0][0] in (4371, 4372)
    real_data.check_online_retail(wholesaler, rows_of(files[0]))


OLIST_STATUSES = {
    "delivered": ("completed", 9718),
    "shipped": ("in_progress", 106),
    "canceled": ("cancelled", 58),
    "unavailable": ("rejected", 55),
    "processing": ("in_progress", 32),
    "invoiced": ("accepted", 28),
    "created": ("pending", 2),
}


@pytest.fixture
def olist(db):
    return make_organization("olist", timezone="America/Sao_Paulo", currency="BRL")


def test_olist(olist, reference_data, capsys):
    files = sorted((reference_data / "olist_10k").glob("*.csv.gz"))

    result = import_files(olist, "olist", files)

    show(capsys, "olist_10k", result)
    assert_every_line_is_counted(result)
    basket = "COALESCE(NULLIF(basket_reference, ''), external_id)"
    found = ask(
        f"SELECT source_status, status, count(DISTINCT {basket}) FROM marketplace_order"
        " WHERE organization_id = %s GROUP BY 1, 2",
        olist,
    )
    assert {source: (status, count) for source, status, count in found} == OLIST_STATUSES
    assert ask(
        "SELECT sum(subtotal), sum(delivery_fee), sum(total) FROM marketplace_order WHERE organization_id = %s", olist
    ) == [(D("1370262.05"), D("226783.97"), D("1597046.02"))]
    assert ask(
        "SELECT source_method, method, sum(p.amount),"
        " count(DISTINCT (o.basket_reference, split_part(p.external_id, '/', 2)))"
        " FROM marketplace_payment p JOIN marketplace_order o ON o.id = p.order_id WHERE p.organization_id = %s"
        " GROUP BY 1, 2 ORDER BY 3 DESC",
        olist,
    ) == [
        (source, method, D(amount), len([r for r in rows_of(paid_file(reference_data)) if r["payment_type"] == source]))
        for source, method, amount in (
            ("credit_card", "card", "1252270.09"),
            ("boleto", "online", "298471.78"),
            ("voucher", "wallet", "37205.75"),
            ("debit_card", "card", "26150.87"),
            ("not_defined", "online", "0.00"),
        )
    ]
    months = dict(
        ask(
            "SELECT to_char(p.paid_at AT TIME ZONE 'America/Sao_Paulo', 'YYYY-MM'), sum(p.amount)"
            " FROM marketplace_payment p WHERE p.organization_id = %s GROUP BY 1",
            olist,
        )
    )
    assert {month: months[month] for month in ("2017-01", "2017-05", "2017-11", "2018-05", "2018-08")} == {
        "2017-01": D("13510.97"),
        "2017-05": D("68043.25"),
        "2017-11": D("125755.72"),
        "2018-05": D("127085.69"),
        "2018-08": D("107940.64"),
    }
    customers = rows_of(reference_data / "olist_10k/olist_customers_dataset.csv.gz")
    persons = {row["customer_unique_id"] for row in customers}
    assert ask("SELECT count(*) FROM marketplace_customer WHERE organization_id = %s", olist) == [(len(persons),)]
    check_olist_vendors(olist, reference_data)
    assert ask(
        "SELECT count(*), avg(rating)::numeric(8, 6), count(DISTINCT order_id) FROM marketplace_review"
        " WHERE organization_id = %s",
        olist,
    )[0][:2] == (4988, D("4.119286"))
    # A delivered order without a date takes the last instant known of it, and the result says so.
    assert any(warning.startswith("1 completed order does not say when") for warning in result.warnings)
    assert ask(
        "SELECT count(*) FROM marketplace_order WHERE organization_id = %s AND status = 'completed'"
        " AND delivered_at IS NULL AND completed_at = GREATEST(placed_at, accepted_at, picked_up_at)",
        olist,
    ) == [(1,)]
    real_data.check_olist(olist)
    assert_repetition_changes_nothing(olist, "olist", files)


def paid_file(reference_data):
    return reference_data / "olist_10k/olist_order_payments_dataset.csv.gz"


def check_olist_vendors(olist, reference_data):
    items = list(rows_of(reference_data / "olist_10k/olist_order_items_dataset.csv.gz"))
    sellers_of, prices = defaultdict(set), defaultdict(Decimal)
    for item in items:
        sellers_of[item["order_id"]].add(item["seller_id"])
        prices[item["order_id"], item["seller_id"]] += D(item["price"])
    stored = {
        (basket, seller): subtotal
        for basket, seller, subtotal in ask(
            "SELECT o.basket_reference, p.external_id, o.subtotal FROM marketplace_order o"
            " JOIN marketplace_partner p ON p.id = o.partner_id WHERE o.organization_id = %s",
            olist,
        )
    }
    assert stored == prices
    assert sum(len(sellers) > 1 for sellers in sellers_of.values()) > 100
    # A divided basket's payments add up to what was paid for the basket.
    paid = defaultdict(Decimal)
    for row in rows_of(paid_file(reference_data)):
        paid[row["order_id"]] += D(row["payment_value"])
    assert (
        dict(
            ask(
                "SELECT o.basket_reference, sum(p.amount) FROM marketplace_payment p"
                " JOIN marketplace_order o ON o.id = p.order_id WHERE p.organization_id = %s GROUP BY 1",
                olist,
            )
        )
        == paid
    )
    assert ask(
        "SELECT p.external_id, sum(l.total), count(*), count(DISTINCT o.basket_reference) FROM marketplace_orderline l"
        " JOIN marketplace_order o ON o.id = l.order_id JOIN marketplace_partner p ON p.id = o.partner_id"
        " WHERE l.organization_id = %s GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
        olist,
    ) == [("4869f7a5dfa277a7dca6462dcf3b52b2", D("23744.60"), 121, 115)]
    assert ask(
        "SELECT c.name, sum(l.total), count(*) FROM marketplace_orderline l"
        " JOIN marketplace_product p ON p.id = l.product_id JOIN marketplace_category c ON c.id = p.category_id"
        " WHERE l.organization_id = %s GROUP BY 1 ORDER BY 2 DESC LIMIT 3",
        olist,
    ) == [
        ("health_beauty", D("132713.04"), 998),
        ("watches_gifts", D("129019.13"), ask_count(items, reference_data, "watches_gifts")),
        ("sports_leisure", D("105804.17"), ask_count(items, reference_data, "sports_leisure")),
    ]
    # Categories that nobody translated keep their own name; leading zeros of zip codes stay.
    names = {name for (name,) in ask("SELECT name FROM marketplace_category WHERE organization_id = %s", olist)}
    assert {"pc_gamer", "portateis_cozinha_e_preparadores_de_alimentos"} <= names
    sellers = rows_of(reference_data / "olist_10k/olist_sellers_dataset.csv.gz")
    leading_zero = sum(row["seller_zip_code_prefix"].startswith("0") for row in sellers)
    assert leading_zero > 100
    assert ask(
        "SELECT count(*) FROM marketplace_partner WHERE organization_id = %s AND code ~ '^0[0-9]{4}$'", olist
    ) == [(leading_zero,)]


def ask_count(items, reference_data, english):
    folder = reference_data / "olist_10k"
    names = {
        row["product_category_name"]
        for row in rows_of(folder / "product_category_name_translation.csv.gz")
        if row["product_category_name_english"] == english
    }
    products = {
        row["product_id"]
        for row in rows_of(folder / "olist_products_dataset.csv.gz")
        if row["product_category_name"] in names
    }
    return sum(item["product_id"] in products for item in items)


def test_an_overlapping_file_changes_nothing(db, reference_data, tmp_path):
    restaurant = make_organization("overlap", timezone="Europe/London", currency="GBP")
    whole = list(rows_of(reference_data / "takeaway" / "restaurant-1-orders.csv.gz"))[:6000]
    cut = {row["OrderNumber"] for row in whole[2000:4000]}
    for name, rows in (("a", whole), ("b", [row for row in reversed(whole) if row["OrderNumber"] in cut])):
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, whole[0])
            writer.writeheader()
            writer.writerows(rows)
    import_files(restaurant, "takeaway", [tmp_path / "a.csv"])
    before = stamps(restaurant)

    overlap = import_files(restaurant, "takeaway", [tmp_path / "b.csv"])

    assert overlap.rows_read > 1900
    assert {name: counts[:2] + counts[3:] for name, counts in outcomes(overlap).items()} == {
        "product": (0, 0, 0),
        "order": (0, 0, 0),
        "order_line": (0, 0, 0),
    }
    assert stamps(restaurant) == before
