"""The system check: one deliberately broken model for each error, and a clean registry."""

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.management import call_command
from django.db import models
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from apps.core.checks import check_tenancy, tenancy_errors
from apps.core.constraints import TenantReference, tenant_key, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.managers import TenantManager
from apps.core.models import GlobalModel, ImportedModel, TenantModel


def errors(model):
    return sorted(error.id.removeprefix("bellwether.") for error in tenancy_errors(model))


@pytest.fixture(autouse=True)
def scratch_registry():
    with isolate_apps("apps.accounts", "apps.marketplace", "apps.hierarchy"):
        yield


class Broken:
    """Base of the Meta classes below: models of the marketplace, so that references by name resolve."""

    app_label = "marketplace"


def referred_to():
    class Parent(TenantModel):
        class Meta(Broken):
            constraints = [*tenant_key("parent")]

    return Parent


def test_the_models_of_this_repository_break_nothing():
    assert check_tenancy(None) == []
    call_command("check", "--tag", "tenancy")


def test_the_check_looks_at_all_our_apps_and_no_others(monkeypatch):
    seen = []
    monkeypatch.setattr("apps.core.checks.tenancy_errors", lambda model: seen.append(model) or [])
    real = list(apps.get_app_configs())
    check_tenancy(real)
    assert {model._meta.app_label for model in seen} == {
        config.label for config in real if config.name.startswith("apps.") and list(config.get_models())
    }


def test_a_good_model_has_no_errors():
    parent = referred_to()

    class Good(ImportedModel):
        parent_row = TenantForeignKey(parent, on_delete=models.CASCADE)
        platform = models.ForeignKey("accounts.User", on_delete=models.CASCADE)

        class Meta(Broken):
            constraints = [
                tenant_leaf("good"),
                TenantReference(field="parent_row", name="good_parent_ref"),
                models.UniqueConstraint(fields=["organization", "external_id"], name="good_external_id"),
                models.UniqueConstraint(models.F("organization"), Lower("external_id"), name="good_lower"),
            ]
            indexes = [
                models.Index(fields=["organization", "-created_at"], name="good_created"),
                models.Index(models.F("organization"), Lower("external_id"), name="good_index"),
            ]

    assert errors(Good) == []


def test_a_model_says_whose_rows_it_has():
    class Neither(models.Model):
        class Meta(Broken):
            pass

        def __str__(self):
            return "neither"

    assert errors(Neither) == ["E001"]


@pytest.mark.parametrize(
    "field",
    [
        models.DecimalField(max_digits=9, decimal_places=2),
        models.DateTimeField(),
        models.DateField(null=True),
    ],
    ids=lambda field: type(field).__name__,
)
def test_a_number_or_time_of_a_fact_without_bounds_is_refused(field):
    class Unbounded(ImportedModel):
        value = field.clone()

        class Meta(Broken):
            constraints = [
                tenant_leaf("unbounded"),
                models.CheckConstraint(condition=models.Q(value__isnull=False), name="unbounded_value"),
                models.CheckConstraint(
                    condition=models.Q(value__lt=5) | models.Q(external_id="any"), name="unbounded_or_not"
                ),
            ]

    assert errors(Unbounded) == ["E014"]


def test_a_number_that_is_no_fact_needs_bounds_too_and_the_time_of_the_program_none():
    class Setting(TenantModel):
        share = models.DecimalField(max_digits=4, decimal_places=3)
        changed_at = models.DateTimeField()

        class Meta(Broken):
            constraints = [tenant_leaf("setting")]

    assert errors(Setting) == ["E014"]


def test_the_organization_is_not_null():
    class Nullable(TenantModel):
        organization = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, null=True, db_index=False)

        class Meta(Broken):
            constraints = [tenant_leaf("nullable")]

    assert errors(Nullable) == ["E002"]


def test_the_organization_is_immutable():
    class Mutable(TenantModel):
        class Meta(Broken):
            pass

    assert errors(Mutable) == ["E003"]


@pytest.mark.parametrize("field", [models.ForeignKey, models.OneToOneField])
def test_a_plain_key_to_a_tenant_table_is_refused(field):
    parent = referred_to()

    class Plain(TenantModel):
        parent_row = field(parent, on_delete=models.CASCADE, db_index=False)

        class Meta(Broken):
            constraints = [tenant_leaf("plain")]

    assert errors(Plain) == (["E004"] if field is models.ForeignKey else ["E004", "E006"])


def test_a_model_that_extends_a_concrete_one_is_refused():
    parent = referred_to()

    class Child(parent):
        class Meta(Broken):
            constraints = [tenant_leaf("child")]

    assert "E004" in errors(Child)


def test_a_tenant_key_without_its_composite_reference_is_refused():
    parent = referred_to()

    class Unguarded(TenantModel):
        parent_row = TenantForeignKey(parent, on_delete=models.CASCADE)

        class Meta(Broken):
            constraints = [tenant_leaf("unguarded")]

    assert errors(Unguarded) == ["E005"]


