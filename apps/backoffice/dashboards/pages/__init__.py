"""The dashboards, by key."""

from collections.abc import Mapping

from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.pages.customers import CUSTOMERS
from apps.backoffice.dashboards.pages.orders import ORDERS
from apps.backoffice.dashboards.pages.overview import OVERVIEW
from apps.backoffice.dashboards.pages.partners import PARTNER, PARTNERS
from apps.backoffice.dashboards.pages.revenue import REVENUE

PAGES: Mapping[str, Page] = {page.key: page for page in (OVERVIEW, REVENUE, ORDERS, PARTNERS, CUSTOMERS)}
ALL_PAGES: Mapping[str, Page] = {**PAGES, PARTNER.key: PARTNER}  # also those that are about one row

__all__ = ["ALL_PAGES", "PAGES", "PARTNER"]
