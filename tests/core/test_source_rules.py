"""The source keeps its rules, each rule catches a bad sample, and every exception is listed with its reason."""

from collections import Counter

import pytest

from tests.core.source_rules import (
    CHECKERS,
    RULES,
    findings,
    findings_in_layout,
    findings_in_python,
    findings_in_sql,
)

# (rule, path): (how many, why). A new place makes the test below fail: list it here, so that a reviewer sees it.
ACCEPTED = {
    ("bare-database", "apps/core/database.py"): (1, "the one place that opens transactions and cursors"),
    ("bare-database", "apps/core/jobs.py"): (1, "the ledger of jobs is written beside the transaction it tells about"),
    ("unsafe-call", "apps/imports/mapping/document.py"): (1, "yaml.load with a SafeLoader that reads less"),
    ("bare-database", "apps/core/composing.py"): (1, "statements of quoted names and literals, by the driver's types"),
    ("bare-database", "config/run.py"): (1, "waits for the database before anything of ours runs"),
    ("base-manager", "apps/core/constraints.py"): (1, "validates a reference by organization and key"),
    ("base-manager", "apps/core/models.py"): (1, "reads the row itself again, by organization and key"),
    ("base-manager", "apps/hierarchy/models.py"): (1, "validates the parent by organization and key"),
    ("built-sql", "apps/core/constraints.py"): (2, "schema statements over names that Django quoted"),
    ("built-sql", "apps/analytics/snapshots.py"): (2, "lists of columns, each of them quoted"),
    ("built-sql", "apps/core/copying.py"): (1, "a list of names, each of them quoted"),
    ("built-sql", "config/embedded/servers.py"): (1, "creates the database of the embedded server"),
    ("outside-world", "config/run.py"): (1, "asks our own web server on loopback whether it is up"),
    ("platform-door", "apps/accounts/schema.py"): (1, "OpenAPI looks at querysets and reads no rows"),
    ("outside-world", "apps/notifications/smtp.py"): (1, "speaks with the mail server that EMAIL_URL names"),
    ("platform-door", "apps/notifications/selectors.py"): (1, "finds the organizations whose mails are due"),
    ("platform-door", "apps/notifications/sending.py"): (1, "settles what dead workers of every organization left"),
    ("platform-door", "apps/reports/schedules/running.py"): (1, "finds the schedules that are due, of everybody"),
    ("platform-door", "apps/imports/services.py"): (1, "tidies up after the imports of every organization"),
    ("platform-door", "apps/notifications/upkeep.py"): (1, "removes the old mails of every organization"),
    ("platform-door", "apps/queries/upkeep.py"): (2, "tidies up after the exports of every organization"),
    ("platform-door", "apps/reports/sweeping.py"): (1, "tidies up after the reports of every organization"),
}

BAD = {
    "raw-query": ["Order.objects.raw('SELECT 1')", "rows.extra(where=['1'])", "rows.annotate(n=RawSQL('1', []))"],
    "built-sql": [
        "cursor.execute(f'SELECT {name}')",
        "cursor.execute('SELECT %s' % name)",
        "cursor.execute('SELECT ' + name)",
        "cursor.execute('SELECT {}'.format(name))",
        "cursor.execute(f'{statement} LIMIT 1')",
        "statement = f'DELETE FROM \"{table}\" WHERE id = %s'",
        "cursor.copy_expert(f'COPY {table} FROM STDIN', file)",
        "cursor.execute(f'SELECT {quoted(name)} FROM {table}')",
        "sql = 'UPDATE ' + quoted(table) + ' SET x = ' + value",
    ],
    "unsafe-call": [
        "mark_safe(text)",
        "eval(text)",
        "exec(text)",
        "import pickle",
        "from pickle import loads",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
    ],
    "outside-world": ["import requests", "from urllib.request import urlopen", "import http.client", "import smtplib"],
    "hidden-logic": [
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from django.dispatch import receiver",
        "class Order(TenantModel):\n    def save(self): ...",
        "class Order(TenantModel):\n    def delete(self): ...",
    ],
    "bare-database": [
        "from django.db import connection",
        "from django.db import models, transaction",
        "from django.db import connections",
        "from django.db.transaction import atomic",
        "import psycopg2",
    ],
    "unportable-sql": [
        "q = 'MERGE INTO orders USING x'",
        "q = '... GROUP BY GROUPING SETS ((a), (b))'",
        "q = 'GROUP BY ROLLUP (a, b)'",
        "q = \"select pg_notify('a', 'b')\"",
    ],
    "loose-upsert": [
        "q = 'INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1'",
        "q = 'ON CONFLICT ON CONSTRAINT order_external_id DO UPDATE'",
        "rows.bulk_create(x, update_conflicts=True, unique_fields=['external_id'])",
        "rows.bulk_create(x, update_conflicts=True, unique_fields=names)",
    ],
    "leaky-context": [
        "def rows():\n    with organization_context(x):\n        yield 1",
        "def rows():\n    with across_all_organizations(reason='x'):\n        for row in y:\n            yield row",
        "def rows():\n    with organization_context(x):\n        yield from y",
    ],
    "open-filter": [
        "rows.filter(**request.GET.dict())",
        "rows.filter(**self.request.query_params)",
        "rows.filter(**{request.GET['key']: 1})",
        "rows.filter(**{key: value for key, value in request.GET.items()})",
    ],
    "platform-door": ["with across_all_organizations(reason='x'): pass", "context.enter_all_organizations(reason='x')"],
    "base-manager": ["Order._base_manager.all()"],
}

