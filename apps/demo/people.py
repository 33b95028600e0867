"""Names of invented people, in the scripts of the places they live in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.demo.clock import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """First and last names to combine; some write the last name first."""

    first: Sequence[str]
    last: Sequence[str]
    whole: Sequence[str] = ()
    last_name_first: bool = False

    def of(self, numbers: Ints) -> list[str]:
        """Return a name for each number; every eleventh is one of the whole names, where there are any."""
        first = numbers % len(self.first)
        last = (numbers * 7 + numbers // len(self.first)) % len(self.last)
        names = []
        for number, given, family in zip(numbers.tolist(), first.tolist(), last.tolist(), strict=True):
            if self.whole and number % 11 == 10:
                names.append(self.whole[number // 11 % len(self.whole)])
            elif self.last_name_first:
                names.append(f"{self.last[family]}{self.first[given]}")
            else:
                names.append(f"{self.first[given]} {self.last[family]}")
        return names


def mailbox(numbers: Ints, domain: str) -> list[str]:
    """Return an address for each number that can belong to nobody; every ninth customer left none."""
    return ["" if number % 9 == 8 else f"customer{number + 1}@{domain}.example" for number in numbers.tolist()]


def phone(numbers: Ints, prefix: str) -> list[str]:
    """Return a number for each number; every fourth customer left none."""
    digits = np.mod(numbers * 7919 + 104729, 1_000_000)
    return [
        "" if number % 4 == 3 else f"{prefix} {digit:06d}"
        for number, digit in zip(numbers.tolist(), digits.tolist(), strict=True)
    ]


BERLIN = Names(
    first=(
        "Anna",
        "Jürgen",
        "Zoë",
        "Mehmet",
        "Lena",
        "Łukasz",
        "Jörg",
        "Ayşe",
        "Paul",
        "Søren",
        "Katharina",
        "Björn",
        "Emre",
        "Małgorzata",
        "Felix",
        "Renée",
        "Hannah",
        "Tomáš",
        "Yıldız",
        "Günther",
        "Mia",
        "Noah",
        "Chloë",
    ),
    last=(
        "Müller",
        "Schäfer",
        "Öztürk",
        "Kowalczyk",
        "Weiß",
        "Nowak",
        "Jäger",
        "Yılmaz",
        "Großmann",
        "Strauß",
        "Böhm",
        "Lindström",
        "Çelik",
        "Vogel",
        "Dvořák",
        "Krüger",
        "Fuchs",
        "García",
        "Haß",
    ),
    whole=("Nguyễn Thị Hạnh", "Олена Шевченко", "محمد الأحمد", "Γιώργος Παπαδόπουλος", "Trần Văn Đức"),
)
NEW_YORK = Names(
    first=(
        "Maya",
        "José",
        "Ava",
        "Siobhán",
        "DeShawn",
        "Grace",
        "Mateo",
        "Naomi",
        "Renée",
        "Ethan",
        "Imani",
        "Luís",
        "Olivia",
        "Anaïs",
        "Caleb",
        "Priya",
        "Zoë",
        "Jamal",
        "Beyza",
        "Theo",
        "Nina",
        "Omar",
        "Wren",
    ),
    last=(
        "O'Connor",
        "Rodríguez",
        "Chen",
        "D'Angelo",
        "Washington",
        "Nuñez",
        "Kowalski",
        "Patel",
        "St. John",
        "Kim",
        "Fernández",
        "Goldberg",
        "Okafor",
        "McAllister",
        "Ibrahim",
        "Peña",
        "Smith-Jones",
        "Wu",
        "Brooks",
    ),
    whole=("王小明", "김서연", "יעל כהן", "Надежда Иванова", "佐藤 葵"),
)
SYDNEY = Names(
    first=(
        "Charlotte",
        "Lachlan",
        "Matilda",
        "Hugh",
        "Isla",
        "Aroha",
        "Cooper",
        "Mei",
        "Angus",
        "Thu",
        "Ruby",
        "Jarrah",
        "Zara",
        "Callum",
        "Niamh",
        "Arjun",
        "Freya",
        "Tāne",
        "Poppy",
        "Sione",
        "Evie",
        "Marco",
        "Saoirse",
    ),
    last=(
        "Nguyen",
        "Williams",
        "O'Brien",
        "Papadopoulos",
        "Singh",
        "Murphy",
        "Tran",
        "Wilson",
        "Ngata",
        "Rossi",
        "Lee",
        "Campbell",
        "Fitzgerald",
        "Haddad",
        "Brown",
        "McKenzie",
        "Taylor",
        "Zhang",
        "van der Berg",
    ),
    whole=("陳美玲", "Đặng Thu Trang", "이지훈", "فاطمة حداد", "Ελένη Νικολάου"),
)
TAIPEI = Names(
    first=("怡君", "志明", "雅婷", "俊傑", "淑芬", "宗翰", "欣怡", "家豪", "美玲", "建宏", "佩珊", "冠宇", "詩涵"),
    last=("陳", "林", "黃", "張", "李", "王", "吳", "劉", "蔡", "楊", "許", "鄭"),
    last_name_first=True,
)
