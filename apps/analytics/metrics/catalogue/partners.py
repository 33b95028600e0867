"""Partners: rates, times, quality, capacity."""

from apps.analytics.metrics.declarations import Example, Metric, Unit, example
from apps.analytics.metrics.expressions import DAYS, Of, percent

GROUP = "Partners"


def _mean_time(key: str, label: str, what: str, sum_of: str, count: str, shown: Example) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=GROUP,
        unit=Unit.MINUTES,
        formula=(
            f"Mean minutes from {what}, over orders placed in the period of which both times are known, in that order,"
            " and no more than 366 days apart."
        ),
        expression=Of(sum_of) / Of(count),
        example=shown,
        additive=False,
        higher=False,
    )


def _issues(key: str, label: str, formula: str, shown: Example) -> Metric:
    return Metric(
        key=key,
        label=label,
        group=GROUP,
        unit=Unit.COUNT,
        formula=formula,
        expression=Of(key),
        example=shown,
        additive=True,
        higher=False,
    )


METRICS = (
    Metric(
        key="orders_accepted",
        label="Accepted orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Orders placed in the period that were ever accepted: the time is known, or they reached a status that"
            " only accepted orders reach. One accepted first and rejected later counts as rejected."
        ),
        expression=Of("orders_accepted"),
        example=example("2", "T1 and T2"),
        additive=True,
    ),
    Metric(
        key="rejected_orders",
        label="Rejected orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Orders placed in the period that were rejected.",
        expression=Of("rejected_orders"),
        example=example("1", "T4"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="acceptance_rate",
        label="Acceptance rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Accepted orders as a share of accepted and rejected ones; those not yet answered are left out.",
        expression=percent(Of("orders_accepted"), Of("orders_accepted") + Of("rejected_orders")),
        example=example("66.67", "2 of 3"),
        additive=False,
    ),
    Metric(
        key="fulfilment_rate",
        label="Fulfilment rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula=(
            "Completed orders as a share of accepted ones: a partner’s completion rate. Orders still under way lower"
            " it."
        ),
        expression=percent(Of("completed_orders"), Of("orders_accepted")),
        example=example("100", "2 of 2"),
        additive=False,
    ),
    Metric(
        key="rejection_rate",
        label="Rejection rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Rejected orders as a share of all orders placed in the period, answered or not.",
        expression=percent(Of("rejected_orders"), Of("order_count")),
        example=example("20", "1 of 5"),
        additive=False,
        higher=False,
    ),
    _mean_time(
        "acceptance_minutes",
        "Time to acceptance",
        "placed to accepted",
        "acceptance_time",
        "acceptance_count",
        example("15", "10 for T1, 20 for T2"),
    ),
    _mean_time(
        "pickup_minutes",
        "Time to pick-up",
        "accepted to picked up",
        "pickup_time",
        "pickup_count",
        example("30", "T1 alone was picked up"),
    ),
    _mean_time(
        "processing_minutes",
        "Processing time",
        "picked up to processed",
        "processing_time",
        "processing_count",
        example("120", "T1 alone"),
    ),
    _mean_time(
        "delivery_minutes",
        "Delivery time",
        "processed to delivered",
        "delivery_time",
        "delivery_count",
        example("30", "T1 alone"),
    ),
    _mean_time(
        "total_minutes",
        "Time to completion",
        "placed to completed",
        "total_time",
        "total_time_count",
        example("130", "200 for T1, 60 for T2"),
    ),
    Metric(
        key="overlong_stages",
        label="Stages over a year",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Stages of orders placed in the period that took longer than 366 days: mostly a mistyped year. They are"
            " left out of means and percentiles. One order may have several."
        ),
        expression=Of("overlong_stages"),
        example=example("0", "no stage took that long"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="timed_orders",
        label="Timed orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Orders placed in the period that have both instants of a stage, in order and no more than 366 days apart."
            " An order goes through several stages, so this only makes sense by stage."
        ),
        expression=Of("timed_orders"),
        example=example("2", "T1 and T2 were accepted", by="stage", named="Placed to accepted"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="average_rating",
        label="Average rating",
        group=GROUP,
        unit=Unit.RATING,
        formula="The mean of ratings, 1 to 5, by the day of the review.",
        expression=Of("rating_sum") / Of("rating_count"),
        example=example("4.5", "5 for T1, 4 for T2"),
        additive=False,
    ),
    Metric(
        key="rating_count",
        label="Number of ratings",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Reviews given, by the day of the review.",
        expression=Of("rating_count"),
        example=example("2", "of T1 and T2"),
        additive=True,
    ),
    _issues(
        "issues_reported",
        "Issues",
        "Issues reported of any kind, by the day of the report.",
        example("1", "T2 came back damaged"),
    ),
    _issues(
        "items_damaged", "Issues: damaged", "Issues of the kind damaged, by the day of the report.", example("1", "T2")
    ),
    _issues("items_lost", "Issues: lost", "Issues of the kind lost, by the day of the report.", example("0", "none")),
    _issues("items_late", "Issues: late", "Issues of the kind late, by the day of the report.", example("0", "none")),
    Metric(
        key="selling_partners",
        label="Partners with orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Different partners with a counted order in the period.",
        expression=Of("selling_partners"),
        example=example("2", "North and South; T5 has no partner"),
        additive=False,
    ),
    Metric(
        key="partner_count",
        label="Partners",
        group=GROUP,
        unit=Unit.COUNT,
        formula="All partners, whatever their status, as of now.",
        expression=Of("partner_count"),
        example=example("2", "North and South"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="active_partners",
        label="Active partners",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Partners whose status is active, as of now.",
        expression=Of("active_partners"),
        example=example("1", "North; South is paused"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="capacity_utilisation",
        label="Capacity utilisation",
        group=GROUP,
        unit=Unit.PERCENT,
        formula=(
            "Counted orders of partners whose daily capacity is known, as a share of the capacity they have now times"
            " the days of the period that have begun; today counts whole."
        ),
        expression=percent(Of("orders_within_capacity"), Of("daily_capacity") * DAYS),
        example=example("25", "T1 of the 4 that North can take in a day"),
        additive=False,
    ),
)
