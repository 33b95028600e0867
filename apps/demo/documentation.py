"""docs/demo.md, written from the declarations that the generator plays."""

from apps.demo.businesses.registry import BUSINESSES
from apps.demo.truths import GROUPS, TRUTHS

_HEAD = """# Demonstration data

<!-- Written by `manage.py describe_demo --write`; a test holds that it is current. -->

`manage.py load_demo` loads four invented businesses with a history that ends today, in the organization's own time
zone. Orders of today reach up to now; only bookings lie ahead. Organizations that are there already stay as they are.

    manage.py load_demo                        what is missing, at scale 1
    manage.py load_demo --scale 50             fifty times the customers, partners and orders a day: millions of orders
    manage.py load_demo --organization SLUG    only this one; may be repeated
    manage.py load_demo --seed 7               other random numbers; the planted truths stay
    manage.py load_demo --until 2026-06-30     ends on an earlier day
    manage.py load_demo --reset                replaces the facts, and what refers to them; members stay
    manage.py load_demo --users                also creates users to sign in with; outside development their password
                                               comes from DEMO_PASSWORD

The same seed, scale and last day give the same rows, ids included; orders of today appear as the day goes on. Each
organization is loaded in one transaction: an interrupted run leaves nothing of it, and the next run completes it. An
organization is known as ours by its id, which follows from its short name; one that somebody else made under the same
short name is refused, never touched. Each load is a row in the job ledger (`load_demo`).

`manage.py load_benchmark` makes a larger, plainer set for the benchmarks: by default 50 organizations in 12 time zones
with 10 million orders, 5,000 partners and a million customers over three years, the largest organization holding 18 %.

## Businesses

| short name | name | time zone | currency | day starts at | days of history |
|---|---|---|---|---|---|
"""

_TRUTHS = """
## Planted truths

Day 0 is the last business day of the data, day -1 the one before it. What is planted can be found by SQL over the
facts; `tests/demo` does. Around it lie weekday, hour, season, payday and public-holiday patterns, growth, partial and
missing payments, refunds on later days, orders without customer, partner or lines, and rows that arrive days late.
"""


def document() -> str:
    """Return the whole page."""
    parts = [_HEAD]
    for business in BUSINESSES.values():
        profile = business.profile
        parts.append(
            f"| `{profile.slug}` | {profile.name} | {profile.zone} | {profile.currency} | "
            f"{profile.day_starts_at:%H:%M} | {profile.days} |\n"
        )
    parts.append(_TRUTHS)
    for slug, business in BUSINESSES.items():
        parts.append(f"\n### {business.profile.name}\n\n")
        parts.extend(f"- {truth}\n" for truth in TRUTHS if truth.business == slug)
        if any(truth.business == slug and hasattr(truth, "groups") for truth in TRUTHS):
            parts.append(_group_table())
    return "".join(parts)


def _group_table() -> str:
    head = (
        "\n| group | companies | kind | revenue, days -30 to -1 | orders | against the 30 days before | last order |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    rows = [head]
    for group in GROUPS:
        growth = "" if group.dormant else f"{group.growth:+.1f} %"
        last = f"day -{group.silent_days + 1}" if group.silent_days else "daily"
        rows.append(
            f"| {group.name} | {', '.join(group.companies) or 'none: buys centrally'} | {group.business_type} | "
            f"about NT${group.revenue:,} | {group.orders:,} | {growth} | {last} |\n"
        )
    return "".join(rows)
