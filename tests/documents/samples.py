"""A report as people get it: thirty days, forty partners, names in eight scripts."""

import datetime
from decimal import Decimal

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Unit
from apps.documents.changes import Change
from apps.documents.document import Chart, Definition, Document, Figure, Form, Section, Series
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import signed, written

NAMES = {
    "latin": "Lavandería São João & Søn",
    "cyrillic": "Прачечная «Белоснежка»",
    "greek": "Καθαριστήριο Αθηνών",
    "chinese": "北京晨光洗衣店（朝阳）",
    "japanese": "さくらクリーニング、渋谷店",
    "korean": "서울 새벽 세탁소",
    "arabic": "مغسلة النجمة الذهبية",
    "hebrew": "מכבסת הכוכב",
    "emoji": "Bubbles 🧺 & Co ✨",
    "markup": '<b>&"x',
    "thai": "ร้านซักรีดสยาม",
    "mixed": "مغسلة Blue 24 (دبي)",
}
NOTATION = Notation("en-GB", "EUR", "Europe/Berlin")
FIRST = datetime.date(2026, 3, 1)
PLACES = ("Mitte", "Harbour", "Old Town", "Riverside", "Station", "Market", "Hill")
KINDS = ("Laundry", "Dry Cleaners", "Wash & Fold", "Linen Service")


def day_rows():
    for day in range(30):
        orders = 118 + (day * 37) % 41 - (25 if day % 7 in (0, 6) else 0)
        revenue = Decimal(orders) * Decimal("31.17") + Decimal(day * day) / 4
        refunds = Decimal((day * 53) % 190) + Decimal("0.35")
        yield (
            FIRST + datetime.timedelta(days=day),
            orders,
            revenue.quantize(Decimal("0.01")),
            refunds,
            (revenue - refunds).quantize(Decimal("0.01")),
            (revenue / orders).quantize(Decimal("0.01")),
        )


def partner_rows():
    names = [*NAMES.values(), *(f"{place} {kind}" for kind in KINDS for place in PLACES)][:40]
    for number, name in enumerate(names):
        revenue = (Decimal(41_250) / (number + 2)).quantize(Decimal("0.01"))
        yield (
            f"{number:05d}",
            name,
            900 - 17 * number,
            revenue,
            Decimal(9_875 - 61 * number) / 100,
            Decimal(300 + 7 * number) / 10,
            Decimal(490 - 3 * number) / 100 if number != 12 else None,
            datetime.datetime(2026, 3, 30, 23, 30, tzinfo=datetime.UTC) - datetime.timedelta(hours=number),
        )


def totals(rows, columns):
    return [sum(row[position] for row in rows) for position in columns]


def days_table():
    rows = list(day_rows())
    orders, revenue, refunds, net = totals(rows, (1, 2, 3, 4))
    return Table(
        title="Revenue by day",
        columns=(
            Column("date", "Day", Kind.DATE),
            Column("order_count", "Orders", Kind.COUNT, adds_up=True),
            Column("total_revenue", "Total revenue", Kind.MONEY, adds_up=True),
            Column("refund_amount", "Refunds", Kind.MONEY, adds_up=True),
            Column("net_revenue", "Net revenue", Kind.MONEY, adds_up=True),
            Column("average_order_value", "Average order value", Kind.MONEY),
        ),
        rows=rows,
        total=["Total", orders, revenue, refunds, net, (revenue / orders).quantize(Decimal("0.01"))],
        currency="EUR",
        timezone="Europe/Berlin",
    )


def partners_table():
    rows = list(partner_rows())
    orders, revenue = totals(rows, (2, 3))
    return Table(
        title="Revenue by partner",
        columns=(
            Column("external_id", "Id"),
            Column("partner", "Partner"),
            Column("order_count", "Orders", Kind.COUNT, adds_up=True),
            Column("total_revenue", "Total revenue", Kind.MONEY, adds_up=True),
            Column("completion_rate", "Completion rate", Kind.PERCENT),
            Column("delivery_minutes", "Placed to delivered", Kind.MINUTES),
            Column("average_rating", "Average rating", Kind.RATING),
            Column("last_order_at", "Last order", Kind.INSTANT),
        ),
        rows=rows,
        total=["", "Total", orders, revenue, Decimal("87.30"), Decimal("43.6"), Decimal("4.21"), None],
        currency="EUR",
        timezone="Europe/Berlin",
    )


