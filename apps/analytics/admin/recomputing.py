"""What the pages over rollups share: they are read, linked to the facts behind them, and recomputed on request."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from unfold.decorators import action

from apps.accounts.administration import TenantRecordAdmin, access_of
from apps.accounts.administration.figures import linked, list_of, whole
from apps.accounts.administration.requests import may
from apps.accounts.models import Role
from apps.analytics.models import Revision
from apps.analytics.services import recompute_days

FILLED = _lazy("They are filled from orders, payments and refunds within a minute.")


class RollupAdmin(TenantRecordAdmin):
    """Pages over one rollup: analysts recompute rows from facts, nobody writes them."""

    empty_text = FILLED
    actions_submit_line = ("recompute_shown",)

    def has_recompute_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those recompute who may change facts."""
        return may(request, Role.ANALYST)

    @action(description=_lazy("Recompute"), permissions=["recompute"])
    def recompute_shown(self, request: HttpRequest, row: Any) -> None:
        """Rebuild the row that its page shows from facts, as the list does with those selected."""
        self.recompute(request, self.get_queryset(request).filter(pk=row.pk))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row, or recompute it where its page asks for that: one that no fact makes leads to the list."""
        if object_id is None or not self._asks_to_recompute(request, object_id):
            return super().changeform_view(request, object_id, form_url, extra_context)
        refusal = self.refuse_form_of_another_organization(request)
        if refusal is not None:
            return refusal
        row = self.get_object(request, unquote(object_id))
        if row is not None:
            self.recompute_shown(request, row)
        is_there = row is not None and self.get_queryset(request).filter(pk=row.pk).exists()
        return HttpResponseRedirect(request.get_full_path() if is_there else list_of(self.model))

    def _asks_to_recompute(self, request: HttpRequest, object_id: str) -> bool:
        return any(offered.action_name in request.POST for offered in self.get_actions_submit_line(request, object_id))

    def recompute_days_of(self, request: HttpRequest, days: Iterable[datetime.date]) -> None:
        """Recompute these days, and say what came of it."""
        access = access_of(request)
        chosen = set(days)
        if access is None or not chosen:
            return
        done = recompute_days(organization=access.organization, days=chosen)
        count = {"count": whole(len(chosen))}
        if done.waits:
            told = ngettext(
                "%(count)s day is marked to be recomputed. The refresh at work takes it along, as a rule within a "
                "minute.",
                "%(count)s days are marked to be recomputed. The refresh at work takes them along, as a rule within a "
                "minute.",
                len(chosen),
            )
            self.message_user(request, told % count, messages.INFO)
            return
        told = ngettext(
            "%(count)s day was recomputed from its orders, payments, refunds, reviews and issues.",
            "%(count)s days were recomputed from their orders, payments, refunds, reviews and issues.",
            len(chosen),
        )
        self.message_user(request, format_html("{} {}", told % count, _outcome(done.revisions)), messages.SUCCESS)


def facts_link(count: int, name: str | Promise, model: Any, **parameters: Any) -> SafeString | str:
    """Return a count that leads to the facts that it counts; none lead nowhere."""
    if not count:
        return "0"
    return linked(whole(count), list_of(model, **parameters), title=_("Show these %(name)s") % {"name": name})


def _outcome(revisions: int) -> SafeString | str:
    if not revisions:
        return _("What was published has not changed.")
    told = ngettext("%(count)s published row changed", "%(count)s published rows changed", revisions)
    return linked(told % {"count": whole(revisions)}, list_of(Revision))
