"""The tree of accounts: levels that the database holds, so that no cycle can be built."""

import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.hierarchy.models import Entity
from tests import builders
from tests.rows import checks_of, insert, prove_check, settle

pytestmark = pytest.mark.django_db

MISFIT = r"entity_parent_kind_ref|entity_group_is_a_root"
KINDS = ("group", "company", "location")
PAIRS = list(itertools.product(KINDS, KINDS))
FITS = {("group", "company"), ("company", "location")}


@pytest.fixture
def tree(laundry):
    group = builders.make_entity(laundry, kind="group", name="Group")
    company = builders.make_entity(laundry, kind="company", parent=group, name="Company")
    location = builders.make_entity(laundry, kind="location", parent=company, name="Location")
    return {"group": group, "company": company, "location": location}


def test_a_kind_is_one_of_three(laundry):
    prove_check("entity_kind", Entity, laundry, [{"kind": kind} for kind in KINDS], [{"kind": "region"}, {"kind": ""}])


def test_a_group_is_part_of_nothing(laundry, tree):
    prove_check(
        "entity_group_is_a_root",
        Entity,
        laundry,
        [{"kind": "group"}, {"kind": "company"}, {"kind": "location"}],
        [{"kind": "group", "parent_id": tree[kind].pk} for kind in KINDS],
    )


def test_every_check_of_the_app_is_proved():
    assert set(checks_of("hierarchy")) == {"entity_kind", "entity_group_is_a_root"}


@pytest.mark.parametrize(("above", "below"), PAIRS)
def test_a_parent_is_of_the_kind_just_above(laundry, tree, above, below):
    parent = tree[above]
    row = Entity(organization=laundry, kind=below, parent_id=parent.pk, name="New")
    if (above, below) in FITS:
        with organization_context(laundry.pk):
            row.full_clean()
        insert(Entity, laundry, kind=below, parent_id=parent.pk)
    else:
        with organization_context(laundry.pk), pytest.raises(ValidationError):
            row.full_clean()
        with pytest.raises(IntegrityError, match=MISFIT):
            insert(Entity, laundry, kind=below, parent_id=parent.pk)


def test_forms_hear_in_words_which_parent_fits(laundry, tree):
    row = Entity(organization=laundry, kind="location", parent=tree["group"], name="New")
    with organization_context(laundry.pk), pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert refused.value.message_dict == {"parent": ["A company is part of a group, and a location of a company."]}


@pytest.mark.parametrize(("row", "parent"), PAIRS)
def test_no_update_builds_a_cycle(tree, row, parent):
    """Whatever row is hung under whatever other, the tree stays the tree it was or is refused."""
    allowed = (parent, row) in FITS
    statement = "UPDATE hierarchy_entity SET parent_id = %s WHERE id = %s"
    if allowed:
        settle(statement, tree[parent].pk, tree[row].pk)
    else:
        with pytest.raises(IntegrityError, match=MISFIT):
            settle(statement, tree[parent].pk, tree[row].pk)


def test_a_row_is_not_its_own_parent_even_with_its_kind_changed_at_once(tree):
    for kind in KINDS:
        with pytest.raises(IntegrityError):
            settle("UPDATE hierarchy_entity SET parent_id = id, kind = %s WHERE id = %s", kind, tree["location"].pk)


def test_what_has_children_keeps_its_kind(laundry, tree):
    for kind in ("group", "company"):
        with pytest.raises(IntegrityError, match="entity_parent_kind_ref"):
            settle("UPDATE hierarchy_entity SET kind = 'location', parent_id = NULL WHERE id = %s", tree[kind].pk)
    settle("UPDATE hierarchy_entity SET kind = 'group', parent_id = NULL WHERE id = %s", tree["location"].pk)


def test_a_parent_of_another_organization_is_refused_whatever_its_kind(laundry, clinic):
    theirs = builders.make_entity(clinic, kind="group")
    with organization_context(laundry.pk), pytest.raises(ValidationError) as refused:
        Entity(organization=laundry, kind="company", parent_id=theirs.pk, name="New").full_clean()
    assert refused.value.message_dict == {"parent": ["This does not exist in the organization."]}
    with pytest.raises(IntegrityError, match="entity_parent_kind_ref"), in_transaction():
        builders.make_entity(laundry, kind="company", parent_id=theirs.pk)


def test_a_saved_row_knows_the_kind_above(tree):
    found = {kind: Entity._base_manager.get(pk=row.pk).parent_kind for kind, row in tree.items()}
    assert found == {"group": None, "company": "group", "location": "company"}
    assert str(tree["group"]) == "Group"
