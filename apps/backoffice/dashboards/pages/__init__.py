"""The dashboards, by key."""

from collections.abc import Mapping

from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.pages.overview import OVERVIEW
from apps.backoffice.dashboards.pages.revenue import REVENUE

PAGES: Mapping[str, Page] = {page.key: page for page in (OVERVIEW, REVENUE)}
