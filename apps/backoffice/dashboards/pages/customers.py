"""Who buys, who comes back, what they are worth, and whom we may lose."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.models import CacheType
from apps.analytics.rest.recent import with_last_orders
from apps.analytics.rest.sections import ALL, BY_LENGTH, Retention, Table, Values
from apps.backoffice.dashboards.columns import Distribution, Stacked
from apps.backoffice.dashboards.figures import Figures
from apps.backoffice.dashboards.heats import CohortMap
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.people import CustomerList
from apps.backoffice.dashboards.rankings import Ranking

_FIGURES = ("customers", "new_customers", "returning_customer_rate", "revenue_per_customer")
_LISTED = 10

CUSTOMERS = Page(
    key="customers",
    title=_("Customers"),
    about=_("Who buys, who comes back, what they are worth, and whom we may lose"),
    icon="group",
    type=CacheType.CUSTOMERS,
    filters=("segment",),
    panels=(
        Figures(
            key="summary",
            title=_("The period"),
            section=Values(metrics=(*_FIGURES, "churn_rate")),
            spark=Table(metrics=_FIGURES, grain=BY_LENGTH),
        ),
        Stacked(
            key="trend",
            title=_("New and returning customers"),
            section=Table(metrics=("returning_customers", "new_customers"), grain=BY_LENGTH),
        ),
        Ranking(
            key="segments",
            title=_("Customers by segment"),
            about=_("as they stand today"),
            section=Table(
                metrics=("customer_count", "lifetime_value", "average_lifetime_value"), by=("segment",), limit=ALL
            ),
            in_order=True,
            width=6,
        ),
        Distribution(
            key="lifetime_values",
            title=_("What customers are worth"),
            about=_("by what they have spent so far, less refunds"),
            section=Table(metrics=("customer_count", "lifetime_value"), by=("lifetime_value_band",), limit=ALL),
            width=6,
        ),
        CohortMap(
            key="retention",
            title=_("Who comes back"),
            about=_("by the month of their first order: how many ordered again, month by month"),
            section=Retention(),
        ),
        CustomerList(
            key="at_risk",
            title=_("Customers at risk"),
            about=_("by lifetime value, as they stand today"),
            section=Table(
                metrics=("lifetime_value", "lifetime_orders"),
                by=("customer",),
                filters={"churn_risk": ("true",)},
                limit=_LISTED,
                decorate=with_last_orders,
            ),
        ),
        CustomerList(
            key="top_customers",
            title=_("Top customers of the period"),
            section=Table(
                metrics=("total_revenue", "counted_orders", "average_order_value"),
                by=("customer",),
                limit=_LISTED,
                compares=True,
                decorate=with_last_orders,
            ),
        ),
        Ranking(
            key="by_city",
            title=_("By city"),
            section=Table(metrics=("total_revenue", "customers", "revenue_per_customer"), by=("city",), compares=True),
            width=6,
        ),
        Ranking(
            key="by_acquisition_channel",
            title=_("By acquisition channel"),
            section=Table(
                metrics=("customers", "new_customers", "revenue_per_customer"),
                by=("acquisition_channel",),
                compares=True,
            ),
            width=6,
        ),
    ),
)
