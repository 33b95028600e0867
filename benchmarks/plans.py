"""The plans of every statement of a refresh, as PostgreSQL runs them: the source of docs/plans.md.

    python benchmarks/plans.py [--database NAME] [--days 1] [--organization SHORT_NAME] [--full]

Needs a database with a history (benchmarks/refresh.py makes them). Refreshes the last days of one organization, the
largest of the benchmark by default, explains each statement as it goes, and takes everything back at the end. Without
`--full` a plan is shortened to its nodes, each with milliseconds (with its children, all loops together) and rows.
"""

import argparse
import datetime
import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone
from histories import use

from apps.accounts.models import Organization
from apps.analytics.filling import known_days, scene_of
from apps.analytics.refresh import Step, _refresh_days, refresh_organization, state_for_update
from apps.analytics.rollups import _STATEMENTS
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor

NAMES = {statement: name for name, statement in _STATEMENTS.items()}
NODE = re.compile(
    r"^(?P<indent> *)(?P<arrow>-> +)?(?P<what>[A-Z\"][^(]*?) +\((?:cost=[^)]*\) \()?"
    r"(?P<seen>actual[^)]*|never executed)\)"
)
SEEN = re.compile(r"time=[\d.]+\.\.(?P<time>[\d.]+) rows=(?P<rows>[\d.]+) loops=(?P<loops>\d+)")


class _TakeBack(Exception):
    """Everything was only to be looked at."""


class Explainer:
    """Explains the statements that pass, while it runs them."""

    def __init__(self, *, full: bool) -> None:
        self.full = full

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Run a statement; print its plan where it is one of ours."""
        text = re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).lstrip()
        name = NAMES.get(sql) or (" ".join(text.split())[:100] if text.startswith(("DELETE", "INSERT")) else None)
        if name is None or many:
            return execute(sql, params, many, context)
        cursor = context["cursor"]
        result = execute(f"EXPLAIN (ANALYZE, BUFFERS) {text}", params, many, context)
        plan = [line for (line,) in cursor.fetchall()]
        print(f"\n{name}\n" + "\n".join(f"    {line}" for line in (plan if self.full else shortened(plan))))
        # What reads was not given its rows; what writes has written.
        return execute(sql, params, many, context) if text.startswith("SELECT") else result


def shortened(plan: list[str]) -> list[str]:
    """Return the nodes of a plan and its times."""
    lines = []
    for line in plan:
        if found := NODE.match(line):
            depth = len(found["indent"]) // 6 + (1 if found["arrow"] else 0)
            seen = SEEN.search(found["seen"])
            told = "never executed"
            if seen:
                loops = int(seen["loops"])
                told = f"{float(seen['time']) * loops:.1f} ms, {float(seen['rows']) * loops:,.0f} rows"
                told += f", {loops:,} loops" if loops > 1 else ""
            lines.append(f"{'  ' * depth}{found['what']}  ({told})")
        elif line.strip().startswith(("CTE ", "Planning Time", "Execution Time")):
            lines.append(line.rstrip())
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", help="That of the settings, unless given.")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--organization", default="benchmark-001")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    if options.database:
        use(options.database)
    organization = Organization.objects.get(slug=options.organization)
    refresh_organization(organization.pk, wait=True)
    try:
        with in_transaction(), organization_context(organization.pk), tenant_cursor() as cursor:
            scene = scene_of(organization.pk, timezone.now())
            last = known_days(cursor, scene)[-1] - datetime.timedelta(days=3)
            days = [last - datetime.timedelta(days=number) for number in range(options.days)]
            state = state_for_update(organization.pk)
            with connection.execute_wrapper(Explainer(full=options.full)):
                _refresh_days(cursor, scene, state, Step(), dict.fromkeys(days, 1))
            raise _TakeBack
    except _TakeBack:
        pass


if __name__ == "__main__":
    main()
