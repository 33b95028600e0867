"""Who makes a request: a user with everything they may do, for one query.

Authentication is what most requests cost, so the query is a function in the database, which keeps its plan.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.accounts.models import Organization, Role, User
from apps.core.database import TENANT_DATABASE, tenant_cursor

M = TypeVar("M", bound=models.Model)

LONGEST_NAME = 60
CALLER_ALONE = "SELECT accounts_caller(%(user_id)s, %(digest)s, %(now)s, %(named_id)s, %(named_slug)s), NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user who is signed in; by a long-lived token, its id and when it was last used.

    `organizations` are those the user is a member of, each with the role, by name; `named` is the organization that a
    superuser named. `brought` is the JSON that the endpoint had the query bring along.
    """

    user: User
    token_id: uuid.UUID | None
    token_used_at: datetime.datetime | None
    organizations: tuple[tuple[Role, Organization], ...]
    named: Organization | None
    brought: str | None


def find_caller(
    *,
    user_id: uuid.UUID | None = None,
    digest: str | None = None,
    named: str | None = None,
    statement: str = CALLER_ALONE,
) -> Caller | None:
    """Return the active user of an id, or of a long-lived token by its digest, or None; one query.

    `named` is the id or short name of an organization: a superuser's access to it comes along. `statement` selects the
    caller as `CALLER_ALONE` does, and then JSON of its own.
    """
    if user_id is None and digest is None:
        return None
    named_id, slug = organization_named(named)
    with tenant_cursor() as cursor:
        cursor.execute(
            statement,
            {
                "user_id": user_id,
                "digest": digest,
                "now": timezone.now(),
                "named_id": named_id,
                "named_slug": slug,
            },
        )
        found, brought = cursor.fetchone()
    if found is None:
        return None
    columns = orjson.loads(found)
    used_at = columns["token_used_at"]
    return Caller(
        user=_row(User, columns["user"]),
        token_id=uuid.UUID(columns["token_id"]) if columns["token_id"] else None,
        token_used_at=parse_datetime(used_at) if used_at else None,
        organizations=tuple(
            (Role(role), _row(Organization, organization)) for role, organization in columns["organizations"] or ()
        ),
        named=_row(Organization, columns["named"]) if columns["named"] else None,
        brought=brought,
    )


def organization_named(named: str | None) -> tuple[uuid.UUID | None, str | None]:
    """Return the id or the short name that a text can be; neither where it can be none."""
    if not named or len(named) > LONGEST_NAME:
        return None, None
    try:
        found = uuid.UUID(named)
    except ValueError:
        is_slug = named.isascii() and named.replace("-", "").replace("_", "").isalnum()
        return None, named if is_slug else None
    return (found, None) if str(found) == named else (None, None)


def _row(model: type[M], columns: dict[str, Any]) -> M:
    """Return a row from its columns, as PostgreSQL writes them in JSON."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    return model.from_db(TENANT_DATABASE, names, [field.to_python(columns[field.column]) for field in fields])
