"""Read a mapping from YAML."""

from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ValidationError

from apps.accounts.timezones import validate_timezone
from apps.imports.facts import Fact, Kind, all_facts
from apps.imports.formats import compile_format
from apps.imports.mapping.document import load_document
from apps.imports.mapping.kinds import check_kind
from apps.imports.mapping.node import Node, nearest
from apps.imports.mapping.parts import read_classes, read_condition, read_expression
from apps.imports.mapping.schema import (
    ClassRule,
    Column,
    Expression,
    FactSpec,
    FileSpec,
    Join,
    Mapping,
    Mirror,
    Numbers,
    RowClass,
    Type,
)

_COLUMN_KEYS = (
    "column",
    "first_of",
    "type",
    "required",
    "values",
    "unmapped",
    "default",
    "formats",
    "numbers",
    "case",
    "example",
    "help",
)
# The typed rows have these beside the columns of the mapping.
_RESERVED = ("id", "file", "line", "row_class", "row_reason", "row_amount", "ok")
# Together they name temporary tables; beyond 63 bytes PostgreSQL cuts names off, and two become one.
_LONGEST_ROLE, _LONGEST_COLUMN = 20, 30
# What a line adds to its order beside its own total, when each line carries its share.
LINE_EXTRAS = ("delivery_fee", "tax", "tip", "discount")


def read_mapping(text: str, *, name: str) -> Mapping:
    """Read and check a mapping.

    Raises:
        MappingError: it is not YAML, or says something that is not understood.

    """
    document = load_document(text, name=name)
    root = Node(Path(name).name, "", document)
    root.section(
        "title",
        "about",
        "timezone",
        "encoding",
        "numbers",
        "files",
        "facts",
        "split_by_partner",
        "cancelled_by_mirror",
        required=("title", "files", "facts"),
    )
    numbers = _read_numbers(root.child("numbers"), Numbers())
    files = {role: _read_file(role, node, numbers) for role, node in root.child("files").children()}
    for role, spec in files.items():
        _check_joins(root.child("files").child(role), spec, files)
    facts = tuple(_read_fact(number, node, files) for number, node in enumerate(root.child("facts").items()))
    split = root.child("split_by_partner")
    mirror = root.child("cancelled_by_mirror")
    order_roles = [spec.role for spec in facts if spec.fact == "order"]
    if len(order_roles) > 1:
        root.child("facts").fail("“order” may be made in one place only.")
    if mirror.value is not None and not order_roles:
        mirror.fail("there are no orders to cancel.")
    return Mapping(
        name=name,
        title=root.child("title").text(),
        about=root.child("about").text() if root.value.get("about") else "",
        timezone=_read_timezone(root.child("timezone")),
        encoding=_read_encoding(root.child("encoding")),
        files=files,
        facts=facts,
        split=split.flag() if split.value is not None else False,
        mirror=_read_mirror(mirror, files[order_roles[0]]) if mirror.value is not None else None,
    )


def _read_timezone(node: Node) -> str | None:
    if node.value is None:
        return None
    zone = node.text()
    try:
        validate_timezone(zone)
    except ValidationError as error:
        node.fail(error.messages[0])
    return zone


