"""Send what a run made to those who are to have it: each as what they may see, once."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import find_access
from apps.accounts.notation import notation_of
from apps.core.downloads import CONTENT_TYPES
from apps.notifications.services import queue_mail
from apps.reports.audiences import audience_of
from apps.reports.mails import Link, attachment_of, report_mail
from apps.reports.models import AnalyticsReport, Audience, ReportFile, ReportSchedule, ReportStatus
from apps.reports.schedules.outcomes import note_outcome
from apps.reports.schedules.permission import refusal_of
from apps.reports.schedules.readers import Reader, readers_of
from apps.reports.services import LINKS_LAST, make_link

logger = logging.getLogger(__name__)


def deliver(report: AnalyticsReport) -> None:
    """Queue the mails of a schedule's run that has ended, and count how it ended, in the transaction that ends it.

    A preview goes to who asked for it alone and counts for nothing. Whoever may not have a schedule run any more, since
    the run was asked for, sends nothing either.
    """
    schedule = report.schedule
    if schedule is None:
        return
    if report.is_preview:
        if report.status == ReportStatus.SUCCEEDED:
            _send(report, schedule, _asker_of(report))
        return
    note_outcome(report, schedule)
    if report.status != ReportStatus.SUCCEEDED:
        return
    refusal = refusal_of(report.organization, report.created_by)
    if refusal:
        logger.warning("Report %s is sent to nobody: %s", report.pk, refusal)
        return
    _send(report, schedule, readers_of(schedule))


def _asker_of(report: AnalyticsReport) -> list[Reader]:
    user = report.created_by
    access = find_access(user, str(report.organization_id)) if user else None
    if user is None or access is None:
        return []
    return [Reader(user.email, audience_of(access), is_member=True)]


def _send(report: AnalyticsReport, schedule: ReportSchedule, readers: Sequence[Reader]) -> None:
    """Queue one mail for each kind of reader; where the files are too large to attach, one for each reader.

    What has expired is sent to nobody: who was mailed it already may be forgotten.
    """
    if report.expires_at is None or report.expires_at <= timezone.now():
        logger.warning("Report %s is sent to nobody: it is kept no longer.", report.pk)
        return
    kinds: dict[tuple[Audience, bool], list[str]] = {}
    for reader in readers:
        if reader.audience:
            # Who may see contact details only since the run was asked for gets what there is: without them.
            written = reader.audience if reader.audience in report.audiences else Audience.MASKED
            kinds.setdefault((written, reader.is_member), []).append(reader.address)
    for (audience, is_member), addresses in kinds.items():
        files = list(ReportFile.objects.filter(report=report, audience=audience).order_by("format"))
        if sum(file.size for file in files) > settings.MAIL_MAX_ATTACHMENTS_BYTES:
            for address in addresses:
                _send_links(report, schedule, files, audience, address, is_member=is_member)
            continue
        attachments = [attachment_of(file, CONTENT_TYPES[file.format]) for file in files]
        mail = report_mail(report, audience=audience, is_member=is_member, attachments=attachments)
        queue_mail(
            organization=report.organization,
            source=report.pk,
            topic=schedule.pk,
            topic_name=schedule.name,
            mail=mail,
            recipients=addresses,
        )


def _send_links(
    report: AnalyticsReport,
    schedule: ReportSchedule,
    files: Sequence[ReportFile],
    audience: Audience,
    address: str,
    *,
    is_member: bool,
) -> None:
    """Queue a mail with addresses of its reader's own, each of which can be revoked alone."""
    until = timezone.now() + LINKS_LAST
    links = [
        Link(
            name=file.name,
            address=settings.SITE_URL
            + make_link(file, recipient=address, created_by=report.created_by, expires_at=until),
        )
        for file in files
    ]
    mail = report_mail(
        report,
        audience=audience,
        is_member=is_member,
        links=links,
        links_until=_("until %(instant)s")
        % {"instant": notation_of(report.organization).zoned_instant(until, schedule.timezone)},
    )
    queue_mail(
        organization=report.organization,
        source=report.pk,
        topic=schedule.pk,
        topic_name=schedule.name,
        mail=mail,
        recipients=[address],
    )
