"""The tone of each state, for badges of lists, forms and dashboards alike: success, warning, danger, info."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices

from apps.marketplace.models import IssueKind, OrderStatus, PartnerStatus, PaymentStatus

ORDER_STATUS_TONES: Mapping[str, str] = {
    OrderStatus.PENDING: "warning",
    OrderStatus.ACCEPTED: "info",
    OrderStatus.IN_PROGRESS: "info",
    OrderStatus.READY: "info",
    OrderStatus.COMPLETED: "success",
    OrderStatus.CANCELLED: "danger",
    OrderStatus.REJECTED: "danger",
    OrderStatus.NO_SHOW: "danger",
}
PARTNER_STATUS_TONES: Mapping[str, str] = {PartnerStatus.ACTIVE: "success", PartnerStatus.PAUSED: "warning"}
PAYMENT_STATUS_TONES: Mapping[str, str] = {
    PaymentStatus.CAPTURED: "success",
    PaymentStatus.PENDING: "warning",
    PaymentStatus.AUTHORIZED: "info",
    PaymentStatus.FAILED: "danger",
}
ISSUE_TONES: Mapping[str, str] = {IssueKind.DAMAGED: "danger", IssueKind.LOST: "danger", IssueKind.LATE: "warning"}


def by_label(choices: type[TextChoices], tones: Mapping[str, str]) -> dict[Any, str]:
    """Return the tones by what the states are called, as lists of the admin ask for them."""
    return {choices(state).label: tone for state, tone in tones.items()}
