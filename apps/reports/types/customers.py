"""Who bought, who came back, what they are worth, and whom we may lose."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.recent import with_last_orders
from apps.analytics.rest.sections import ALL, BY_LENGTH, Table, Values
from apps.documents.document import Form
from apps.documents.tables import Kind
from apps.reports.types.parts import Cohorts, Figures, OverTime, Ranking
from apps.reports.types.report import Report

_REACHED = (("customer_email", _("E-mail"), Kind.TEXT), ("last_order_date", _("Last order"), Kind.DATE))
_BASE = ("customer_count", "lifetime_value", "average_lifetime_value", "at_risk_customers", "churned_customers")

CUSTOMERS = Report(
    key="customers",
    about=_("Who bought, who came back, what they are worth, and whom we may lose"),
    figures=("customers", "new_customers", "returning_customers", "returning_customer_rate", "revenue_per_customer"),
    parts=(
        OverTime(
            key="trend",
            title=_("New and returning customers"),
            question=Table(
                metrics=("customers", "returning_customers", "new_customers"), grain=BY_LENGTH, compares=True
            ),
            charts=(("returning_customers", "new_customers"),),
            form=Form.STACKED,
        ),
        Figures(
            key="base",
            title=_("All customers"),
            about=_("as they stand today"),
            question=Values(metrics=_BASE, compares=False),
        ),
        Ranking(
            key="segments",
            title=_("Customers by segment"),
            about=_("as they stand today"),
            question=Table(
                metrics=("customer_count", "lifetime_value", "average_lifetime_value"), by=("segment",), limit=ALL
            ),
        ),
        Ranking(
            key="lifetime_values",
            title=_("What customers are worth"),
            about=_("by what they have spent so far, less refunds"),
            question=Table(
                metrics=("customer_count", "lifetime_value"), by=("lifetime_value_band",), limit=ALL, every=True
            ),
        ),
        Cohorts(
            key="retention",
            title=_("Who comes back"),
            about=_("by the month of their first order: how many ordered again, month by month"),
        ),
        Ranking(
            key="top_customers",
            title=_("Top customers of the period"),
            question=Table(
                metrics=("total_revenue", "counted_orders", "average_order_value"),
                by=("customer",),
                compares=True,
                decorate=with_last_orders,
            ),
            charted=False,
            extra=_REACHED,
        ),
        Ranking(
            key="at_risk",
            title=_("Customers at risk"),
            about=_("by lifetime value, as they stand today"),
            question=Table(
                metrics=("lifetime_value", "lifetime_orders"),
                by=("customer",),
                filters={"churn_risk": ("true",)},
                decorate=with_last_orders,
            ),
            charted=False,
            extra=_REACHED,
        ),
        Ranking(
            key="by_city",
            title=_("By city"),
            question=Table(metrics=("total_revenue", "customers", "revenue_per_customer"), by=("city",), compares=True),
        ),
        Ranking(
            key="by_acquisition_channel",
            title=_("By acquisition channel"),
            question=Table(
                metrics=("customers", "new_customers", "revenue_per_customer"),
                by=("acquisition_channel",),
                compares=True,
            ),
        ),
    ),
)
