"""Facts that API tests start from."""

import pytest
from django.apps import apps
from django.db import connection

from apps.accounts.models import Organization
from apps.accounts.tokens import create_long_lived_token
from apps.core.context import organization_context
from apps.core.models import GlobalModel, TenantModel
from apps.reports.models import ReportLink
from apps.reports.services import make_link
from tests.builders import (
    make_category,
    make_cost,
    make_customer,
    make_entity,
    make_export,
    make_import,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_report,
    make_report_file,
    make_review,
    make_schedule,
    make_segment,
    make_segment_member,
)


def one_of_each(organization: Organization) -> dict[str, str]:
    """Write one row of each fact; return their ids."""
    with organization_context(organization.pk):
        entity = make_entity(organization)
        partner, category = make_partner(organization), make_category(organization)
        product = make_product(organization, category=category)
        customer = make_customer(organization, entity=entity)
        order = make_order(organization, customer=customer, partner=partner)
        segment = make_segment(organization)
        rows = {
            "entity": entity,
            "partner": partner,
            "category": category,
            "product": product,
            "customer": customer,
            "order": order,
            "line": make_line(order, product=product),
            "payment": make_payment(order),
            "refund": make_refund(organization, order=order),
            "review": make_review(order),
            "issue": make_issue(order),
            "cost": make_cost(organization),
            "interaction": make_interaction(customer),
            "segment": segment,
            "member": make_segment_member(segment, customer),
            "import": make_import(organization),
            "export": make_export(organization, has_contact_details=True),
            "schedule": make_schedule(organization),
            "report": make_report(organization),
        }
    return {name: str(row.pk) for name, row in rows.items()}


@pytest.fixture
def facts(cast, laundry, settings, tmp_path) -> dict[str, str]:
    """One row of each fact of the laundry, a long-lived token of its owner, and a file with an address."""
    settings.FILES_DIR = tmp_path / "files"
    token, _ = create_long_lived_token(user=cast.owner, name="x", expires_at=None)
    file = make_report_file(make_report(laundry))
    make_link(file, recipient="", created_by=None)
    with organization_context(laundry.pk):
        link = ReportLink.objects.get(file=file)
    return {
        **one_of_each(laundry),
        "token": str(token.pk),
        "done report": str(file.report_id),
        "file": str(file.pk),
        "link": str(link.pk),
    }


def whole_database() -> dict[str, list[str]]:
    """Return every row of ours as a text, by table, to see that nothing changed."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel | GlobalModel)]
    parts = [
        f"SELECT '{model._meta.db_table}', array_agg(one::text ORDER BY one.\"{model._meta.pk.column}\")"
        f' FROM "{model._meta.db_table}" AS one'
        for model in models
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {table: rows or [] for table, rows in cursor.fetchall()}
