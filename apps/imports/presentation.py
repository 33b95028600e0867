"""What an import came to, in plain lines, for the terminal."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apps.imports.models import ImportRun, ImportStatus, RejectedRow

_SHOWN_REJECTIONS = 20
_NARROWEST_NAME = 58


def result_lines(run: ImportRun, *, preview: bool) -> Iterator[str]:
    """Yield the lines; inside the run's organization context."""
    result: dict[str, Any] = run.result or {}
    yield f"{run.rows_read:,} rows read, {run.rows_rejected:,} rejected."
    yield from _rejections(run)
    if run.status == ImportStatus.REFUSED:
        return
    yield ""
    yield f"{'fact':<16}{'new':>10}{'updated':>10}{'unchanged':>11}{'removed':>9}{'amount':>18}"
    for fact in result.get("facts", ()):
        amount = f"{Decimal(fact['amount']):,}" if fact["amount"] is not None else ""
        yield (
            f"{fact['fact']:<16}{fact['new']:>10,}{fact['updated']:>10,}{fact['unchanged']:>11,}"
            f"{fact['removed']:>9,}{amount:>18}"
        )
    yield ""
    yield "Every source line, once:"
    classes = result.get("classes", ())
    names = [_class_name(line) for line in classes]
    wide = max([_NARROWEST_NAME, *(len(name) + 1 for name in names)])
    yield f"{'file and class':<{wide}}{'lines':>10}{'they say':>20}{'stored':>18}"
    for name, line in zip(names, classes, strict=True):
        yield f"{name:<{wide}}{line['rows']:>10,}{Decimal(line['raw']):>20,}{_stored(line):>18}"
    total = sum((Decimal(line["raw"]) for line in classes), Decimal(0))
    yield f"{'together':<{wide}}{sum(line['rows'] for line in classes):>10,}{total:>20,}"
    rounding = Decimal(result.get("rounding", "0"))
    yield f"{'of that, lost or won by rounding to the cent':<{wide + 10}}{rounding:>20,}"
    for warning in result.get("warnings", ()):
        yield f"Note: {warning}"
    yield ""
    yield _conclusion(result, run.rows_read, preview=preview)


def _class_name(line: dict[str, Any]) -> str:
    name = f"{line['role']}: {line['name'].replace('_', ' ')}"
    return f"{name}, {line['reason']}" if line["reason"] else name


def _stored(line: dict[str, Any]) -> str:
    if line["stored"] is not None:
        return f"{Decimal(line['stored']):,}"
    return "not stored" if Decimal(line["raw"]) else ""


def _rejections(run: ImportRun) -> Iterator[str]:
    shown = RejectedRow.objects.filter(run=run).order_by("file", "line", "id")[: _SHOWN_REJECTIONS + 1]
    for number, row in enumerate(shown):
        if number == _SHOWN_REJECTIONS:
            yield "  … and more; --rejected FILE writes all of them."
            break
        place = f"{row.file}, line {row.line}" + (f", {row.column}" if row.column else "")
        yield f"  {place}: {row.value!r} {row.reason}" if row.value else f"  {place}: {row.reason}"


def _conclusion(result: dict[str, Any], rows: int, *, preview: bool) -> str:
    if preview:
        return "This was a preview: nothing was written."
    if not rows:
        return "The files have no rows below their headers."
    if not result.get("changed"):
        return "Nothing changed: everything in these files was stored already."
    return f"Done: {result['changed']:,} facts new, updated or removed."
