"""Facts for tests: plain functions that write one row each, in the organization they are given.

Every builder fills what the test does not name with the plainest valid value. Instants are aware and fixed, so that a
test that does not care about time gives the same rows every day.
"""

import datetime
import itertools
from decimal import Decimal
from typing import Any

from apps.accounts.models import Membership, Organization, Role, User
from apps.core.context import organization_context
from apps.core.files import new_file
from apps.core.models import JobTrigger
from apps.engagement.models import Interaction, InteractionType, Segment, SegmentMember
from apps.hierarchy.models import Entity, EntityKind
from apps.imports.models import ImportRun
from apps.marketplace.models import (
    Category,
    CostKind,
    Customer,
    IssueKind,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    OrderStatus,
    Partner,
    Payment,
    PaymentMethod,
    Product,
    Refund,
    Review,
)
from apps.queries.models import DataExport, ExportStatus
from apps.reports.models import (
    AnalyticsReport,
    Audience,
    Format,
    ReportFile,
    ReportSchedule,
    ReportStatus,
    ReportType,
)

NOON = datetime.datetime(2026, 3, 10, 12, 0, tzinfo=datetime.UTC)
LONG_AFTER = datetime.datetime(2199, 1, 1, tzinfo=datetime.UTC)
PASSWORD = "a long enough password"

_numbers = itertools.count(1)


def _write(model: Any, organization: Organization, **fields: Any) -> Any:
    with organization_context(organization.pk):
        return model.objects.create(organization=organization, **fields)


def make_organization(slug: str, **fields: Any) -> Organization:
    return Organization.objects.create(slug=slug, **{"name": slug.replace("-", " ").title(), **fields})


