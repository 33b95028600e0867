"""`python -m tests.analytics.refresher`: for each line “ORGANIZATION NUMBER” that it reads, a child that refreshes.

The child says “stopped PID” before the statement of that number and stands still until a signal; then “ended” when it
came to the end, or the name of the error that ended it. Then this process says “gone”.
"""

import os
import signal
import sys
import uuid

import django


def main() -> None:
    django.setup()
    # Imported once, here: a child is to do nothing but refresh.
    import apps.analytics.refresh  # noqa: F401

    for line in sys.stdin:
        organization_id, statement = line.split()
        child = os.fork()
        if child == 0:
            say(refresh(uuid.UUID(organization_id), int(statement)))
            os._exit(0)
        os.waitpid(child, 0)
        say("gone")


def refresh(organization_id: uuid.UUID, statement: int) -> str:
    from django.db import DatabaseError, connection

    from apps.analytics.refresh import refresh_organization

    seen = 0

    def stop(execute, sql, params, many, context):
        nonlocal seen
        seen += 1
        if seen == statement:
            signal.signal(signal.SIGUSR1, lambda *args: None)
            say(f"stopped {os.getpid()}")
            signal.pause()
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(stop):
            refresh_organization(organization_id, wait=True)
    except DatabaseError as error:
        return type(error).__name__
    return "ended"


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main()
