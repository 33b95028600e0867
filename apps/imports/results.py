"""What an import found or did: plain data, the same for preview and commit."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(slots=True, kw_only=True)
class FactOutcome:
    """What became of one kind of fact; `amount` sums its money where it has any."""

    fact: str
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    amount: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class ClassOutcome:
    """The source lines of one class: what they say, and what the database keeps of it (None: nothing)."""

    role: str
    name: str
    reason: str = ""
    rows: int = 0
    raw: Decimal = Decimal(0)
    stored: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class ImportResult:
    """The whole outcome."""

    rows_read: int = 0
    rows_rejected: int = 0
    facts: list[FactOutcome] = field(default_factory=list)
    classes: list[ClassOutcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many facts are new, updated or removed."""
        return sum(fact.new + fact.updated + fact.removed for fact in self.facts)

    @property
    def rounding(self) -> Decimal:
        """What rounding to the cent took from the lines that are stored."""
        return sum((line.raw - line.stored for line in self.classes if line.stored is not None), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """Return it for the run's `result`: amounts as strings, exact."""
        return {**_plain(asdict(self)), "changed": self.changed, "rounding": str(self.rounding)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
