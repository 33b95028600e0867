"""Computed answers, kept for a while."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import tenant_leaf
from apps.core.models import TenantModel
from apps.core.ratios import ratio


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


def of_no_use(now: datetime.datetime) -> Q:
    """Return the condition that an answer has expired and is not kept as the last good one either."""
    return (Q(kept_until=None) | Q(kept_until__lte=now)) & Q(expires_at__lte=now)


class AnalyticsCache(TenantModel):
    """One computed answer of one organization; the methods work for the organization of the context.

    The key names the data version, so that a refresh makes older answers unreachable. The question is the key without
    the version: it keeps one row, the last answer that could be computed, until `kept_until`.
    """

    key = models.CharField(_("key"), max_length=200)
    question = models.CharField(_("question"), max_length=200)
    type = models.CharField(_("type"), max_length=12, choices=CacheType.choices)
    data = models.JSONField(_("data"))
    version = models.BigIntegerField(_("data version"))
    computed_at = models.DateTimeField(_("computed at"))
    expires_at = models.DateTimeField(_("expires at"))
    kept_until = models.DateTimeField(
        _("kept until"), null=True, help_text=_("Until then it is given where no newer answer can be computed.")
    )

    class Meta:
        verbose_name = _("cached answer")
        verbose_name_plural = _("cached answers")
        db_table = "analytics_cache"
        ordering = ("-computed_at",)
        constraints = [
            tenant_leaf("analytics_cache"),
            models.UniqueConstraint(fields=["organization", "key"], name="analytics_cache_once"),
            models.UniqueConstraint(fields=["organization", "question"], name="analytics_cache_question_once"),
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
        question: str = "",
        kept_for: datetime.timedelta | None = None,
        computed_at: datetime.datetime | None = None,
    ) -> None:
        """Keep an answer for `ttl_minutes`, or as long as its type says; `version` is the data version behind it.

        It takes the place of the answer to the same question, and may be given as the last good one for `kept_for`.
        """
        now = computed_at or timezone.now()
        minutes = TTL_MINUTES[CacheType(cache_type)] if ttl_minutes is None else ttl_minutes
        answer = {
            "key": key,
            "type": cache_type,
            "data": data,
            "version": version,
            "computed_at": now,
            "expires_at": now + datetime.timedelta(minutes=minutes),
            "kept_until": now + kept_for if kept_for else None,
        }
        cls.objects.update_or_create(organization_id=organization_id, question=question or key, defaults=answer)

    @classmethod
    def clear_expired(cls) -> int:
        """Delete the answers that have expired and are no longer kept, and return how many there were."""
        deleted, _by_model = cls.objects.filter(of_no_use(timezone.now())).delete()
        return int(deleted)


class AnswerCount(TenantModel):
    """How answers of an endpoint came about on one day in UTC: from the cache, computed, or the last good one."""

    endpoint = models.CharField(_("endpoint"), max_length=60)
    date = models.DateField(_("date"))
    hits = models.BigIntegerField(_("from the cache"), default=0)
    misses = models.BigIntegerField(_("computed"), default=0)
    fallbacks = models.BigIntegerField(_("last good"), default=0)

    class Meta:
        verbose_name = _("answer count")
        verbose_name_plural = _("answer counts")
        ordering = ("-date", "endpoint")
        constraints = [
            tenant_leaf("answer_count"),
            models.UniqueConstraint(fields=["organization", "date", "endpoint"], name="answer_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.endpoint}"

    @property
    def hit_rate(self) -> Decimal | None:
        """Answers from the cache by all, 0 to 1."""
        return ratio(self.hits, self.hits + self.misses + self.fallbacks)
