"""Computed answers in the admin: which are kept, and clearing them.

What an answer says is shown nowhere here: it may hold contact details that only some roles may see.
"""

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Func
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from apps.accounts.administration import BusinessDaysFilter, KnownChoiceFilter, TenantRecordAdmin, access_of
from apps.accounts.administration.base import ORGANIZATION_OF_THE_FORM
from apps.accounts.administration.figures import number, whole
from apps.accounts.administration.requests import may
from apps.accounts.models import Role
from apps.analytics.answers.answering import forget_answers
from apps.analytics.models import AnalyticsCache, CacheType
from apps.analytics.selectors import KeptAnswers, count_kept_answers

logger = logging.getLogger("bellwether.analytics")

FRESH, EXPIRED = _("Fresh"), _("Expired")


class ExpiredFilter(DropdownFilter):
    """Whether answers may still be given as fresh."""

    title = _("freshness")
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str | Promise]]:
        """Return both states."""
        return [("no", FRESH), ("yes", EXPIRED)]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the answers of the chosen state."""
        now = timezone.now()
        if self.value() == "yes":
            return queryset.filter(expires_at__lte=now)
        return queryset.filter(expires_at__gt=now) if self.value() == "no" else queryset


@admin.register(AnalyticsCache)
class AnalyticsCacheAdmin(TenantRecordAdmin):
    """Answers that are kept, the newest first: members look, owners clear."""

    list_display = ("endpoint", "type_label", "state_label", "shown_size", "version", "computed_at", "kept_until")
    list_filter = (("type", KnownChoiceFilter), ExpiredFilter, ("computed_at", BusinessDaysFilter))
    actions = ()
    search_fields = ("key__startswith",)
    search_help_text = _("How the key begins, such as revenue, or all of it")
    ordering = ("-computed_at", "id")  # answers are kept for a day: few enough to sort
    empty_text = _("They come when the API is asked for figures, and are kept for some minutes.")
    actions_list = ("clear_expired", "clear_all")
    fieldsets = (
        (None, {"fields": (("endpoint", "type"), ("shown_size", "version"))}),
        (_("Time"), {"fields": (("computed_at", "expires_at"), "kept_until")}),
        (_("Record"), {"fields": ("key", "question")}),
    )
    readonly_fields = ("endpoint", "shown_size")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[AnalyticsCache]":
        """Return the answers without what they say, but with the bytes that it takes up in the table."""
        found: models.QuerySet[AnalyticsCache] = super().get_queryset(request)
        size = Func("data", function="pg_column_size", output_field=models.IntegerField())
        return found.defer("data").annotate(size=size)

    def has_clear_permission(self, request: HttpRequest) -> bool:
        """Let owners clear: the next who ask wait for what is computed anew."""
        return may(request, Role.OWNER)

    @display(description=_("Endpoint"))
    def endpoint(self, answer: AnalyticsCache) -> str:
        """Return whose answer it is: questions begin with it."""
        return answer.question.partition(":")[0]

    @display(description=_("Type"), label=True)
    def type_label(self, answer: AnalyticsCache) -> str:
        """Return the type for a badge."""
        return str(CacheType(answer.type).label)

    @display(description=_("State"), label={FRESH: "success"})
    def state_label(self, answer: AnalyticsCache) -> str:
        """Return the state for a badge."""
        return str(EXPIRED if answer.is_expired else FRESH)

    @display(description=_("Size (KB)"))
    def shown_size(self, answer: AnalyticsCache) -> str:
        """Return the size as it is stored, which is compressed."""
        size: int = answer.size  # type: ignore[attr-defined]
        return number(Decimal(size) / 1024)

    @action(
        description=_("Delete expired answers"), permissions=["clear"], url_path="clear-expired", icon="auto_delete"
    )
    def clear_expired(self, request: HttpRequest) -> HttpResponse:
        """Delete what nobody will get any more, once that is confirmed."""
        return self._clear(
            request,
            title=_now("Delete expired answers"),
            template="analytics/clear_expired_answers.html",
            count=lambda kept: kept.useless,
            clear=AnalyticsCache.clear_expired,
        )

    @action(description=_("Clear all answers"), permissions=["clear"], url_path="clear-all", icon="delete_sweep")
    def clear_all(self, request: HttpRequest) -> HttpResponse:
        """Delete every answer of this organization, in front of the table too, once that is confirmed."""
        access = access_of(request)
        return self._clear(
            request,
            title=_now("Clear all answers of this organization"),
            template="analytics/clear_all_answers.html",
            count=lambda kept: kept.total,
            clear=lambda: forget_answers(access.organization.pk) if access else 0,
        )

    def _clear(
        self,
        request: HttpRequest,
        *,
        title: str,
        template: str,
        count: Callable[[KeptAnswers], int],
        clear: Callable[[], int],
    ) -> HttpResponse:
        access = access_of(request)
        if request.method == "POST" and access is not None:
            if request.POST.get(ORGANIZATION_OF_THE_FORM) == str(access.organization.pk):
                cleared = clear()
                logger.info("%s cleared %d answers of organization %s", request.user, cleared, access.organization.pk)
                told = ngettext("%(count)s answer was deleted.", "%(count)s answers were deleted.", cleared)
                self.message_user(request, told % {"count": whole(cleared)}, messages.SUCCESS)
            else:
                told = _now("Nothing was deleted: the page was opened for another organization than %(name)s.")
                self.message_user(request, told % {"name": access.organization.name}, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:analytics_analyticscache_changelist"))
        kept = count_kept_answers()
        context = self.admin_site.each_context(request) | {
            "title": title,
            "opts": self.opts,
            "kept": kept,
            "count": count(kept),
        }
        return TemplateResponse(request, template, context)
