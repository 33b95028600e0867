"""Date formats as people write them: `DD/MM/YYYY HH:MM`, compiled to regular expressions for the database."""

import re
from dataclasses import dataclass

# Order of the places that the database function reads.
PLACES = ("YYYY", "MM", "DD", "HH", "MI", "SS", "F", "AM", "TZ")

_TOKENS = {
    "YYYY": "([0-9]{4})",
    "MM": "([0-9]{2})",
    "M": "([0-9]{1,2})",
    "DD": "([0-9]{2})",
    "D": "([0-9]{1,2})",
    "HH": "([0-9]{2})",
    "H": "([0-9]{1,2})",
    "MI": "([0-9]{2})",
    "SS": "([0-9]{2})",
    "F": "([0-9]{1,6})",
    "AM": "([AaPp])[Mm]",
    "TZ": "(Z|[+-][0-9]{2}:?[0-9]{2})",
}
_PLACE_OF = {"M": "MM", "D": "DD", "H": "HH"}
_SPLIT = re.compile(r"(YYYY|MM|MI|DD|HH|SS|AM|TZ|M|D|H|F|\[|\])")


@dataclass(frozen=True, slots=True)
class CompiledFormat:
    """A regular expression and, for each of PLACES, the number of its group, 0 for none."""

    pattern: str
    groups: tuple[int, ...]


def compile_format(text: str) -> CompiledFormat:
    """Compile a format; what stands in [brackets] may be absent. `HH:MM` means hours and minutes, as people write it.

    Raises:
        ValueError: it has no year, month and day, or one of them twice.

    """
    pieces = [piece for piece in _SPLIT.split(text) if piece]
    pattern, groups = ["^"], dict.fromkeys(PLACES, 0)
    group = 0
    hours_seen = False
    for piece in pieces:
        if piece == "[":
            pattern.append("(?:")
        elif piece == "]":
            pattern.append(")?")
        elif piece in _TOKENS:
            # After the hours, MM can only be minutes.
            token = "MI" if piece == "MM" and hours_seen else piece
            hours_seen = hours_seen or token in ("HH", "H")
            place = _PLACE_OF.get(token, token)
            if groups[place]:
                raise ValueError(f"the format “{text}” has {piece} twice.")
            group += 1
            groups[place] = group
            pattern.append(_TOKENS[token])
        else:
            pattern.append(re.escape(piece).replace("\\ ", " "))
    if not all(groups[place] for place in ("YYYY", "MM", "DD")):
        raise ValueError(f"the format “{text}” needs YYYY, MM and DD, such as DD/MM/YYYY HH:MM.")
    return CompiledFormat("".join([*pattern, "$"]), tuple(groups[place] for place in PLACES))


# Unambiguous, so every mapping accepts them beside its own.
ISO_FORMATS = ("YYYY-MM-DD[THH:MM[:SS[.F]][TZ]]", "YYYY-MM-DD[ HH:MM[:SS[.F]][[ ]TZ]]")