def document(**changed):
    days, partners = list(day_rows()), list(partner_rows())
    labels = tuple(f"{row[0].day} Mar" for row in days)
    revenue = tuple(row[2] for row in days)
    earlier = tuple(value * Decimal("0.93") + (index * 13) % 200 for index, value in enumerate(revenue))
    against = "30 Jan – 28 Feb 2026"
    fields = {
        "key": "revenue",
        "title": "Revenue",
        "organization": "Waschbär Marketplace GmbH",
        "period": "1 – 30 Mar 2026",
        "notation": NOTATION,
        "created_at": datetime.datetime(2026, 3, 31, 6, 0, 12, tzinfo=datetime.UTC),
        "as_of": datetime.datetime(2026, 3, 31, 5, 58, tzinfo=datetime.UTC),
        "facts": (
            ("Period", "1 – 30 Mar 2026, business days beginning at 00:00"),
            ("Compared with", against),
            ("Time zone", "Europe/Berlin"),
            ("Currency", "EUR, amounts with tax"),
            ("Refunds", "booked on the day of the refund"),
            ("Restated since the last issue", "3 Mar 2026: net revenue 3,204.10 instead of 3,218.60 (1 late refund)"),
        ),
        "figures": (
            figure("net_revenue", "Net revenue", Kind.MONEY, "104268.42", "97104.11", "▲", "good", "+7.4 %"),
            figure("order_count", "Orders", Kind.COUNT, "3512", "3508", "▲", "plain", "+0.1 %"),
            figure("average_order_value", "Average order value", Kind.MONEY, "31.24", "29.02", "▲", "good", "+7.6 %"),
            figure("refund_amount", "Refunds", Kind.MONEY, "2840.50", "2310.00", "▲", "bad", "+23.0 %"),
            Figure(
                key="completion_rate",
                label="Completion rate",
                kind=Kind.PERCENT,
                value=None,
                reason="No order has been completed yet.",
            ),
        ),
        "sections": (
            Section(
                key="days",
                title="Revenue by day",
                about="How much came in on each business day, and how that compares with the days before.",
                charts=(
                    Chart(
                        title="Net revenue by day",
                        form=Form.LINES,
                        kind=Kind.MONEY,
                        labels=labels,
                        series=(
                            Series(label="1 – 30 Mar 2026", values=(*revenue[:9], None, *revenue[10:])),
                            Series(label=against, values=earlier, is_earlier=True),
                        ),
                        finding="Net revenue rose by 7.4 %; the best day was 27 March with EUR 4,993.65.",
                        goes_on=True,
                    ),
                    Chart(
                        title="Revenue by payment method",
                        form=Form.STACKED,
                        kind=Kind.MONEY,
                        labels=("2 – 8 Mar", "9 – 15 Mar", "16 – 22 Mar", "23 – 29 Mar"),
                        series=tuple(
                            Series(label=label, values=tuple(Decimal(amount + 91 * week) for week in range(4)))
                            for label, amount in (("Cash", 4100), ("Card", 9800), ("Wallet", 3300), ("Unpaid", 320))
                        ),
                        finding="Cards bring half of the revenue.",
                    ),
                ),
                table=days_table(),
                note="One day has no figure in the chart: the shop was closed.",
            ),
            Section(
                key="partners",
                title="Revenue by partner",
                about="The forty partners with the highest revenue.",
                figures=(
                    figure("partners", "Partners with orders", Kind.COUNT, "40", "38", "▲", "good", "+5.3 %"),
                    figure(
                        "share", "Share of the first ten", Kind.PERCENT, "68.4", "66.1", "▲", "plain", "+2.3 points"
                    ),
                ),
                charts=(
                    Chart(
                        title="Partners with the highest revenue",
                        form=Form.BARS,
                        kind=Kind.MONEY,
                        labels=tuple(row[1] for row in partners[:10]),
                        series=(
                            Series(label="1 – 30 Mar 2026", values=tuple(row[3] for row in partners[:10])),
                            Series(
                                label=against,
                                values=tuple(row[3] * Decimal("0.9") for row in partners[:10]),
                                is_earlier=True,
                            ),
                        ),
                        finding="The first partner brings EUR 20,625.00, a fifth of everything.",
                    ),
                ),
                table=partners_table(),
            ),
        ),
        "definitions": (
            Definition(
                key="net_revenue",
                label="Net revenue",
                text="Total revenue less the refunds of the day. Total revenue is the sum of the totals of counted "
                "orders placed that day; an order counts unless it is cancelled, rejected or a no-show.",
            ),
            Definition(
                key="average_order_value", label="Average order value", text="Total revenue divided by counted orders."
            ),
            Definition(key="completion_rate", label="Completion rate", text="Completed orders divided by all orders."),
        ),
    }
    return Document(**(fields | changed))


def figure(key, label, kind, value, earlier, arrow, tone, text):
    return Figure(
        key=key,
        label=label,
        kind=kind,
        value=Decimal(value),
        earlier=Decimal(earlier),
        change=Change(
            arrow=arrow,
            tone=tone,
            text=text,
            title=f"{signed(Decimal(value) - Decimal(earlier), Unit(kind), NOTATION)} against "
            f"{written(Decimal(earlier), Unit(kind), NOTATION)} in 30 Jan – 28 Feb 2026",
        ),
    )