@pytest.mark.parametrize(
    "constraint",
    [
        models.UniqueConstraint(fields=["code"], name="bad"),
        models.UniqueConstraint(fields=["code", "organization"], name="bad"),
        models.UniqueConstraint(Lower("code"), models.F("organization"), name="bad"),
        ExclusionConstraint(expressions=[("code", "="), ("organization", "=")], name="bad"),
        ExclusionConstraint(expressions=[("organization", "<>"), ("code", "=")], name="bad"),
    ],
    ids=["alone", "after", "expression", "exclusion", "exclusion of others"],
)
def test_what_is_unique_begins_with_the_organization(constraint):
    class Unscoped(TenantModel):
        code = models.CharField(max_length=10)

        class Meta(Broken):
            constraints = [tenant_leaf("unscoped"), constraint]

    assert errors(Unscoped) == ["E006"]


def test_a_unique_field_or_unique_together_is_refused_too():
    class Unscoped(TenantModel):
        code = models.CharField(max_length=10, unique=True)

        class Meta(Broken):
            constraints = [tenant_leaf("unscoped")]
            unique_together = (("code", "organization"),)

    assert errors(Unscoped) == ["E006", "E006"]


@pytest.mark.parametrize(
    "index",
    [
        models.Index(fields=["code"], name="bad"),
        models.Index(fields=["-code", "organization"], name="bad"),
        models.Index(Lower("code"), name="bad"),
    ],
    ids=["alone", "after", "expression"],
)
def test_an_index_begins_with_the_organization(index):
    class Unscoped(TenantModel):
        code = models.CharField(max_length=10)

        class Meta(Broken):
            constraints = [tenant_leaf("unscoped")]
            indexes = [index]

    assert errors(Unscoped) == ["E007"]


def test_an_indexed_field_is_refused_unless_it_refers_to_a_table_of_the_platform():
    parent = referred_to()

    class Unscoped(TenantModel):
        code = models.CharField(max_length=10, db_index=True)
        parent_row = TenantForeignKey(parent, on_delete=models.CASCADE, db_index=True)
        user = models.ForeignKey("accounts.User", on_delete=models.CASCADE)

        class Meta(Broken):
            constraints = [tenant_leaf("unscoped"), TenantReference(field="parent_row", name="unscoped_ref")]

    assert errors(Unscoped) == ["E007", "E007"]


def test_a_many_to_many_field_is_refused():
    parent = referred_to()

    class Many(TenantModel):
        parents = models.ManyToManyField(parent)

        class Meta(Broken):
            constraints = [tenant_leaf("many")]

    assert errors(Many) == ["E008"]


@pytest.mark.parametrize("base", [TenantModel, GlobalModel])
def test_a_key_from_a_sequence_is_refused(base):
    class Counted(base):
        id = models.BigAutoField(primary_key=True)

        class Meta(Broken):
            constraints = [tenant_leaf("counted")] if base is TenantModel else []

    assert errors(Counted) == ["E009"]


def test_a_table_of_the_platform_does_not_refer_to_a_tenants():
    parent = referred_to()

    class Platform(GlobalModel):
        one = models.ForeignKey(parent, on_delete=models.CASCADE)
        several = models.ManyToManyField(parent, related_name="+")

        class Meta(Broken):
            pass

    assert errors(Platform) == ["E010", "E010"]


def test_every_manager_respects_the_context():
    class Open(TenantModel):
        objects = models.Manager()
        scoped = TenantManager()

        class Meta(Broken):
            constraints = [tenant_leaf("open")]

    assert errors(Open) == ["E011"]


def test_a_tenant_key_to_a_table_of_the_platform_is_refused():
    class Confused(TenantModel):
        user = TenantForeignKey("accounts.User", on_delete=models.CASCADE)

        class Meta(Broken):
            constraints = [tenant_leaf("confused")]

    assert errors(Confused) == ["E012"]


def test_a_table_that_is_referred_to_has_the_key():
    class Leaf(TenantModel):
        class Meta(Broken):
            constraints = [
                tenant_leaf("leaf"),
                models.UniqueConstraint(
                    fields=["organization", "id"], condition=models.Q(organization__isnull=False), name="partial"
                ),
            ]

    class Branch(TenantModel):
        leaf = TenantForeignKey(Leaf, on_delete=models.CASCADE)

        class Meta(Broken):
            constraints = [tenant_leaf("branch"), TenantReference(field="leaf", name="branch_leaf_ref")]

    assert errors(Branch) == ["E013"]


def test_a_proxy_has_no_table_to_check():
    class Stand(referred_to()):
        class Meta(Broken):
            proxy = True

    assert errors(Stand) == []