def _read_encoding(node: Node) -> str:
    if node.value is None:
        return "utf-8"
    return node.choice(("utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "latin-1", "big5", "gb18030"), "encoding")


def _read_numbers(node: Node, inherited: Numbers) -> Numbers:
    if node.value is None:
        return inherited
    node.section("decimal", "thousands", "currency_signs")
    decimal, thousands, signs = node.child("decimal"), node.child("thousands"), node.child("currency_signs")
    read = Numbers(
        decimal=decimal.choice((".", ","), "decimal sign") if decimal.value is not None else inherited.decimal,
        thousands=(
            thousands.choice((".", ",", " ", "'", ""), "thousands sign")
            if thousands.value is not None
            else inherited.thousands
        ),
        signs=signs.texts() if signs.value is not None else inherited.signs,
    )
    if read.decimal == read.thousands:
        node.fail("the decimal sign and the thousands sign are the same.")
    return read


def _read_file(role: str, node: Node, numbers: Numbers) -> FileSpec:
    if not role.isidentifier() or role != role.lower():
        node.fail("the name of a file's role is written in lower-case letters, digits and _.")
    if len(role.encode()) > _LONGEST_ROLE:
        node.fail(f"the name of a file's role has at most {_LONGEST_ROLE} letters.")
    node.section("name", "required", "columns", "amount", "class", "classes", "joins", required=("columns",))
    columns = {name: _read_column(name, child, numbers) for name, child in node.child("columns").children()}

    def own(place: Node, column: str) -> str:
        if column not in columns:
            place.fail(_unknown_column(column, columns))
        return column

    amount, default, required = node.child("amount"), node.child("class"), node.child("required")
    rules = node.child("classes")
    return FileSpec(
        role=role,
        patterns=node.child("name").texts() if node.value.get("name") else ("*",),
        required=required.flag() if required.value is not None else True,
        columns=columns,
        amount=read_expression(amount, own) if amount.value is not None else None,
        default_class=read_classes(default)[0] if default.value is not None else RowClass.SALE,
        classes=tuple(_read_rule(rule, own) for rule in rules.items()) if rules.value is not None else (),
        joins={target: _read_join(target, child) for target, child in node.child("joins").children()}
        if node.value.get("joins")
        else {},
    )


def _unknown_column(column: str, columns: dict[str, Column]) -> str:
    return f"unknown column “{column}”. Declared are {', '.join(columns)}.{nearest(column, columns)}"


def _read_rule(node: Node, own: object) -> ClassRule:
    node.section("class", "when", "reason", required=("class", "when"))
    row_class = read_classes(node.child("class"))[0]
    reason = node.child("reason").text() if node.value.get("reason") else ""
    if row_class is RowClass.LEFT_OUT and not reason:
        node.fail("lines that are left out need a “reason”.")
    return ClassRule(row_class, read_condition(node.child("when"), own), reason)  # type: ignore[arg-type]


def _read_join(target: str, node: Node) -> Join:
    return Join(target, {ours: theirs.text() for ours, theirs in node.children()})


def _check_joins(node: Node, spec: FileSpec, files: dict[str, FileSpec]) -> None:
    for target, join in spec.joins.items():
        place = node.child("joins")
        if target not in files:
            place.fail(f"unknown file “{target}”. Declared are {', '.join(files)}.")
        for ours, theirs in join.on.items():
            if ours not in spec.columns:
                place.fail(_unknown_column(ours, spec.columns))
            if theirs not in files[target].columns:
                place.fail(_unknown_column(theirs, files[target].columns))


def _read_column(name: str, node: Node, numbers: Numbers) -> Column:
    if not name.isidentifier() or name in _RESERVED:
        node.fail("this cannot be the name of a column; letters, digits and _ make one.")
    if len(name.encode()) > _LONGEST_COLUMN:
        node.fail(f"the name of a column has at most {_LONGEST_COLUMN} letters; “column” says what the file calls it.")
    if node.value is None:
        return Column(name=name, headers=(name,))
    node.section(*_COLUMN_KEYS)
    if "column" in node.value and "first_of" in node.value:
        node.fail("give “column” or “first_of”, not both.")
    headers = node.child("first_of" if "first_of" in node.value else "column")
    kind, values, case = node.child("type"), node.child("values"), node.child("case")
    type_ = Type(kind.choice([t.value for t in Type], "type")) if kind.value is not None else Type.TEXT
    formats = node.child("formats").texts() if node.value.get("formats") else ()
    for item in formats:
        try:
            compile_format(item)
        except ValueError as error:
            node.child("formats").fail(str(error))
    return Column(
        name=name,
        headers=headers.texts() if headers.value is not None else (name,),
        type=type_,
        required=node.child("required").flag() if "required" in node.value else False,
        values=({key: str(child.scalar()) for key, child in values.children()} if values.value is not None else {}),
        unmapped=str(node.child("unmapped").scalar()) if "unmapped" in node.value else None,
        default=str(node.child("default").scalar()) if "default" in node.value else None,
        formats=formats,
        numbers=_read_numbers(node.child("numbers"), numbers),
        case=case.choice(("upper", "lower"), "case") if case.value is not None else None,
        example=str(node.child("example").scalar()) if "example" in node.value else "",
        help=node.child("help").text() if "help" in node.value else "",
    )


def _read_fact(number: int, node: Node, files: dict[str, FileSpec]) -> FactSpec:
    node.section("make", "from", "key", "group", "existing", "classes", "when", "fields", required=("make", "from"))
    fact = all_facts()[node.child("make").choice(all_facts(), "fact")]
    role = node.child("from").choice(files, "file")
    spec = files[role]

    def known(place: Node, column: str) -> str:
        own, _, theirs = column.partition(".")
        if not theirs and own in spec.columns:
            return column
        if theirs and own in spec.joins and theirs in files[own].columns:
            return column
        joined = files[own].columns if theirs and own in spec.joins else None
        return place.fail(_unknown_column(theirs if joined else column, joined or spec.columns))

    key, group, existing, when = (node.child(k) for k in ("key", "group", "existing", "when"))
    fields = node.child("fields")
    grouped = group.flag() if group.value is not None else False

    def column_of(column: str) -> Column:
        own, _, theirs = column.partition(".")
        return files[own].columns[theirs] if theirs else spec.columns[own]

    made = {name: _read_field(name, child, fact, known, column_of) for name, child in _given(fields)}
    for name, made_field in made.items():
        if made_field.is_aggregate and not grouped:
            fields.child(name).fail("only facts with “group: yes” can sum over rows.")
    missing = [f.name for f in fact.fields.values() if f.required and f.name not in made and f.name not in _DERIVED]
    if missing and not (fact.name == "order_line" and missing == ["order"]):
        node.fail(f"{fact.name} needs {', '.join(missing)}.")
    if key.value is None and fact.name != "order_line":
        node.fail(f"{fact.name} needs a “key”: the columns that make its external id.")
    return FactSpec(
        number=number,
        fact=fact.name,
        role=role,
        key=tuple(known(item, item.text()) for item in key.items()) if key.value is not None else (),
        group=grouped,
        keep=existing.choice(("keep", "update"), "rule") == "keep" if existing.value is not None else grouped,
        classes=read_classes(node.child("classes")),
        condition=read_condition(when, known) if when.value is not None else None,
        fields=made,
    )


# Fields that Bellwether makes when a mapping does not: an order's number is its id, a payment's instant the order's.
_DERIVED = ("number", "total", "subtotal")


def _given(node: Node) -> list[tuple[str, Node]]:
    return node.children() if node.value else []


def _read_field(name: str, node: Node, fact: Fact, known: object, column_of: Callable[[str], Column]) -> Expression:
    extras = ("partner", *LINE_EXTRAS) if fact.name == "order_line" else ()
    if name not in fact.fields and name not in extras:
        Node(node.source, node.path.rpartition(".")[0], {name: None}).section(*fact.fields, *extras)
    expression = read_expression(node, known)  # type: ignore[arg-type]
    is_reference = name == "partner" or (name in fact.fields and fact.fields[name].kind is Kind.REFERENCE)
    if is_reference and expression.op not in ("key", "column"):
        node.fail("this refers to another fact: give a column, or “key” with the columns of its external id.")
    if not is_reference and expression.op == "key":
        node.fail("“key” is for fields that refer to another fact.")
    if name in fact.fields and not is_reference:
        check_kind(node, fact.fields[name], expression, column_of)
    return expression


def _read_mirror(node: Node, spec: FileSpec) -> Mirror:
    keys = ("key", "customer", "product", "quantity", "price", "instant", "within_days")
    node.section(*keys, required=keys)
    for key in keys[:-1]:
        for item in node.child(key).items():
            if item.text() not in spec.columns:
                item.fail(_unknown_column(item.text(), spec.columns))
    return Mirror(
        key=node.child("key").texts(),
        customer=node.child("customer").texts(),
        product=node.child("product").texts(),
        quantity=node.child("quantity").text(),
        price=node.child("price").text(),
        instant=node.child("instant").text(),
        within_days=node.child("within_days").whole(),
    )
