"""One row of every model of the admin, for one organization."""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.accounts.models import Membership, Organization, User
from apps.accounts.tokens import create_long_lived_token
from apps.analytics.models import (
    AnalyticsCache,
    AnswerCount,
    CacheType,
    CustomerAnalytics,
    CustomerThresholds,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    Revision,
    Verification,
)
from apps.core.context import organization_context
from apps.core.files import new_file
from apps.core.identifiers import new_id
from apps.core.models import JobRun, JobTrigger
from apps.imports.models import ImportFile, ImportRun, ImportStatus, RejectedRow
from apps.marketplace.models import Customer, Partner
from apps.notifications.mail import Attachment, Mail
from apps.notifications.services import queue_mail
from tests.builders import (
    NOON,
    make_category,
    make_cost,
    make_customer,
    make_entity,
    make_export,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_report,
    make_review,
    make_schedule,
    make_segment,
    make_segment_member,
)


def make_rows(organization: Organization, user: User, *, mark: str = "") -> dict[str, Any]:
    """Return one row by model label; `mark` is a text that each of them shows."""
    entity = make_entity(organization, name=f"Entity {mark}")
    customer = make_customer(organization, name=f"Customer {mark}", entity=entity)
    partner = make_partner(organization, name=f"Partner {mark}")
    category = make_category(organization, name=f"Category {mark}")
    product = make_product(organization, name=f"Product {mark}", category=category)
    order = make_order(organization, number=f"Order {mark}", customer=customer, partner=partner)
    make_line(order, product=product, description=f"Line {mark}")
    segment = make_segment(organization, name=f"Segment {mark}")
    with organization_context(organization.pk):
        membership = Membership.objects.get(user=user)
    job = JobRun.objects.create(kind=f"job {mark}", organization=organization, trigger=JobTrigger.ADMIN)
    refund = make_refund(organization, order=order, reason=f"Refund {mark}")
    issue, review, payment = make_issue(order), make_review(order, comment=f"Review {mark}"), make_payment(order)
    return {
        **make_figures(organization, customer, partner, mark),
        "accounts.apitoken": create_long_lived_token(user=user, name=f"Token {mark}", expires_at=None)[0],
        "accounts.membership": membership,
        "accounts.organization": organization,
        "accounts.user": user,
        "core.jobrun": job,
        "engagement.interaction": make_interaction(customer, subject=f"Contact {mark}"),
        "engagement.segment": segment,
        "engagement.segmentmember": make_segment_member(segment, customer),
        "hierarchy.entity": entity,
        "imports.importrun": make_import_run(organization, mark),
        **make_mails(organization, mark),
        "marketplace.category": category,
        "marketplace.customer": customer,
        "marketplace.operatingcost": make_cost(organization),
        "marketplace.order": order,
        "marketplace.orderissue": issue,
        "marketplace.partner": partner,
        "marketplace.payment": payment,
        "marketplace.product": product,
        "marketplace.refund": refund,
        "marketplace.review": review,
        "queries.dataexport": make_export(organization, title=f"Export {mark}", has_contact_details=True),
        "reports.analyticsreport": make_report(organization, title=f"Report {mark}"),
        "reports.reportschedule": make_schedule(organization, name=f"Schedule {mark}", created_by=user),
    }


def make_figures(organization: Organization, customer: Customer, partner: Partner, mark: str) -> dict[str, Any]:
    """Return one row of each rollup and of what is known about them."""

    def write(model: Any, **fields: Any) -> Any:
        return model.objects.create(id=new_id(), organization=organization, **fields)

    with organization_context(organization.pk):
        thresholds = CustomerThresholds.objects.first() or write(CustomerThresholds)
        date = NOON.date() + datetime.timedelta(days=DailyRevenueSummary.objects.count())
        return {
            "analytics.analyticscache": write(
                AnalyticsCache, key=f"{mark}:key", question=f"{mark}:question", type=CacheType.REVENUE,
                data={"a": mark}, version=1, computed_at=NOON, expires_at=NOON,
            ),
            "analytics.answercount": write(AnswerCount, endpoint=f"endpoint {mark}", date=date, hits=1),
            "analytics.customeranalytics": write(CustomerAnalytics, customer=customer, refreshed_at=NOON),
            "analytics.customerthresholds": thresholds,
            "analytics.dailyrevenuesummary": write(DailyRevenueSummary, date=date, refreshed_at=NOON),
            "analytics.partnerperformancemetric": write(
                PartnerPerformanceMetric, date=date, partner=partner, refreshed_at=NOON
            ),
            "analytics.revision": write(
                Revision, rollup=f"rollup {mark}", row_id=new_id(), date=date, old={"a": mark}, new={"a": 2},
                revised_at=NOON,
            ),
            "analytics.verification": write(Verification, started_at=NOON),
        }  # fmt: skip


def make_import_run(organization: Organization, mark: str = "") -> ImportRun:
    """Return a run that refused one row."""
    with organization_context(organization.pk):
        run = ImportRun.objects.create(
            organization=organization,
            mapping=f"mapping {mark}"[:100],
            trigger=JobTrigger.ADMIN,
            checksum=uuid.uuid4().hex,
            status=ImportStatus.REFUSED,
            rows_rejected=1,
        )
        ImportFile.objects.create(
            organization=organization, run=run, position=0, name=f"{mark}.csv", size=10, sha256="0" * 64
        )
        RejectedRow.objects.create(
            organization=organization,
            run=run,
            file=f"{mark}.csv",
            line=2,
            reason=f"Reason {mark}",
            record=[["a", mark]],
        )
    return run


def make_mails(organization: Organization, mark: str = "") -> dict[str, Any]:
    """Return a mail with a file, and what became of it for one recipient."""
    with new_file(organization.pk, "pdf") as new:
        new.target.write(f"File {mark}".encode())
    stored = new.finished()
    [delivery] = queue_mail(
        organization=organization,
        source=new_id(),
        topic=new_id(),
        topic_name=f"Topic {mark}",
        mail=Mail(
            subject=f"Mail {mark}",
            text=f"Text {mark}",
            html=f"<p>HTML {mark}</p>",
            attachments=(Attachment(f"{mark}.pdf", "application/pdf", stored.stored_name, stored.size),),
        ),
        recipients=[f"{mark.replace(' ', '-') or 'somebody'}@mail.example"],
    )
    return {"notifications.delivery": delivery, "notifications.mailmessage": delivery.message}


def make_platform_rows() -> dict[str, Any]:
    """Return one row by label of the models that belong to no organization."""
    interval = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    return {
        "django_celery_beat.intervalschedule": interval,
        "django_celery_beat.crontabschedule": CrontabSchedule.objects.create(minute="5"),
        "django_celery_beat.periodictask": PeriodicTask.objects.create(name="a task", task="none", interval=interval),
    }


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when any row of any model of the admin is different afterwards."""

    def snapshot() -> dict[str, list[Any]]:
        models = list(admin.site._registry)
        return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}

    before = snapshot()
    yield
    assert snapshot() == before
