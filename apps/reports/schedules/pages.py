"""What the buttons of a schedule's page do, and what the form foresees while it is filled in."""

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.administration import required_access
from apps.accounts.administration.base import ORGANIZATION_OF_THE_FORM
from apps.core.models import JobTrigger
from apps.reports.errors import ReportRefused
from apps.reports.models import ReportSchedule
from apps.reports.schedules.changing import pause_schedule, resume_schedule
from apps.reports.schedules.forms import TimingForm
from apps.reports.schedules.presentation import foreseen
from apps.reports.schedules.running import preview, run_now

if TYPE_CHECKING:
    from apps.reports.schedules.administration import ReportScheduleAdmin


def pause(page: "ReportScheduleAdmin", request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Stop a schedule until somebody resumes it."""
    access, schedule = _asked(page, request, schedule_id)
    pause_schedule(schedule_id=schedule.pk, by=access.user)
    return _back(request, schedule, _("Paused: nothing is sent until somebody resumes it."))


def resume(page: "ReportScheduleAdmin", request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Let a schedule run again from its next slot on."""
    access, schedule = _asked(page, request, schedule_id)
    resume_schedule(schedule_id=schedule.pk, by=access.user)
    return _back(request, schedule, _("Resumed: the next run is the first of those below."))


def run(page: "ReportScheduleAdmin", request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Have the report made and sent to all recipients now."""
    access, schedule = _asked(page, request, schedule_id)
    try:
        run_now(schedule, by=access.user, trigger=JobTrigger.ADMIN)
    except ReportRefused as refused:
        return _back(request, schedule, refused.message, messages.ERROR)
    return _back(request, schedule, _("The report is being made, and goes to all recipients."))


def preview_to_me(page: "ReportScheduleAdmin", request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Have the report made and sent to who asks alone."""
    access, schedule = _asked(page, request, schedule_id)
    try:
        preview(schedule, by=access, trigger=JobTrigger.ADMIN)
    except ReportRefused as refused:
        return _back(request, schedule, refused.message, messages.ERROR)
    told = _("The report is being made, and goes to %(address)s alone.") % {"address": access.user.email}
    return _back(request, schedule, told)


def foresee(page: "ReportScheduleAdmin", request: HttpRequest) -> HttpResponse:
    """Show what a form as it is filled in now would do: its next ten runs, or what keeps it from having any."""
    access = required_access(request)
    if not page.has_view_permission(request):
        raise PermissionDenied
    form = TimingForm(request.GET)
    context: dict[str, Any] = {"errors": []}
    if form.is_valid():
        schedule = form.save(commit=False)
        schedule.organization = access.organization
        context |= foreseen(schedule)
        context["sentence"] = ""  # to how many people is not known here
    else:
        context["errors"] = [
            f"{form.fields[name].label}: {' '.join(map(str, told))}" for name, told in form.errors.items()
        ]
    response = TemplateResponse(request, "reports/schedule_foreseen.html", context)
    add_never_cache_headers(response)
    return response


def _asked(page: "ReportScheduleAdmin", request: HttpRequest, schedule_id: uuid.UUID) -> tuple[Access, ReportSchedule]:
    """Return who asks and the schedule; a change asks for a POST, the role for it, and the page's organization."""
    access = required_access(request)
    if request.method != "POST":
        raise Http404
    if not page.has_change_permission(request):
        raise PermissionDenied
    schedule = ReportSchedule.objects.select_related("organization", "created_by").filter(pk=schedule_id).first()
    if schedule is None or request.POST.get(ORGANIZATION_OF_THE_FORM) not in {None, str(access.organization.pk)}:
        raise Http404
    return access, schedule


def _back(
    request: HttpRequest, schedule: ReportSchedule, told: str, level: int = messages.SUCCESS
) -> HttpResponseRedirect:
    messages.add_message(request, level, told)
    return HttpResponseRedirect(reverse("admin:reports_reportschedule_change", args=[schedule.pk]))
