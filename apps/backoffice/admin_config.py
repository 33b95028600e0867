"""Django's admin with our site; apart from `apps.py`, which may hold one configuration only."""

from django.contrib.admin.apps import AdminConfig


class BellwetherAdminConfig(AdminConfig):
    """`django.contrib.admin` with Bellwether's site as `admin.site`."""

    default_site = "apps.backoffice.site.BellwetherAdminSite"
