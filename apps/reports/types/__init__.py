"""The reports, by key."""

from collections.abc import Mapping

from apps.reports.types.customers import CUSTOMERS
from apps.reports.types.executive_summary import EXECUTIVE_SUMMARY
from apps.reports.types.orders import ORDERS
from apps.reports.types.partners import PARTNERS
from apps.reports.types.product_performance import PRODUCT_PERFORMANCE
from apps.reports.types.report import Report
from apps.reports.types.revenue import REVENUE

REPORTS: Mapping[str, Report] = {
    report.key: report for report in (EXECUTIVE_SUMMARY, REVENUE, ORDERS, PARTNERS, CUSTOMERS, PRODUCT_PERFORMANCE)
}

__all__ = ["REPORTS", "Report"]
