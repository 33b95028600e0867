"""The tone of each segment, for badges of lists, forms and dashboards alike."""

from collections.abc import Mapping

from apps.analytics.models import CustomerSegment

SEGMENT_TONES: Mapping[str, str] = {
    CustomerSegment.NEW: "info",
    CustomerSegment.OCCASIONAL: "warning",
    CustomerSegment.REGULAR: "success",
    CustomerSegment.VIP: "primary",
    CustomerSegment.CHURNED: "danger",
}
