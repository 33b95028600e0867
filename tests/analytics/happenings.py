"""Strategies for what happens in an organization: facts near the edges of days, odd cents, the largest amounts."""

import datetime
from decimal import Decimal

from hypothesis import strategies as st

from apps.engagement.models import InteractionStatus, InteractionType
from apps.marketplace.models import Channel, IssueKind, OrderStatus, PaymentMethod, PaymentStatus
from tests.analytics.business import Moment, NewOrder
from tests.analytics.limits import AMOUNT, QUANTITY

ONE = datetime.timedelta(microseconds=1)
AFTER_THE_DAY_BEGAN = (
    -ONE,
    datetime.timedelta(0),
    datetime.timedelta(minutes=30) - ONE,
    datetime.timedelta(hours=1),
    datetime.timedelta(hours=2),
    datetime.timedelta(hours=3, minutes=59),
    datetime.timedelta(hours=12),
    datetime.timedelta(days=1) - ONE,
)
# Days on which clocks change lie within reach of these: New York and St. John's; Lord Howe; Apia, which left one out;
# Casablanca, which goes back for Ramadan.
FIRST_DAYS = (
    datetime.date(2026, 3, 10),
    datetime.date(2026, 4, 6),
    datetime.date(2012, 1, 1),
    datetime.date(2026, 2, 17),
)
ZONES = (
    "America/New_York",
    "Asia/Taipei",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
)

first_days = st.sampled_from(FIRST_DAYS)
moments = st.builds(Moment, st.integers(-9, 1), st.sampled_from(AFTER_THE_DAY_BEGAN))
calendars = st.tuples(
    st.sampled_from(ZONES), st.sampled_from([datetime.time(0), datetime.time(4), datetime.time(2, 30)])
)
LARGEST = str(AMOUNT)
amounts = st.sampled_from([Decimal(text) for text in ("0.00", "0.01", "0.02", "0.05", "3.33", "10.00", LARGEST)])
prices = st.sampled_from([Decimal(text) for text in ("0.00", "0.01", "0.03", "1.10", "10.00", LARGEST)])
refund_amounts = st.sampled_from([Decimal(text) for text in ("0.01", "2.50", "120.00", LARGEST)])
quantities = st.sampled_from([Decimal("1.5"), Decimal("1.5"), Decimal("0.001"), QUANTITY])
statuses = st.sampled_from(OrderStatus.values)
channels = st.sampled_from(Channel.values)
customers = st.sampled_from([0, 0, 1, 1, 2, 3, None])
partners = st.none() | st.integers(0, 1)
products = st.none() | st.integers(0, 2)
methods = st.sampled_from(PaymentMethod.values)
payment_statuses = st.sampled_from([PaymentStatus.CAPTURED, PaymentStatus.CAPTURED, *PaymentStatus.values])
kinds_of_issue = st.sampled_from(IssueKind.values)
kinds_of_contact = st.sampled_from(InteractionType.values)
states_of_contact = st.sampled_from(InteractionStatus.values)
outcomes = st.sampled_from([None, True, False])
YEAR = 366 * 24 * 60
# In minutes since the order was placed: an hour or so, the longest stage and a little more, the years 1902 and 2196.
steps = st.tuples(*[st.sampled_from([None, 0, 5, 90, 3000, -10, YEAR, YEAR + 1, -109 * YEAR, 170 * YEAR])] * 5)
parts = st.tuples(*[st.sampled_from([Decimal(0), Decimal("0.10"), Decimal(2), AMOUNT])] * 4)
payments = st.tuples(methods, payment_statuses, amounts)
lines = st.tuples(products, prices, quantities)
new_orders = st.builds(
    NewOrder,
    at=moments,
    status=statuses | st.just("accepted"),
    channel=channels,
    customer=customers,
    partner=partners,
    total=amounts,
    parts=parts,
    lines=st.lists(lines, max_size=3),
    payments=st.lists(payments, max_size=2),
    refunds=st.lists(st.tuples(moments, refund_amounts), max_size=1),
    reviews=st.lists(st.tuples(moments, st.integers(1, 5)), max_size=1),
    issues=st.lists(st.tuples(moments, kinds_of_issue), max_size=1),
    steps=steps,
)
thresholds = st.fixed_dictionaries(
    {
        "new_within_days": st.integers(1, 4),
        "regular_orders": st.integers(1, 3),
        "regular_within_days": st.integers(1, 9),
        "vip_orders": st.integers(1, 2),
        "vip_share": st.sampled_from([Decimal(text) for text in ("0", "0.1", "0.25", "0.5", "0.667", "1")]),
        "churned_after_days": st.integers(1, 9),
        "at_risk_score": st.sampled_from([0, 33, 60, 100]),
    }
)
FIRST_OF_ALL, LAST_OF_ALL = datetime.date(1900, 1, 2), datetime.date(2199, 12, 30)
days_of_all_time = st.sampled_from([FIRST_OF_ALL, LAST_OF_ALL]) | st.dates(FIRST_OF_ALL, LAST_OF_ALL)
