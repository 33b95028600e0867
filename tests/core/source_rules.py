"""Rules that the source keeps, read from its syntax tree: what each forbids is told in RULES."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SQL_START = re.compile(
    r"\s*(SELECT|WITH|INSERT INTO|UPDATE|DELETE FROM|MERGE|TRUNCATE|COPY|ALTER|CREATE|DROP|ANALYZE|EXPLAIN|SET|LOCK)\b"
)
QUOTING = {"quoted", "quote", "quote_name"}
RUNNERS = {"execute", "executemany", "copy_expert", "mogrify"}
DOORS = {"across_all_organizations", "enter_all_organizations"}
CONTEXTS = DOORS | {"organization_context", "no_organization"}


@dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {RULES[self.rule]}"


RULES = {
    "raw-query": ".raw(), .extra() and RawSQL go round the managers that know the organization",
    "built-sql": "SQL is a constant with parameters; only names may be put in, by apps.core.database.quoted",
    "unsafe-call": "mark_safe, eval, exec, pickle and yaml.load trust what they are given",
    "outside-world": "only the named modules talk to other machines",
    "hidden-logic": "no signals, and no save() or delete() overrides: writing is a service",
    "vague-module": "a module is named after what it holds, not utils or helpers",
    "long-module": "past 400 lines a module becomes a package",
    "bare-database": "transactions and cursors come from apps.core.database",
    "unportable-sql": "no MERGE, GROUPING SETS, CUBE or ROLLUP, and no NOTIFY from SQL",
    "loose-upsert": "an upsert begins with the organization",
    "leaky-context": "a generator that yields inside a context leaks it to whoever reads the generator",
    "open-filter": "a filter never takes its keywords from a request",
    "platform-door": "work across organizations is listed here, so that a new door stands out",
    "base-manager": "a base manager reads every organization's rows",
}


def name_of(node: ast.expr) -> str:
    """Return the last part of a dotted name, or nothing."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def root_of(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def built_text(node: ast.expr) -> str | None:
    """Return the literal beginning of a string that is put together from values, or None for any other expression."""
    if isinstance(node, ast.JoinedStr):
        values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        if all(is_identifier(value) for value in values):
            return None
        first = node.values[0]
        return str(first.value) if isinstance(first, ast.Constant) else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        left = node.left
        if isinstance(left, ast.Constant) and isinstance(left.value, str):
            return left.value if not isinstance(node.right, ast.Constant) else None
        return built_text(left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = node.func.value
        return str(text.value) if isinstance(text, ast.Constant) else None
    return None


def is_identifier(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and name_of(value.func) in QUOTING


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def raw_queries(tree: ast.AST) -> Iterator[ast.AST]:
    for node in calls(tree):
        method = isinstance(node.func, ast.Attribute) and node.func.attr in {"raw", "extra"}
        if method or name_of(node.func) == "RawSQL":
            yield node


def built_sql(tree: ast.AST) -> Iterator[ast.AST]:
    run = {id(node.args[0]) for node in calls(tree) if name_of(node.func) in RUNNERS and node.args}
    for node in ast.walk(tree):
        text = built_text(node) if isinstance(node, ast.expr) else None
        if text is not None and (SQL_START.match(text) or id(node) in run):
            yield node


def unsafe_calls(tree: ast.AST) -> Iterator[ast.AST]:
    for node in calls(tree):
        bare = isinstance(node.func, ast.Name)
        dotted = f"{root_of(node.func)}.{name_of(node.func)}"
        trusted = name_of(node.func) in {"mark_safe", "SafeString"} or (bare and name_of(node.func) in {"eval", "exec"})
        if trusted or dotted in {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load"}:
            yield node
    yield from imports(tree, {"pickle", "marshal", "shelve", "dill"})


def imports(tree: ast.AST, names: set[str]) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        if any(name == known or name.startswith(f"{known}.") for name in found for known in names):
            yield node


def outside_world(tree: ast.AST) -> Iterator[ast.AST]:
    return imports(
        tree, {"requests", "httpx", "urllib.request", "urllib3", "http.client", "aiohttp", "smtplib", "ftplib"}
    )


def hidden_logic(tree: ast.AST) -> Iterator[ast.AST]:
    yield from imports(tree, {"django.db.models.signals", "django.dispatch", "django.core.signals"})
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not any("Form" in name_of(base) for base in node.bases):
            forbidden = {"save", "asave", "delete"} if is_model(node) else {"save", "asave"}
            for member in node.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and member.name in forbidden:
                    yield member


def is_model(node: ast.ClassDef) -> bool:
    return any("Model" in name_of(base) and "Admin" not in name_of(base) for base in node.bases)


def bare_database(tree: ast.AST) -> Iterator[ast.AST]:
    return imports(
        tree, {"django.db.connection", "django.db.connections", "django.db.transaction", "psycopg2", "psycopg"}
    )


UNPORTABLE = re.compile(
    r"\bMERGE\s+INTO\b|\bGROUPING\s+SETS\b|\bCUBE\s*\(|\bROLLUP\s*\(|\bNOTIFY\s+\w|\bpg_notify\b", re.I
)
UPSERT = re.compile(r"\bON\s+CONFLICT\b(?!\s+DO\s+NOTHING)(?!\s*\(\s*\"?organization_id\b)", re.I)


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node


def unportable_sql(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in texts(tree) if UNPORTABLE.search(node.value))


def loose_upserts(tree: ast.AST) -> Iterator[ast.AST]:
    yield from (node for node in texts(tree) if UPSERT.search(node.value))
    for node in calls(tree):
        for keyword in node.keywords:
            if keyword.arg == "unique_fields":
                given = keyword.value
                first = given.elts[0] if isinstance(given, ast.List | ast.Tuple) and given.elts else None
                if not (isinstance(first, ast.Constant) and first.value in {"organization", "organization_id"}):
                    yield node


def leaky_contexts(tree: ast.AST) -> Iterator[ast.AST]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        marks = {name_of(d.func if isinstance(d, ast.Call) else d) for d in function.decorator_list}
        if marks & {"contextmanager", "asynccontextmanager", "fixture"}:
            continue
        for block in own_nodes(function):
            if isinstance(block, ast.With) and any(
                isinstance(item.context_expr, ast.Call) and name_of(item.context_expr.func) in CONTEXTS
                for item in block.items
            ):
                yield from (node for node in own_nodes(block) if isinstance(node, ast.Yield | ast.YieldFrom))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a node without the functions defined inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from own_nodes(child)


def open_filters(tree: ast.AST) -> Iterator[ast.AST]:
    for node in calls(tree):
        for keyword in node.keywords:
            if keyword.arg is None:
                given = keyword.value
                names = [key for key in given.keys if key is not None] if isinstance(given, ast.Dict) else [given]
                if any("request" in ast.unparse(name) for name in names):
                    yield node


def platform_doors(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in calls(tree) if name_of(node.func) in DOORS)


def base_managers(tree: ast.AST) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "_base_manager")


CHECKERS: dict[str, Callable[[ast.AST], Iterator[ast.AST]]] = {
    "raw-query": raw_queries,
    "built-sql": built_sql,
    "unsafe-call": unsafe_calls,
    "outside-world": outside_world,
    "hidden-logic": hidden_logic,
    "bare-database": bare_database,
    "unportable-sql": unportable_sql,
    "loose-upsert": loose_upserts,
    "leaky-context": leaky_contexts,
    "open-filter": open_filters,
    "platform-door": platform_doors,
    "base-manager": base_managers,
}


def findings_in_python(path: str, source: str) -> Iterator[Finding]:
    tree = ast.parse(source)
    for rule, checker in CHECKERS.items():
        for node in checker(tree):
            yield Finding(rule, path, getattr(node, "lineno", 1))


def findings_in_sql(path: str, source: str) -> Iterator[Finding]:
    for rule, pattern in (("unportable-sql", UNPORTABLE), ("loose-upsert", UPSERT)):
        for match in pattern.finditer(re.sub(r"--[^\n]*", lambda comment: " " * len(comment.group()), source)):
            yield Finding(rule, path, source.count("\n", 0, match.start()) + 1)


def findings_in_layout(path: str, source: str) -> Iterator[Finding]:
    if Path(path).stem in {"utils", "util", "helpers", "common", "misc", "signals"}:
        yield Finding("vague-module", path, 1)
    if source.count("\n") > 400:
        yield Finding("long-module", path, 401)


def findings(folders: tuple[str, ...] = ("apps", "config")) -> Iterator[Finding]:
    """Yield what the source of the product breaks; generated migrations are left out."""
    for folder in (*folders, "tests", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*")):
            path = file.relative_to(ROOT).as_posix()
            if file.suffix not in {".py", ".sql"} or "/migrations/" in path:
                continue
            source = file.read_text()
            yield from findings_in_layout(path, source)
            if folder in folders:
                yield from (findings_in_python if file.suffix == ".py" else findings_in_sql)(path, source)
