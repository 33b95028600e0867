"""Computed answers, kept for a while."""

import datetime
import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import tenant_leaf
from apps.core.models import TenantModel


class CacheType(models.TextChoices):
    """What kind of answer it is; the kind decides how long it is kept."""

    DASHBOARD = "dashboard", _("Dashboard")
    REVENUE = "revenue", _("Revenue")
    ORDERS = "orders", _("Orders")
    PARTNERS = "partners", _("Partners")
    CUSTOMERS = "customers", _("Customers")
    ACTIVITY = "activity", _("Activity")


TTL_MINUTES = {
    CacheType.DASHBOARD: 5,
    CacheType.REVENUE: 10,
    CacheType.ORDERS: 10,
    CacheType.PARTNERS: 10,
    CacheType.CUSTOMERS: 15,
    CacheType.ACTIVITY: 3,
}


class AnalyticsCache(TenantModel):
    """One computed answer of one organization; the methods work for the organization of the context."""

    key = models.CharField(_("key"), max_length=200)
    type = models.CharField(_("type"), max_length=12, choices=CacheType.choices)
    data = models.JSONField(_("data"))
    version = models.BigIntegerField(_("data version"))
    computed_at = models.DateTimeField(_("computed at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("cached answer")
        verbose_name_plural = _("cached answers")
        db_table = "analytics_cache"
        ordering = ("-computed_at",)
        constraints = [
            tenant_leaf("analytics_cache"),
            models.UniqueConstraint(fields=["organization", "key"], name="analytics_cache_once"),
            models.CheckConstraint(condition=models.Q(type__in=CacheType.values), name="analytics_cache_type"),
        ]
        indexes = [
            models.Index(fields=["organization", "expires_at"], name="analytics_cache_expires_at"),
            models.Index(fields=["organization", "type", "expires_at"], name="analytics_cache_kind"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_expired(self) -> bool:
        """Whether it may no longer be given as fresh."""
        return self.expires_at <= timezone.now()

    @classmethod
    def get_cached(cls, key: str) -> Any | None:
        """Return the answer under a key, or None where there is none or it has expired."""
        return cls.objects.filter(key=key, expires_at__gt=timezone.now()).values_list("data", flat=True).first()

    @classmethod
    def set_cached(
        cls,
        key: str,
        data: Any,
        cache_type: str,
        ttl_minutes: int | None = None,
        *,
        organization_id: uuid.UUID,
        version: int = 0,
    ) -> None:
        """Keep an answer for `ttl_minutes`, or as long as its type says; `version` is the data version behind it."""
        now = timezone.now()
        minutes = TTL_MINUTES[CacheType(cache_type)] if ttl_minutes is None else ttl_minutes
        answer = {
            "type": cache_type,
            "data": data,
            "version": version,
            "computed_at": now,
            "expires_at": now + datetime.timedelta(minutes=minutes),
        }
        cls.objects.update_or_create(organization_id=organization_id, key=key, defaults=answer)

    @classmethod
    def clear_expired(cls) -> int:
        """Delete the answers that have expired and return how many there were."""
        deleted, _by_model = cls.objects.filter(expires_at__lte=timezone.now()).delete()
        return int(deleted)
