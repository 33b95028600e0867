"""Who fulfils orders: how much, how well, and one partner by itself."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.models import CacheType
from apps.analytics.rest.recent import RecentOrders
from apps.analytics.rest.sections import ALL, BY_LENGTH, Drivers, Table, Values
from apps.backoffice.dashboards.charts import Lines, Quadrant
from apps.backoffice.dashboards.figures import Figures
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.rankings import Changes, Feed, Ranking

_RATES = ("acceptance_rate", "fulfilment_rate", "rejection_rate")
_MINUTES = ("acceptance_minutes", "pickup_minutes", "processing_minutes", "delivery_minutes", "total_minutes")
_ISSUES = ("issues_reported", "items_damaged", "items_lost", "items_late")
_ONE = ("total_revenue", "order_count", "fulfilment_rate", "acceptance_rate", "average_rating")
_RANKED = 25
_PLOTTED = 100

PARTNERS = Page(
    key="partners",
    title=_("Partners"),
    about=_("Who fulfils orders, how much and how well"),
    icon="storefront",
    type=CacheType.PARTNERS,
    filters=("partner_status",),
    panels=(
        Figures(
            key="summary",
            title=_("All partners"),
            section=Values(metrics=("selling_partners", "total_revenue", *_RATES[:2], "average_rating")),
            spark=Table(metrics=("selling_partners", "total_revenue", *_RATES[:2], "average_rating"), grain=BY_LENGTH),
        ),
        Quadrant(
            key="quadrant",
            title=_("Volume and completion"),
            about=_("the further up, the more of the accepted orders are completed; the size is revenue"),
            section=Table(
                metrics=("order_count", "fulfilment_rate", "total_revenue"),
                by=("partner",),
                order="-order_count",
                limit=_PLOTTED,
            ),
            across="order_count",
            up="fulfilment_rate",
            size="total_revenue",
        ),
        Ranking(
            key="ranking",
            title=_("Ranking"),
            section=Table(
                metrics=("total_revenue", "order_count", *_RATES, "average_rating", "total_minutes", "issues_reported"),
                by=("partner",),
                compares=True,
                limit=_RANKED,
            ),
            spark=Table(metrics=("total_revenue",), by=("partner",), grain=BY_LENGTH, limit=_RANKED),
            names="dashboard_partner",
        ),
        Changes(key="drivers", title=_("Who rose and who fell"), section=Drivers(), width=6),
        Ranking(
            key="by_city",
            title=_("By city"),
            section=Table(
                metrics=("total_revenue", "order_count", "selling_partners"), by=("partner_city",), compares=True
            ),
            width=6,
        ),
        Ranking(
            key="low_by_completion",
            title=_("Lowest fulfilment"),
            section=Table(
                metrics=("fulfilment_rate", "order_count", "issues_reported"), by=("partner",), order="fulfilment_rate"
            ),
            names="dashboard_partner",
            width=6,
        ),
        Ranking(
            key="capacity",
            title=_("Capacity used"),
            section=Table(metrics=("capacity_utilisation",), by=("partner",)),
            names="dashboard_partner",
            width=6,
        ),
    ),
)

PARTNER = Page(
    key="partner",
    title=_("Partner"),
    about=_("How one partner does"),
    icon="storefront",
    type=CacheType.PARTNERS,
    panels=(
        Figures(
            key="summary",
            title=_("The period"),
            section=Values(metrics=_ONE),
            spark=Table(metrics=_ONE, grain=BY_LENGTH),
        ),
        Lines(
            key="trend",
            title=_("Over time"),
            section=Table(metrics=(*_ONE, "rejection_rate"), grain=BY_LENGTH, compares=True),
        ),
        Figures(
            key="minutes",
            title=_("How long orders take"),
            about=_("on average"),
            section=Values(metrics=_MINUTES),
        ),
        Figures(key="issues", title=_("What went wrong"), section=Values(metrics=_ISSUES), width=6),
        Ranking(
            key="by_weekday",
            title=_("By day of the week"),
            section=Table(
                metrics=("total_revenue", "order_count", "fulfilment_rate"),
                by=("weekday",),
                order="weekday",
                limit=ALL,
            ),
            width=6,
        ),
        Feed(key="recent", title=_("Latest orders"), section=RecentOrders()),
    ),
)