GOOD = [
    "cursor.execute('SELECT %s', [value])",
    "cursor.execute(statement, [value])",
    "cursor.execute(f'SELECT count(*) FROM {quoted(table)} WHERE id = %s', [value])",
    "cursor.execute('SELECT 1 ' 'FROM x')",
    "message = f'{count} rows of {name}'",
    "message = 'Selected %s' % name",
    "message = 'a' + name",
    "yaml.safe_load(text)",
    "from urllib.parse import quote",
    "class OrderForm(ModelForm):\n    def save(self): ...",
    "class View(APIView):\n    def delete(self, request): ...",
    "from django.db import models, IntegrityError",
    "q = 'INSERT INTO t VALUES (1) ON CONFLICT (organization_id, external_id) DO UPDATE SET a = 1'",
    "q = 'INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING'",
    "rows.bulk_create(x, update_conflicts=True, unique_fields=['organization', 'external_id'])",
    "@contextmanager\ndef scope():\n    with organization_context(x):\n        yield",
    "def rows():\n    with organization_context(x):\n        found = list(y)\n    yield from found",
    "def rows():\n    with organization_context(x):\n        def inner():\n            yield 1\n        return inner()",
    "rows.filter(**checked)",
    "rows.filter(**{f'{name}__gte': start_of(request, day)})",
    '"""Tells of MERGE INTO and of ON CONFLICT in its docstring."""',
]


def test_the_source_breaks_no_rule_but_where_it_is_listed():
    found = list(findings())
    counted = Counter((finding.rule, finding.path) for finding in found)
    wrong = [
        f"{finding} (listed: {ACCEPTED.get((finding.rule, finding.path), (0,))[0]})"
        for finding in found
        if counted[finding.rule, finding.path] != ACCEPTED.get((finding.rule, finding.path), (0,))[0]
    ]
    assert not wrong, "\n".join(["list these with a reason in ACCEPTED, or mend them:", *wrong])
    assert {place for place in ACCEPTED if place not in counted} == set(), "listed, but no longer there"


def test_every_exception_says_why():
    assert all(reason.strip() and rule in RULES for (rule, _), (_, reason) in ACCEPTED.items())


@pytest.mark.parametrize(("rule", "sample"), [(rule, sample) for rule, samples in BAD.items() for sample in samples])
def test_a_rule_catches_what_it_forbids(rule, sample):
    assert rule in {finding.rule for finding in findings_in_python("sample.py", sample)}


@pytest.mark.parametrize("sample", GOOD)
def test_the_rules_leave_good_code_alone(sample):
    assert list(findings_in_python("sample.py", sample)) == []


def test_every_rule_of_the_tree_has_a_bad_sample():
    assert set(BAD) == set(CHECKERS)
    assert set(RULES) == set(CHECKERS) | {"vague-module", "long-module"}


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("INSERT INTO t SELECT 1 ON CONFLICT (day) DO UPDATE SET a = 1", ["loose-upsert"]),
        ("INSERT INTO t SELECT 1 ON CONFLICT (organization_id, day) DO UPDATE SET a = 1", []),
        ("MERGE INTO t USING s", ["unportable-sql"]),
        ("SELECT 1 GROUP BY GROUPING SETS ((a))", ["unportable-sql"]),
        ("NOTIFY orders", ["unportable-sql"]),
        ("-- no MERGE INTO here\nSELECT 1", []),
    ],
)
def test_files_of_sql_are_read_too(sql, rules):
    assert [finding.rule for finding in findings_in_sql("sample.sql", sql)] == rules


def test_a_finding_names_its_line():
    sql = "-- a comment\nSELECT 1;\nMERGE INTO t"
    assert [finding.line for finding in findings_in_sql("sample.sql", sql)] == [3]
    assert [finding.line for finding in findings_in_python("sample.py", "\n\nmark_safe(x)")] == [3]


def test_long_and_vaguely_named_modules_are_caught():
    assert [f.rule for f in findings_in_layout("apps/core/utils.py", "")] == ["vague-module"]
    assert [f.rule for f in findings_in_layout("apps/core/money.py", "x = 1\n" * 401)] == ["long-module"]
    assert list(findings_in_layout("apps/core/money.py", "x = 1\n" * 400)) == []
