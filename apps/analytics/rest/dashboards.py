"""The eleven answers that front ends build on. Each declares its sections, and nothing else."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.analytics.models import CacheType
from apps.analytics.rest.endpoints import Answers
from apps.analytics.rest.parameters import BreakdownParameters, PartnerParameters, TrendParameters
from apps.analytics.rest.recent import RecentOrders, with_contacts
from apps.analytics.rest.sections import ALL, BY_LENGTH, Drivers, ProcessingTimes, Table, Values

_REVENUE = ("total_revenue", "gross_sales", "net_revenue", "refund_amount", "refund_count", "discount_amount")
_PARTNER = (
    "total_revenue",
    "order_count",
    "orders_accepted",
    "completed_orders",
    "acceptance_rate",
    "fulfilment_rate",
    "rejection_rate",
    "average_rating",
    "rating_count",
    "issues_reported",
)
_MINUTES = ("acceptance_minutes", "pickup_minutes", "processing_minutes", "delivery_minutes", "total_minutes")
_LIFETIME = ("lifetime_value", "lifetime_orders")
_BASE = (
    "customer_count",
    "lifetime_value",
    "average_lifetime_value",
    "at_risk_customers",
    "churned_customers",
    "churn_rate",
)
_SEGMENTS = Table(metrics=("customer_count", "lifetime_value", "at_risk_customers"), by=("segment",), limit=ALL)
_TOP_CUSTOMERS = Table(metrics=_LIFETIME, by=("customer",), decorate=with_contacts)


def described(endpoint: type[Answers]) -> Any:
    """Have OpenAPI describe an endpoint by its sections."""
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"analytics_{endpoint.name.replace('/', '_')}",
            summary=(endpoint.__doc__ or "").strip().splitlines()[0],
            parameters=[endpoint.parameters],
            responses={200: endpoint.answer_schema()},
            tags=["analytics"],
        )
    )(endpoint)


@described
class Dashboard(Answers):
    """Today beside the same day of last week, the period, the latest orders, partners and segments."""

    name = "dashboard"
    cache_type = CacheType.DASHBOARD
    sections = {
        "today": Values(
            metrics=(
                "total_revenue",
                "net_revenue",
                "order_count",
                "average_order_value",
                "customers",
                "new_customers",
            ),
            timeframe="today",
            compare="same_weekdays",
        ),
        "summary": Values(
            metrics=(
                "total_revenue",
                "net_revenue",
                "order_count",
                "average_order_value",
                "completion_rate",
                "cancellation_rate",
                "customers",
                "new_customers",
            )
        ),
        "trend": Table(metrics=("total_revenue", "order_count"), grain=BY_LENGTH),
        "recent_orders": RecentOrders(),
        "top_partners": Table(
            metrics=("total_revenue", "order_count", "fulfilment_rate", "average_rating"), by=("partner",)
        ),
        "customer_segments": _SEGMENTS,
        "partners": Values(metrics=("active_partners", "partner_count"), compares=False),
    }


@described
class Revenue(Answers):
    """Revenue: totals, by payment method, category, product and day."""

    name = "revenue"
    cache_type = CacheType.REVENUE
    sections = {
        "summary": Values(
            metrics=(
                *_REVENUE,
                "tax_amount",
                "delivery_fee_amount",
                "tip_amount",
                "counted_orders",
                "average_order_value",
                "refund_rate",
                "uncounted_refund_amount",
            )
        ),
        "by_payment_method": Table(metrics=("total_revenue",), by=("payment_method",), limit=ALL),
        "by_category": Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",)),
        "trend": Table(
            metrics=("total_revenue", "net_revenue", "refund_amount", "counted_orders", "average_order_value"),
            grain=BY_LENGTH,
            compares=True,
        ),
        "top_products": Table(metrics=("total_revenue", "quantity", "product_orders"), by=("product",)),
        "drivers": Drivers(),
    }


@described
class Orders(Answers):
    """Orders: by status, category, hour and day of the week, how long they take, how many fall through."""

    name = "orders"
    cache_type = CacheType.ORDERS
    sections = {
        "summary": Values(
            metrics=(
                "order_count",
                "counted_orders",
                "completed_orders",
                "cancelled_orders",
                "rejected_orders",
                "completion_rate",
                "cancellation_rate",
                "rejection_rate",
                "average_order_value",
            )
        ),
        "by_status": Table(metrics=("order_count",), by=("status",), limit=ALL),
        "by_category": Table(metrics=("total_revenue", "quantity"), by=("category",)),
        "by_channel": Table(metrics=("order_count", "completion_rate", "average_order_value"), by=("channel",)),
        "peak_hours": Table(metrics=("order_count", "total_revenue"), by=("hour",), limit=ALL, every=True),
        "by_weekday": Table(metrics=("order_count", "total_revenue"), by=("weekday",), limit=ALL, every=True),
        "processing_times": Values(metrics=(*_MINUTES, "overlong_stages")),
        "processing_time_percentiles": ProcessingTimes(),
        "trend": Table(metrics=("order_count", "completed_orders", "cancelled_orders"), grain=BY_LENGTH),
    }


@described
class Partners(Answers):
    """Partners: who does best and worst by revenue, completion and rating, and how it develops."""

    name = "partners"
    cache_type = CacheType.PARTNERS
    parameters = PartnerParameters
    sections = {
        "partners": Values(metrics=("partner_count", "active_partners"), compares=False),
        "summary": Values(
            metrics=("selling_partners", *_PARTNER[:8], "issues_reported", "items_damaged", "items_lost", "items_late")
        ),
        "processing_times": Values(metrics=(*_MINUTES, "overlong_stages")),
        "top_by_revenue": Table(metrics=_PARTNER, by=("partner",), compares=True),
        "top_by_completion": Table(metrics=_PARTNER, by=("partner",), order="-fulfilment_rate"),
        "top_by_rating": Table(metrics=_PARTNER, by=("partner",), order="-average_rating"),
        "low_by_revenue": Table(metrics=_PARTNER, by=("partner",), order="total_revenue"),
        "low_by_completion": Table(metrics=_PARTNER, by=("partner",), order="fulfilment_rate"),
        "low_by_rating": Table(metrics=_PARTNER, by=("partner",), order="average_rating"),
        "trend": Table(
            metrics=("total_revenue", "order_count", "acceptance_rate", "fulfilment_rate", "average_rating"),
            grain=BY_LENGTH,
        ),
        "capacity": Table(metrics=("capacity_utilisation",), by=("partner",)),
    }


@described
class Customers(Answers):
    """Customers: segments, lifetime values, who is at risk, how many are won."""

    name = "customers"
    cache_type = CacheType.CUSTOMERS
    sections = {
        "customer_base": Values(metrics=_BASE, compares=False),
        "segments": _SEGMENTS,
        "top_customers": _TOP_CUSTOMERS,
        "summary": Values(metrics=("customers", "new_customers", "returning_customers", "returning_customer_rate")),
        "acquisition_trend": Table(metrics=("new_customers", "customers"), grain=BY_LENGTH),
    }


@described
class Overview(Answers):
    """The key figures beside those of the earlier period, what drove the change, and who contributed most."""

    name = "overview"
    cache_type = CacheType.DASHBOARD
    sections = {
        "summary": Values(
            metrics=(
                *_REVENUE[:4],
                "order_count",
                "average_order_value",
                "customers",
                "new_customers",
                "returning_customer_rate",
                "selling_partners",
                "average_rating",
            )
        ),
        "customer_base": Values(metrics=_BASE, compares=False),
        "trend": Table(metrics=("total_revenue", "order_count"), grain=BY_LENGTH, compares=True),
        "drivers": Drivers(),
        "top_partners": Table(metrics=("total_revenue", "order_count"), by=("partner",), compares=True),
        "top_products": Table(metrics=("total_revenue", "quantity"), by=("product",), compares=True),
    }


@described
class SalesTrends(Answers):
    """Sales by day, week, month, quarter or year beside the earlier period, and what drove the change."""

    name = "sales/trends"
    cache_type = CacheType.REVENUE
    parameters = TrendParameters
    sections = {
        "summary": Values(metrics=("total_revenue", "net_revenue", "order_count", "average_order_value")),
        "trend": Table(
            metrics=("total_revenue", "net_revenue", "order_count", "counted_orders", "average_order_value"),
            grain=BY_LENGTH,
            compares=True,
        ),
        "by_weekday": Table(metrics=("total_revenue", "order_count"), by=("weekday",), limit=ALL, every=True),
        "drivers": Drivers(by="channel"),
    }


@described
class VendorPerformance(Answers):
    """Each vendor’s revenue, orders, rates and ratings beside the earlier period."""

    name = "vendors/performance"
    cache_type = CacheType.PARTNERS
    parameters = PartnerParameters
    sections = {
        "summary": Values(metrics=("selling_partners", *_PARTNER)),
        "vendors": Table(metrics=(*_PARTNER, *_MINUTES[:1], "total_minutes"), by=("partner",), compares=True),
        "ratings_trend": Table(metrics=("average_rating", "rating_count"), grain=BY_LENGTH),
        "activity_trend": Table(metrics=("selling_partners", "order_count"), grain=BY_LENGTH),
    }


@described
class ProductAnalytics(Answers):
    """Best sellers, categories, and how long the stock lasts."""

    name = "products/analytics"
    cache_type = CacheType.ORDERS
    sections = {
        "summary": Values(metrics=("quantity", "gross_sales", "total_revenue")),
        "best_sellers": Table(
            metrics=("quantity", "total_revenue", "gross_sales", "product_orders"), by=("product",), compares=True
        ),
        "categories": Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), compares=True),
        "stock": Values(metrics=("product_count", "stock_quantity", "stock_cost", "days_of_cover"), compares=False),
        "inventory": Table(
            metrics=("days_of_cover", "stock_quantity", "quantity", "stock_cost"),
            by=("product",),
            order="days_of_cover",
            filters={"product_kind": ("good",)},
        ),
    }


@described
class RevenueBreakdown(Answers):
    """Revenue divided by payment method, category, partner, channel, city or business type."""

    name = "revenue/breakdown"
    cache_type = CacheType.REVENUE
    parameters = BreakdownParameters
    sections = {
        "summary": Values(metrics=("total_revenue", "net_revenue", "refund_amount")),
        "breakdown": Table(metrics=("total_revenue",), by=("$by",), compares=True),
    }


@described
class CustomerInsights(Answers):
    """How customers behave: who comes back, what they are worth, where they are, whom we may lose."""

    name = "customers/insights"
    cache_type = CacheType.CUSTOMERS
    sections = {
        "summary": Values(
            metrics=(
                "customers",
                "new_customers",
                "returning_customers",
                "returning_customer_rate",
                "orders_per_customer",
                "revenue_per_customer",
            )
        ),
        "retention_trend": Table(
            metrics=("customers", "new_customers", "returning_customers", "returning_customer_rate"),
            grain=BY_LENGTH,
            compares=True,
        ),
        "customer_base": Values(metrics=_BASE, compares=False),
        "segments": _SEGMENTS,
        "by_city": Table(metrics=("total_revenue", "customers", "revenue_per_customer"), by=("city",)),
        "by_business_type": Table(
            metrics=("total_revenue", "customers", "revenue_per_customer"), by=("business_type",)
        ),
        "by_acquisition_channel": Table(metrics=("new_customers", "customers"), by=("acquisition_channel",)),
        "top_customers": _TOP_CUSTOMERS,
    }


ENDPOINTS: tuple[type[Answers], ...] = (
    Dashboard,
    Revenue,
    Orders,
    Partners,
    Customers,
    Overview,
    SalesTrends,
    VendorPerformance,
    ProductAnalytics,
    RevenueBreakdown,
    CustomerInsights,
)
