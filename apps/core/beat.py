"""What beat sends, declared in code.

An app with periodic work has a module `schedule.py`:

    ENTRIES = (
        BeatEntry(name="imports: sweep", task="apps.imports.tasks.sweep", every=timedelta(minutes=1)),
    )

When beat starts, each entry is written to the table of periodic tasks under its name: its timing and task follow the
code, whether it is enabled stays the operator's choice, and rows under other names are left alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatEntry:
    """One task sent again and again, in UTC; a message older than `expires` (else one interval) is dropped unrun."""

    name: str
    task: str
    every: timedelta | crontab
    expires: timedelta | None = None

    def as_celery(self) -> dict[str, Any]:
        """Return the entry as Celery's `beat_schedule` has it.

        Raises:
            ValueError: a calendar entry has no interval to take `expires` from, and must state it.

        """
        expires = self.expires or (self.every if isinstance(self.every, timedelta) else None)
        if expires is None:
            raise ValueError(f"The beat entry {self.name!r} does not say when it expires.")
        options = {"expire_seconds": int(expires.total_seconds())}
        return {"task": self.task, "schedule": self.every, "options": options}
