"""COPY from Python rows gives back what went in, and fails whole."""

import datetime
import json
import tracemalloc
import uuid
from decimal import Decimal

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.context import organization_context
from apps.core.copying import copy_into, copy_rows, copy_text
from apps.core.database import in_transaction, tenant_cursor
from apps.core.identifiers import new_id
from apps.marketplace.models import Category, Customer, Order, OrderStatus
from tests.builders import NOON, make_customer, make_order

NAIVE = NOON.replace(tzinfo=None)
COLUMNS = ["n", "words", "amount", "day", "instant", "flag", "key", "document"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
hard_texts = st.sampled_from(["\\N", "\\.", "\\", "\\\\n", "\t", "\r\n", "a\tb\\tc", "", " ", "'\"", "䷀😀é\u2028"])
hard_texts |= texts
documents = st.dictionaries(hard_texts, hard_texts | st.none() | st.lists(st.integers(-5, 5)), max_size=3)
rows = st.tuples(
    st.none() | hard_texts,
    st.none() | st.decimals(-(10**9), 10**9, places=4),
    st.none() | st.dates(datetime.date(1, 1, 1)),
    st.none() | st.datetimes(NAIVE.replace(year=1900), NAIVE.replace(year=9000), timezones=st.timezones(no_cache=True)),
    st.none() | st.booleans(),
    st.none() | st.uuids(),
    st.none() | documents,
)


def in_utc(value):
    return value.astimezone(datetime.UTC) if isinstance(value, datetime.datetime) else value


@pytest.fixture
def cursor(db):
    with tenant_cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (n int, words text, amount numeric, day date, instant timestamptz, flag boolean,"
            " key uuid, document jsonb) ON COMMIT DROP"
        )
        yield cursor


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=6))
def test_every_value_comes_back_as_it_went_in(cursor, wanted):
    cursor.execute("TRUNCATE copied")
    numbered = [(n, *row) for n, row in enumerate(wanted)]
    assert copy_rows(cursor, "copied", COLUMNS, iter(numbered)) == len(wanted)
    cursor.execute("SELECT * FROM copied ORDER BY n")
    found = [(*row[:-1], json.loads(row[-1]) if isinstance(row[-1], str) else row[-1]) for row in cursor.fetchall()]
    # Python calls two equal instants different where one is in a gap or fold of its zone, so compare them in UTC.
    assert found == [tuple(map(in_utc, row)) for row in numbered]


def test_null_and_what_looks_like_it_are_told_apart(cursor):
    copy_rows(cursor, "copied", ["n", "words"], [(1, None), (2, "\\N"), (3, ""), (4, "NULL"), (5, "\\.")])
    cursor.execute("SELECT words FROM copied ORDER BY n")
    assert [words for (words,) in cursor.fetchall()] == [None, "\\N", "", "NULL", "\\."]


def test_a_nul_character_fails_the_whole_copy(cursor):
    with pytest.raises(DatabaseError, match=r"0x00|NUL"), in_transaction():
        copy_rows(cursor, "copied", ["n", "words"], [(1, "good"), (2, "a\x00b")])
    cursor.execute("SELECT count(*) FROM copied")
    assert cursor.fetchone() == (0,)


def test_a_choice_is_written_as_its_value():
    assert copy_text(OrderStatus.NO_SHOW) == "no_show"


@pytest.mark.parametrize("value", [b"bytes", NAIVE, 1.5 + 2j, {1, 2}, object()])
def test_a_value_that_has_no_faithful_text_is_refused(value):
    with pytest.raises(TypeError, match=type(value).__name__):
        copy_text(value)


def test_an_error_of_the_rows_is_the_error_that_is_raised(cursor):
    def failing():
        yield (1, "good")
        raise LookupError("the source broke")

    with pytest.raises(LookupError, match="the source broke"), in_transaction():
        copy_rows(cursor, "copied", ["n", "words"], failing())
    cursor.execute("SELECT count(*) FROM copied")
    assert cursor.fetchone() == (0,)


def test_a_row_of_the_wrong_width_fails_the_whole_copy(cursor):
    for row in [(1,), (1, "a", "b")]:
        with pytest.raises(DatabaseError), in_transaction():
            copy_rows(cursor, "copied", ["n", "words"], [(0, "good"), row])


def test_names_are_quoted(cursor):
    cursor.execute('CREATE TEMP TABLE "or""der" ("sel""ect" int) ON COMMIT DROP')
    assert copy_rows(cursor, 'or"der', ['sel"ect'], [(1,), (2,)]) == 2
    cursor.execute('SELECT sum("sel""ect") FROM "or""der"')
    assert cursor.fetchone() == (3,)


def test_memory_does_not_grow_with_the_rows(cursor):
    def peak(count):
        tracemalloc.start()
        copy_rows(cursor, "copied", ["n", "words"], ((n, "word " * 10) for n in range(count)))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(1000)
    assert peak(20_000) < 3 * peak(4_000)
    assert peak(20_000) < 1_000_000


def test_rows_go_into_a_models_table(laundry):
    with tenant_cursor() as cursor:
        written = copy_into(
            cursor,
            Category,
            ["id", "organization_id", "name", "external_id", "created_at", "updated_at"],
            [(new_id(), laundry.pk, name, None, NOON, NOON) for name in ("Shirts", "Trousers")],
        )
    assert written == 2
    with organization_context(laundry.pk):
        assert set(Category.objects.values_list("name", flat=True)) == {"Shirts", "Trousers"}


def test_a_negative_exponent_and_an_infinity_are_the_databases_to_judge(cursor):
    copy_rows(cursor, "copied", ["n", "amount"], [(1, Decimal("1E-3")), (2, Decimal("NaN")), (3, 0.1)])
    cursor.execute("SELECT amount::text FROM copied ORDER BY n")
    assert [amount for (amount,) in cursor.fetchall()] == ["0.001", "NaN", "0.1"]


def test_keys_are_written_as_text():
    assert copy_text(uuid.UUID(int=7)) == "00000000-0000-0000-0000-000000000007"


@pytest.mark.django_db
def test_references_are_checked_by_an_index_though_the_parent_was_small_when_the_session_began(laundry):
    now, of = NOON, laundry.pk
    first = make_customer(laundry)
    with tenant_cursor() as cursor:
        cursor.execute("ANALYZE marketplace_customer")
    for _ in range(10):  # enough for the session to keep a plan
        make_order(laundry, customer=first)
    customers = [new_id() for _ in range(2_000)]
    shared = {"organization_id": of, "created_at": now, "updated_at": now}
    amounts = dict.fromkeys(("subtotal", "discount", "tax", "delivery_fee", "tip", "total"), 0)
    blank = dict.fromkeys(("basket_reference", "source_status"), "")
    texts = dict.fromkeys(("name", "email", "phone", "city", "region", "business_type", "acquisition_channel"), "")
    people = [{"id": customer, **shared, **texts} for customer in customers]
    orders = [
        {"id": new_id(), **shared, **blank, **amounts, "number": "n", "customer_id": customer, "channel": "web",
         "status": "accepted", "placed_at": now}
        for customer in customers
    ]  # fmt: skip
    with tenant_cursor() as cursor:
        for model, rows in ((Customer, people), (Order, orders)):
            copy_into(cursor, model, list(rows[0]), [list(row.values()) for row in rows])
        cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'marketplace_customer'")
        assert cursor.fetchone()[0] < len(customers)
