"""Who makes a request: a user with everything they may do, for one query.

Authentication is what most requests cost, so the statement is kept as text: composing it anew would take longer than
the database does.
"""

import datetime
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.database import tenant_cursor

_STATEMENT = (Path(__file__).parent / "sql" / "caller.sql").read_text()
_FIELDS = ("id", "password", "last_login", "is_superuser", "email", "full_name", "is_staff", "created_at")
_ATTRIBUTES = [field.attname for field in User._meta.concrete_fields]
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user who is signed in; by a long-lived token, its id and when it was last used.

    `organizations` are those the user is a member of, each with the role, by name; `named` is the organization that a
    superuser named. They are columns as PostgreSQL writes JSON.
    """

    user: User
    token_id: uuid.UUID | None
    token_used_at: datetime.datetime | None
    organizations: list[dict[str, Any]]
    named: list[dict[str, Any]]


def find_caller(
    *, user_id: uuid.UUID | None = None, digest: str | None = None, named: str | None = None
) -> Caller | None:
    """Return the active user of an id, or of a long-lived token by its digest, or None; one query.

    `named` is the id or short name of an organization: a superuser's access to it comes along.
    """
    if user_id is None and digest is None:
        return None
    named_id, slug = organization_named(named)
    with tenant_cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "user_id": user_id,
                "digest": digest,
                "now": timezone.now(),
                "organization_id": named_id,
                "organization_slug": slug,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    *fields, token_id, token_used_at, organizations, of_superuser = row
    values = {**dict(zip(_FIELDS, fields, strict=True)), "is_active": True}
    user = User.from_db("default", _ATTRIBUTES, [values[name] for name in _ATTRIBUTES])
    return Caller(
        user=user,
        token_id=token_id,
        token_used_at=token_used_at,
        organizations=json.loads(organizations or "[]"),
        named=json.loads(of_superuser or "[]"),
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
