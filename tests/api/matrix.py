"""Who gets what at every route: the table that `test_tenant_matrix` holds the installation to.

Each caller names the laundry in X-Organization-ID, except those "at home", who name nothing. Rows in addresses and
bodies are the laundry's. An app that adds a route adds its line here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CALLERS = (
    "anonymous",
    "disabled",
    "viewer",
    "analyst",
    "owner",
    "superuser",
    "stranger",
    "stranger at home",
    "staff",
    "staff at home",
    "removed",
)

NOON = "2026-03-10T12:00:00Z"
A_SCHEDULE = {
    "name": "New",
    "report_type": "revenue",
    "frequency": "weekly",
    "recipients": ["ada@partner.example"],
}
Facts = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One method of one route: a status per caller, the row in the address, and what is sent."""

    statuses: dict[str, int]
    row: str = ""
    body: Callable[[Facts], dict[str, Any]] | None = field(default=None, compare=False)


def everyone(status: int, **others: int) -> dict[str, int]:
    return {**dict.fromkeys(CALLERS, status), **{name.replace("_", " "): other for name, other in others.items()}}


# An organization that is not the caller's, and one that does not exist, are the same 404.
SHUT_OUT = {
    "anonymous": 401,
    "disabled": 401,
    "stranger": 404,
    "staff": 404,
    "staff at home": 403,
    "removed": 404,
}


def a_list() -> Line:
    return Line({**everyone(200), **SHUT_OUT})


def a_question() -> Line:
    return Line({**everyone(200), **SHUT_OUT}, body=lambda facts: {"metrics": "total_revenue"})


def a_row(row: str) -> Line:
    return Line({**everyone(200, stranger_at_home=404), **SHUT_OUT}, row=row)


def a_write(body: Callable[[Facts], dict[str, Any]], *, elsewhere: int = 400, row: str = "", status: int = 201) -> Line:
    """`elsewhere` is what an owner of another organization gets whose body or address names the laundry's rows."""
    return Line({**everyone(status, viewer=403, stranger_at_home=elsewhere), **SHUT_OUT}, row=row, body=body)


