"""Connections of their own, stepped by hand."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

from django.db import connection

from apps.core.context import organization_context
from apps.core.database import in_transaction

PATIENCE_SECONDS = 90  # a busy machine is slow, not broken


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something that must happen, and return what told so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.01)
    return answer


def ask(statement: str, *parameters: Any) -> Any:
    """The first value that a statement returns, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def run(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def marks(organization) -> int:
    """How many marks wait in the change log."""
    return ask("SELECT count(*) FROM analytics_changelog WHERE organization_id = %s", organization.pk)


class Session:
    """A thread with a connection, which does one thing after the other, within a transaction where one was begun."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._block: Any = None
        self.pid = self.do(ask, "SELECT pg_backend_pid()")

    def start(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
        return self._thread.submit(work, *arguments, **named)

    def do(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self.start(work, *arguments, **named).result(PATIENCE_SECONDS)

    def do_for(self, organization, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return self.do(within(organization, work), *arguments, **named)

    def begin(self) -> None:
        self._block = in_transaction()
        self.do(self._block.__enter__)

    def commit(self) -> None:
        block, self._block = self._block, None
        self.do(block.__exit__, None, None, None)

    def rollback(self) -> None:
        block, self._block = self._block, None
        self.do(block.__exit__, InterruptedError, InterruptedError(), None)

    def waits(self) -> bool:
        """Whether its statement waits for another transaction."""
        return bool(ask("SELECT cardinality(pg_blocking_pids(%s)) > 0", self.pid))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._block is not None:
            self.rollback()
        self.do(lambda: connection.close())  # the connection of that thread, not of this one
        self._thread.shutdown()


def within(organization, work: Callable[..., Any]) -> Callable[..., Any]:
    def done(*arguments: Any, **named: Any) -> Any:
        with organization_context(organization.pk):
            return work(*arguments, **named)

    return done


class Statements:
    """Does something before chosen statements of this thread's connection; `with connection.execute_wrapper(it)`."""

    def __init__(self, before: Callable[[int, str], None] = lambda number, sql: None) -> None:
        self.seen: list[str] = []
        self._before = before
        self._inside = False

    def __call__(self, execute, sql, params, many, context):
        if not self._inside:
            self._inside = True
            try:
                self.seen.append(sql)
                self._before(len(self.seen), sql)
            finally:
                self._inside = False
        return execute(sql, params, many, context)
