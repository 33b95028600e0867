"""What SQL writes is what the Python that it stands for returns, for any text."""

import csv
import datetime
import io
import json
import zoneinfo

import pytest
from django.db.models import F
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.context import organization_context
from apps.core.spreadsheets import SIGNS, SKIPPED, guarded, unguarded
from apps.engagement.models import Segment
from apps.marketplace.contact import masked_address, masked_email, masked_phone
from apps.queries.datasets.expressions import MASKS, Guarded
from tests.builders import make_customer, make_order, make_segment

pytestmark = pytest.mark.django_db

PLAIN = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
TRICKY = st.sampled_from([*SIGNS, *SKIPPED, *"0159.,+-ab@%\\'\"é漢"])
TEXTS = st.lists(st.one_of(st.text(PLAIN, max_size=8), st.text(TRICKY, max_size=8)), min_size=20, max_size=40)


def told(organization, expression, texts: list[str]) -> list[str]:
    """Return what the database makes of the texts."""
    with organization_context(organization.pk):
        Segment.objects.all().delete()
        rows = [Segment(organization=organization, name=str(n), description=text) for n, text in enumerate(texts)]
        Segment.objects.bulk_create(rows)
        found = dict(Segment.objects.values_list("name", expression(F("description"))))
    return [found[str(number)] for number in range(len(texts))]


def test_the_guard_is_the_same_for_any_text(laundry):
    @given(TEXTS)
    @example(["=1+1", "-5", "+49 30 1234", "-1,234.50", "-5\n", "\n-5", "=", "'=1", "%s", "\\=1", "12=", ""])
    def holds(texts):
        assert told(laundry, Guarded, texts) == [guarded(text) for text in texts]

    holds()


@pytest.mark.parametrize("mask", [masked_email, masked_phone, masked_address], ids=["email", "phone", "address"])
def test_a_mask_is_the_same_for_any_text(mask, laundry):
    @given(TEXTS)
    @example(["", "a", "a@b", "@", "1234", "12345", "漢字漢字漢字", "=cmd@x"])
    def holds(texts):
        assert told(laundry, MASKS[mask], texts) == [mask(text) for text in texts]

    holds()


def test_no_cell_of_a_file_runs_as_a_formula(cast, laundry, exported, reference_data):
    listed = json.loads((reference_data / "security" / "bad_inputs.json").read_text())["formula_injection"]
    for place, entry in enumerate(listed):
        make_customer(laundry, name=entry["value"], external_id=f"{place:03}")
    make_segment(laundry, name="a rule", rule=["=1+1"])
    data = exported(laundry, cast.analyst, "customers", columns=["external_id", "name", "phone"])
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(rows) == len(listed) > 15
    for row in rows:
        entry = listed[int(row["external_id"])]
        assert row["name"] == guarded(entry["value"])
        assert unguarded(row["name"]) == entry["value"]
        assert entry["expect"] != "neutralise" or row["name"].startswith("'"), entry["id"]


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Australia/Lord_Howe", "2026-04-04T15:15:00+00:00"),
        ("America/New_York", "2026-11-01T05:30:00+00:00"),
        ("America/New_York", "2026-11-01T06:30:00+00:00"),
        ("Asia/Kathmandu", "2026-03-10T23:59:59.999999+00:00"),
        ("America/St_Johns", "2026-01-01T00:00:00+00:00"),
        ("Africa/Monrovia", "1950-01-01T00:00:00+00:00"),  # its offset had seconds
        ("Pacific/Apia", "2011-12-30T09:59:00+00:00"),
    ],
)
def test_instants_carry_the_offset_of_their_zone(zone, instant, cast, laundry, exported):
    laundry.timezone = zone
    laundry.save()
    placed_at = datetime.datetime.fromisoformat(instant)
    make_order(laundry, placed_at=placed_at)
    _head, cell = exported(laundry, cast.analyst, "orders", columns=["placed_at"]).decode().split()
    assert datetime.datetime.fromisoformat(cell) == placed_at
    local = placed_at.astimezone(zoneinfo.ZoneInfo(zone))
    assert cell[:19] == f"{local:%Y-%m-%dT%H:%M:%S}"
    assert datetime.datetime.fromisoformat(cell).utcoffset() == local.utcoffset()