def an_import(status: int) -> Line:
    return Line({**everyone(status, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="import")


def signed_in(status: int, **others: int) -> dict[str, int]:
    return everyone(status, anonymous=401, disabled=401, **others)


EXPECTED: dict[str, Line] = {
    "POST /api/auth/token": Line(everyone(400)),
    "POST /api/auth/token/refresh": Line(everyone(400)),
    "GET /api/auth/me": Line(signed_in(200)),
    "GET /api/auth/tokens": Line(signed_in(200)),
    "POST /api/auth/tokens": Line(signed_in(201), body=lambda facts: {"name": "export"}),
    "DELETE /api/auth/tokens/{id}": Line(signed_in(404, owner=204), row="token"),
    "GET /api/schema": Line(everyone(200)),
    "GET /api/docs": Line(everyone(200)),
    "GET /api/redoc": Line(everyone(200)),
    "GET /api/partners": a_list(),
    "GET /api/partners/{pk}": a_row("partner"),
    "POST /api/partners": a_write(lambda facts: {"name": "New"}, elsewhere=201),
    "GET /api/categories": a_list(),
    "GET /api/categories/{pk}": a_row("category"),
    "POST /api/categories": a_write(lambda facts: {"name": "New"}, elsewhere=201),
    "GET /api/products": a_list(),
    "GET /api/products/{pk}": a_row("product"),
    "POST /api/products": a_write(lambda facts: {"name": "New", "category": facts["category"]}),
    "GET /api/customers": a_list(),
    "GET /api/customers/{pk}": a_row("customer"),
    "POST /api/customers": a_write(lambda facts: {"name": "New", "entity": facts["entity"]}),
    "GET /api/orders": a_list(),
    "GET /api/orders/{pk}": a_row("order"),
    "POST /api/orders": a_write(
        lambda facts: {"number": "1", "placed_at": NOON, "total": 5, "customer": facts["customer"]}
    ),
    "PATCH /api/orders/{pk}": a_write(lambda facts: {"status": "ready"}, row="order", status=200, elsewhere=404),
    "GET /api/order-lines": a_list(),
    "GET /api/order-lines/{pk}": a_row("line"),
    "GET /api/payments": a_list(),
    "GET /api/payments/{pk}": a_row("payment"),
    "POST /api/payments": a_write(
        lambda facts: {"order": facts["order"], "method": "cash", "amount": 1, "paid_at": NOON}
    ),
    "GET /api/refunds": a_list(),
    "GET /api/refunds/{pk}": a_row("refund"),
    "POST /api/refunds": a_write(lambda facts: {"order": facts["order"], "amount": 1, "refunded_at": NOON}),
    "GET /api/reviews": a_list(),
    "GET /api/reviews/{pk}": a_row("review"),
    "POST /api/reviews": a_write(lambda facts: {"order": facts["order"], "rating": 1, "reviewed_at": NOON}),
    "GET /api/issues": a_list(),
    "GET /api/issues/{pk}": a_row("issue"),
    "POST /api/issues": a_write(lambda facts: {"order": facts["order"], "kind": "lost", "reported_at": NOON}),
    "GET /api/operating-costs": a_list(),
    "GET /api/operating-costs/{pk}": a_row("cost"),
    "GET /api/interactions": a_list(),
    "GET /api/interactions/{pk}": a_row("interaction"),
    "POST /api/interactions": a_write(
        lambda facts: {"customer": facts["customer"], "type": "call", "occurred_at": NOON}
    ),
    "GET /api/segments": a_list(),
    "GET /api/segments/{pk}": a_row("segment"),
    "GET /api/segment-members": a_list(),
    "GET /api/segment-members/{pk}": a_row("member"),
    "GET /api/imports": Line({**everyone(200, viewer=403), **SHUT_OUT}),
    # Nothing is sent here: an upload is multipart, and its own tests send one.
    "POST /api/imports": Line({**everyone(400, viewer=403), **SHUT_OUT}),
    "GET /api/imports/mappings": Line({**everyone(200, viewer=403), **SHUT_OUT}),
    "GET /api/imports/templates/{file}": Line({**everyone(404, viewer=403), **SHUT_OUT}),
    "GET /api/imports/{pk}": an_import(200),
    "POST /api/imports/{pk}/preview": an_import(202),
    "POST /api/imports/{pk}/commit": an_import(202),
    "POST /api/imports/{pk}/cancel": an_import(200),
    "GET /api/imports/{pk}/rejected-rows": an_import(200),
    "GET /api/imports/{pk}/rejected-file": an_import(200),
    "GET /api/queries/exports": a_list(),
    "POST /api/queries/exports": Line({**everyone(202), **SHUT_OUT}, body=lambda facts: {"dataset": "orders"}),
    "GET /api/queries/exports/datasets": a_list(),
    "GET /api/queries/exports/{pk}": a_row("export"),
    "POST /api/queries/exports/{pk}/cancel": Line(
        {**everyone(409, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="export"
    ),
    # The file tells how customers can be reached.
    "GET /api/queries/exports/{pk}/file": Line(
        {**everyone(200, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="export"
    ),
    "GET /api/queries/exports/{pk}/manifest": Line(
        {**everyone(200, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="export"
    ),
    "GET /api/reports": a_list(),
    "GET /api/reports/types": a_list(),
    "POST /api/reports/generate": a_write(lambda facts: {"report_type": "revenue"}, status=202, elsewhere=202),
    "GET /api/reports/{pk}": a_row("report"),
    "POST /api/reports/{pk}/cancel": Line(
        {**everyone(200, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="report"
    ),
    "GET /api/reports/{pk}/files/{file}": a_row("done report"),
    "GET /api/reports/{pk}/files/{file}/links": a_row("done report"),
    "POST /api/reports/{pk}/files/{file}/links": a_write(lambda facts: {}, row="done report", elsewhere=404),
    "DELETE /api/reports/{pk}/files/{file}/links/{link}": Line(
        {**everyone(204, viewer=403, stranger_at_home=404), **SHUT_OUT}, row="done report"
    ),
    "GET /api/entities": a_list(),
    "GET /api/entities/{pk}": a_row("entity"),
    "GET /api/analytics/dashboard": a_list(),
    "GET /api/analytics/revenue": a_list(),
    "GET /api/analytics/orders": a_list(),
    "GET /api/analytics/partners": a_list(),
    "GET /api/analytics/customers": a_list(),
    "GET /api/analytics/overview": a_list(),
    "GET /api/analytics/sales/trends": a_list(),
    "GET /api/analytics/vendors/performance": a_list(),
    "GET /api/analytics/products/analytics": a_list(),
    "GET /api/analytics/revenue/breakdown": a_list(),
    "GET /api/analytics/customers/insights": a_list(),
    "GET /api/analytics/metrics": a_list(),
    "GET /api/analytics/metrics/{key}/explain": a_list(),
    "GET /api/analytics/query": a_question(),
    "POST /api/analytics/query": a_question(),
    "GET /api/reports/schedules": a_list(),
    "POST /api/reports/schedules": a_write(lambda facts: A_SCHEDULE, elsewhere=201),
    "GET /api/reports/schedules/{pk}": a_row("schedule"),
    "PATCH /api/reports/schedules/{pk}": a_write(
        lambda facts: {"name": "New"}, row="schedule", status=200, elsewhere=404
    ),
    "DELETE /api/reports/schedules/{pk}": a_write(lambda facts: {}, row="schedule", status=204, elsewhere=404),
    "POST /api/reports/schedules/{pk}/pause": a_write(lambda facts: {}, row="schedule", status=200, elsewhere=404),
    "POST /api/reports/schedules/{pk}/resume": a_write(lambda facts: {}, row="schedule", status=200, elsewhere=404),
    "POST /api/reports/schedules/{pk}/run": a_write(lambda facts: {}, row="schedule", status=202, elsewhere=404),
    "POST /api/reports/schedules/{pk}/preview": a_write(lambda facts: {}, row="schedule", status=202, elsewhere=404),
    "GET /api/reports/schedules/{pk}/runs": a_row("schedule"),
    "GET /api/reports/schedules/{pk}/next": a_row("schedule"),
}
