"""Which organization the running code works for.

Managers of tenant models read this context. Code outside any context reads nothing: it gets
`OrganizationContextMissing`, not everybody's rows.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class OrganizationContextMissing(RuntimeError):
    """A tenant model was queried outside `organization_context` and `across_all_organizations`."""


class OrganizationMismatch(RuntimeError):
    """A row of one organization was written while working for another."""


@dataclass(frozen=True, slots=True)
class _Scope:
    organization_id: uuid.UUID | None


_scope: ContextVar[_Scope | None] = ContextVar("organization_scope", default=None)


def _organization_scope(organization_id: uuid.UUID) -> _Scope:
    # None would mean the whole platform: an absent organization must never open that door.
    if not isinstance(organization_id, uuid.UUID):
        raise TypeError(f"An organization is entered by its UUID, not by {organization_id!r}.")
    return _Scope(organization_id)


def _platform_scope(reason: str) -> _Scope:
    if not reason.strip():
        raise ValueError("Platform-wide work states its reason.")
    return _Scope(None)


@contextmanager
def organization_context(organization_id: uuid.UUID) -> Iterator[None]:
    """Scope every query of tenant models inside the block to one organization.

    Raises:
        TypeError: `organization_id` is not a UUID; None least of all.

    """
    token = _scope.set(_organization_scope(organization_id))
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def across_all_organizations(*, reason: str) -> Iterator[None]:
    """Open the one door for platform-wide work; the reason is for the reader of the code."""
    token = _scope.set(_platform_scope(reason))
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def no_organization() -> Iterator[None]:
    """Begin without any organization, as a request or a task does, and forget what is entered inside."""
    token = _scope.set(None)
    try:
        yield
    finally:
        _scope.reset(token)


def enter_organization(organization_id: uuid.UUID) -> None:
    """Scope what follows to one organization, until the enclosing `no_organization` block ends."""
    _scope.set(_organization_scope(organization_id))


def enter_all_organizations(*, reason: str) -> None:
    """Open the platform-wide door for what follows, until the enclosing `no_organization` block ends."""
    _scope.set(_platform_scope(reason))


def current_organization_id() -> uuid.UUID | None:
    """Return the organization of the context, or None outside of one and in platform-wide work."""
    scope = _scope.get()
    return scope.organization_id if scope else None


def required_scope() -> uuid.UUID | None:
    """Return the organization to filter by, or None in platform-wide work.

    Raises:
        OrganizationContextMissing: no context was entered.

    """
    scope = _scope.get()
    if scope is None:
        raise OrganizationContextMissing(
            "Tenant rows were asked for without an organization: enter organization_context(id), "
            "or across_all_organizations(reason=...) for platform-wide work."
        )
    return scope.organization_id


def refuse_other_organization(organization_id: uuid.UUID | None) -> None:
    """Let a row be written that belongs to the organization of the context; outside of one, any row.

    Raises:
        OrganizationMismatch: the row belongs to another organization than the one the code works for.

    """
    entered = current_organization_id()
    if entered is not None and organization_id is not None and organization_id != entered:
        raise OrganizationMismatch(f"A row of organization {organization_id} was written in the context of {entered}.")
