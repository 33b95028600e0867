"""Who fulfilled orders, how much and how well."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.sections import ALL, BY_LENGTH, Drivers, Table, Values
from apps.reports.types.parts import Changes, Figures, OverTime, Ranking
from apps.reports.types.report import Report

_RATES = ("acceptance_rate", "fulfilment_rate", "rejection_rate")
_ISSUES = ("issues_reported", "items_damaged", "items_lost", "items_late")
_MINUTES = ("acceptance_minutes", "pickup_minutes", "processing_minutes", "delivery_minutes", "total_minutes")

PARTNERS = Report(
    key="partners",
    about=_("Who fulfilled orders, how much and how well"),
    figures=("selling_partners", "total_revenue", *_RATES[:2], "average_rating"),
    parts=(
        OverTime(
            key="trend",
            title=_("Over time"),
            question=Table(
                metrics=("total_revenue", "order_count", *_RATES[:2], "average_rating"), grain=BY_LENGTH, compares=True
            ),
            charts=(("total_revenue",), ("fulfilment_rate",)),
        ),
        Ranking(
            key="ranking",
            title=_("Ranking"),
            question=Table(
                metrics=("total_revenue", "order_count", *_RATES, "average_rating", "total_minutes", "issues_reported"),
                by=("partner",),
                limit=ALL,
                compares=True,
            ),
        ),
        Changes(key="drivers", title=_("Who rose and who fell"), question=Drivers()),
        Figures(key="minutes", title=_("How long orders take, on average"), question=Values(metrics=_MINUTES)),
        Figures(key="issues", title=_("What went wrong"), question=Values(metrics=_ISSUES)),
        Ranking(
            key="by_city",
            title=_("By city"),
            question=Table(
                metrics=("total_revenue", "order_count", "selling_partners"), by=("partner_city",), compares=True
            ),
        ),
        Ranking(
            key="low_by_completion",
            title=_("Lowest fulfilment"),
            question=Table(
                metrics=("fulfilment_rate", "order_count", "issues_reported"), by=("partner",), order="fulfilment_rate"
            ),
            charted=False,
        ),
        Ranking(
            key="capacity",
            title=_("Capacity used"),
            question=Table(metrics=("capacity_utilisation",), by=("partner",)),
        ),
    ),
)
