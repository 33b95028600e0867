"""Rollups, and what is known about them."""

from apps.analytics.models.cache import AnalyticsCache, AnswerCount, CacheType
from apps.analytics.models.contact import DailyEngagement
from apps.analytics.models.customers import CustomerAnalytics, CustomerSegment, DailyCustomerActivity
from apps.analytics.models.partners import PartnerPerformanceMetric
from apps.analytics.models.sales import DailyChannelSales, DailyProductSales, DailyRevenueSummary, HourlyOrderVolume
from apps.analytics.models.state import AnalyticsState, CustomerThresholds, FailingDay, Revision, Verification
from apps.analytics.models.times import ProcessingTimes, Stage

__all__ = [
    "AnalyticsCache",
    "AnalyticsState",
    "AnswerCount",
    "CacheType",
    "CustomerAnalytics",
    "CustomerSegment",
    "CustomerThresholds",
    "DailyChannelSales",
    "DailyCustomerActivity",
    "DailyEngagement",
    "DailyProductSales",
    "DailyRevenueSummary",
    "FailingDay",
    "HourlyOrderVolume",
    "PartnerPerformanceMetric",
    "ProcessingTimes",
    "Revision",
    "Stage",
    "Verification",
]