def make_user(email: str = "", **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com", PASSWORD, **fields)


def make_member(
    organization: Organization, *, role: str = Role.VIEWER, user: User | None = None, **fields: Any
) -> User:
    """Return a user who is a member with this role."""
    member = user or make_user(**fields)
    _write(Membership, organization, user=member, role=role)
    return member


def make_partner(organization: Organization, **fields: Any) -> Partner:
    return _write(Partner, organization, **{"name": f"Partner {next(_numbers)}", **fields})


def make_category(organization: Organization, **fields: Any) -> Category:
    return _write(Category, organization, **{"name": f"Category {next(_numbers)}", **fields})


def make_product(organization: Organization, **fields: Any) -> Product:
    return _write(Product, organization, **{"name": f"Product {next(_numbers)}", **fields})


def make_entity(organization: Organization, **fields: Any) -> Entity:
    return _write(Entity, organization, **{"name": f"Entity {next(_numbers)}", "kind": EntityKind.GROUP, **fields})


def make_customer(organization: Organization, **fields: Any) -> Customer:
    return _write(Customer, organization, **{"name": f"Customer {next(_numbers)}", **fields})


def make_order(organization: Organization, **fields: Any) -> Order:
    """Return an order of nobody in particular, accepted and worth 10.00; a final status gets its instant."""
    status = fields.setdefault("status", OrderStatus.ACCEPTED)
    placed_at = fields.setdefault("placed_at", NOON)
    if status == OrderStatus.COMPLETED:
        fields.setdefault("completed_at", placed_at + datetime.timedelta(hours=2))
    if status == OrderStatus.CANCELLED:
        fields.setdefault("cancelled_at", placed_at + datetime.timedelta(hours=1))
    total = fields.setdefault("total", Decimal("10.00"))
    return _write(Order, organization, **{"number": f"N{next(_numbers)}", "subtotal": total, **fields})


def make_line(order: Order, **fields: Any) -> OrderLine:
    price = {"quantity": Decimal(1), "unit_price": Decimal("10.00"), "total": Decimal("10.00")}
    return _write(OrderLine, order.organization, order=order, **{**price, **fields})


def make_payment(order: Order, **fields: Any) -> Payment:
    paid = {"method": PaymentMethod.CARD, "amount": order.total, "paid_at": order.placed_at}
    return _write(Payment, order.organization, order=order, **{**paid, **fields})


def make_refund(organization: Organization, **fields: Any) -> Refund:
    return _write(Refund, organization, **{"amount": Decimal("1.00"), "refunded_at": NOON, **fields})


def make_review(order: Order, **fields: Any) -> Review:
    return _write(Review, order.organization, order=order, **{"rating": 4, "reviewed_at": NOON, **fields})


def make_issue(order: Order, **fields: Any) -> OrderIssue:
    told = {"kind": IssueKind.LATE, "reported_at": NOON}
    return _write(OrderIssue, order.organization, order=order, **{**told, **fields})


def make_cost(organization: Organization, **fields: Any) -> OperatingCost:
    rent = {"month": datetime.date(2026, 3, 1), "kind": CostKind.RENT, "amount": Decimal("100.00")}
    return _write(OperatingCost, organization, **{**rent, **fields})


def make_interaction(customer: Customer, **fields: Any) -> Interaction:
    call = {"type": InteractionType.CALL, "occurred_at": NOON}
    return _write(Interaction, customer.organization, customer=customer, **{**call, **fields})


def make_segment(organization: Organization, **fields: Any) -> Segment:
    return _write(Segment, organization, **{"name": f"Segment {next(_numbers)}", **fields})


def make_segment_member(segment: Segment, customer: Customer, **fields: Any) -> SegmentMember:
    return _write(
        SegmentMember,
        segment.organization,
        segment=segment,
        customer=customer,
        **{"assigned_at": NOON, **fields},
    )


def make_export(organization: Organization, *, data: bytes = b"a,b\r\n1,2\r\n", **fields: Any) -> DataExport:
    """Return an export that succeeded, with its file."""
    with new_file(organization.pk, "csv") as new:
        new.target.write(data)
    stored = new.finished()
    told = {
        "dataset": "customers", "title": "Customers", "format": "csv", "status": ExportStatus.SUCCEEDED,
        "trigger": JobTrigger.API, "rows": 1, "name": "customers.csv", "stored_name": stored.stored_name,
        "size": stored.size, "sha256": stored.sha256, "manifest": {"rows": 1}, "expires_at": LONG_AFTER,
    }  # fmt: skip
    return _write(DataExport, organization, **{**told, **fields})


def make_import(organization: Organization, **fields: Any) -> ImportRun:
    return _write(
        ImportRun,
        organization,
        **{"mapping": "orders", "mapping_text": "", "trigger": JobTrigger.API, "checksum": "0" * 64, **fields},
    )


def make_schedule(organization: Organization, **fields: Any) -> ReportSchedule:
    """Return a schedule that is due each Monday at 08:00 where the organization is, first one day in 2100."""
    given = {
        "name": "Weekly revenue",
        "report_type": ReportType.REVENUE,
        "timezone": organization.timezone,
        "recipients": ["ada@partner.example"],
        "next_run_at": datetime.datetime(2100, 1, 4, 8, tzinfo=datetime.UTC),
    }
    return _write(ReportSchedule, organization, **{**given, **fields})


def make_report(organization: Organization, **fields: Any) -> AnalyticsReport:
    """Return a run over one day, queued unless told otherwise."""
    asked = {
        "report_type": ReportType.REVENUE,
        "title": f"Report {next(_numbers)}",
        "start_date": NOON.date(),
        "end_date": NOON.date(),
        "parameters": {"compare": "previous_period", "refund_basis": "refund_day", "filters": {}},
        "formats": [Format.CSV.value],
        "audiences": [Audience.MASKED.value],
        "trigger": JobTrigger.API,
    }
    return _write(AnalyticsReport, organization, **{**asked, **fields})


def make_report_file(report: AnalyticsReport, *, content: bytes = b"a,b\r\n", **fields: Any) -> ReportFile:
    """Return a file of a run that is done, as it lies in FILES_DIR."""
    with new_file(report.organization_id, "report.csv") as new:
        new.target.write(content)
    stored = new.finished()
    kept = {"stored_name": stored.stored_name, "size": stored.size, "sha256": stored.sha256}
    told = {"audience": Audience.MASKED, "format": Format.CSV, "name": "Report.csv", **kept}
    with organization_context(report.organization_id):
        AnalyticsReport.objects.filter(pk=report.pk).update(status=ReportStatus.SUCCEEDED)
    report.refresh_from_db()
    return _write(ReportFile, report.organization, report=report, **{**told, **fields})
