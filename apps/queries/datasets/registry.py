"""Every dataset: the facts, and the rollups that `apps.analytics` declares."""

from collections.abc import Mapping

from django.db import models

from apps.analytics.models import CustomerAnalytics
from apps.analytics.rollups import ROLLUPS
from apps.engagement.models import Interaction, Segment, SegmentMember
from apps.hierarchy.models import Entity
from apps.marketplace.models import (
    Category,
    Customer,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    Partner,
    Payment,
    Product,
    Refund,
    Review,
)
from apps.queries.datasets.declarations import Dataset

_OF_THE_ORDER = {"customer": "order__customer_id", "partner": "order__partner_id"}

FACTS: tuple[Dataset, ...] = (
    Dataset(key="orders", model=Order, dated_by="placed_at"),
    Dataset(key="order_lines", model=OrderLine, dated_by="order__placed_at", through=_OF_THE_ORDER),
    Dataset(key="payments", model=Payment, dated_by="paid_at", through=_OF_THE_ORDER),
    Dataset(key="refunds", model=Refund, dated_by="refunded_at", through=_OF_THE_ORDER),
    Dataset(key="reviews", model=Review, dated_by="reviewed_at", through=_OF_THE_ORDER),
    Dataset(key="issues", model=OrderIssue, dated_by="reported_at", through=_OF_THE_ORDER),
    Dataset(key="customers", model=Customer, dated_by="joined_at"),
    Dataset(key="partners", model=Partner, dated_by="joined_on"),
    Dataset(key="products", model=Product),
    Dataset(key="categories", model=Category),
    Dataset(key="operating_costs", model=OperatingCost, dated_by="month"),
    Dataset(key="interactions", model=Interaction, dated_by="occurred_at"),
    Dataset(key="segments", model=Segment),
    Dataset(key="segment_members", model=SegmentMember, dated_by="assigned_at"),
    Dataset(key="entities", model=Entity),
)
COMPUTED: tuple[Dataset, ...] = (
    *(Dataset(key=rollup.name, model=rollup.model, dated_by="date", is_computed=True) for rollup in ROLLUPS),
    Dataset(key="customer_analytics", model=CustomerAnalytics, dated_by="last_order_date", is_computed=True),
)
DATASETS: Mapping[str, Dataset] = {dataset.key: dataset for dataset in (*FACTS, *COMPUTED)}
DATASET_OF_MODEL: Mapping[type[models.Model], Dataset] = {dataset.model: dataset for dataset in DATASETS.values()}
