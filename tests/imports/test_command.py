"""The commands: exit codes, clear errors, files."""

import csv

import pytest
from django.core.management import CommandError, call_command

from apps.core.context import organization_context
from apps.core.models import JobRun, JobStatus
from apps.imports.models import ImportRun
from apps.marketplace.models import Customer, Order

HEADER = "external_id,customer,ordered_at,amount,currency,status\n"


@pytest.fixture
def mixed(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "O1,C1,2024-06-01,10.00,USD,paid\nO2,C1,2024-06-01,ten,USD,paid\n")
    return path


def command(*files, **options):
    call_command("import_data", *map(str, files), **{"organization": "laundry", "mapping": "orders", **options})


def orders(organization):
    with organization_context(organization.pk):
        return list(Order.objects.values_list("external_id", flat=True))


def test_rejected_rows_refuse_the_whole_and_exit_with_two(laundry, mixed, tmp_path, capsys):
    with pytest.raises(CommandError, match="Nothing was written") as caught:
        command(mixed, rejected=tmp_path / "rest.csv")
    assert caught.value.returncode == 2
    assert "orders.csv, line 3, amount: 'ten' is not an amount" in capsys.readouterr().out
    assert orders(laundry) == []


def test_the_valid_rows_go_in_and_the_rest_can_be_corrected_and_imported(laundry, mixed, tmp_path, capsys):
    rest = tmp_path / "rest.csv"
    command(mixed, valid_rows=True, rejected=rest)
    assert orders(laundry) == ["O1"]
    (row,) = csv.DictReader(rest.read_text().splitlines())
    assert (row["rejected_line"], row["rejected_column"], row["rejected_value"]) == ("3", "amount", "ten")
    rest.write_text(rest.read_text().replace(',"ten",', ',"10",'))
    command(rest)
    assert sorted(orders(laundry)) == ["O1", "O2"]


def test_a_preview_exits_well_and_writes_nothing(laundry, mixed, capsys):
    command(mixed, preview=True)
    assert "This was a preview: nothing was written." in capsys.readouterr().out
    assert orders(laundry) == []


def test_the_ledger_tells_how_it_went(laundry, mixed):
    command(mixed, valid_rows=True)
    job = JobRun.objects.get()
    assert (job.status, job.progress, job.rows) == (JobStatus.SUCCEEDED, 100, 2)
    with organization_context(laundry.pk):
        assert ImportRun.objects.get().rows_rejected == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organization": "nobody"}, "There is no organization “nobody”. Known are laundry."),
        ({"mapping": "ordres"}, "Did you mean “orders”?"),
        ({"mapping": "absent.yaml"}, "The mapping absent.yaml cannot be read"),
        ({"mapping": "takeaway"}, "has no column “OrderNumber”"),
    ],
)
def test_what_cannot_be_imported_is_told_without_a_trace(laundry, mixed, options, message):
    with pytest.raises(CommandError) as caught:
        command(mixed, **options)
    assert message in str(caught.value)
    assert caught.value.returncode == 1


def test_a_file_that_is_not_there_is_told(laundry, tmp_path):
    with pytest.raises(CommandError, match="is not a file"):
        command(tmp_path / "none.csv")


def test_a_misspelt_column_does_not_make_orders_of_any_name_customers(laundry, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("external_id,number,customer,status,Placed At,total\nO1,1,C1,completed,2024-06-01T10:00,5\n")
    with pytest.raises(CommandError, match=r"export\.csv has no column “placed_at”.* for orders the mapping"):
        command(path, mapping="bellwether")


def test_a_file_that_could_be_several_things_is_not_guessed_at(laundry, tmp_path):
    path = tmp_path / "kunden.csv"
    path.write_text("external_id,name\nC1,Ann\n")
    with pytest.raises(CommandError, match=r"kunden\.csv fit categories, partners, .*like categories\* or partners\*"):
        command(path, mapping="bellwether")
    command(path.rename(tmp_path / "customers.csv"), mapping="bellwether")
    with organization_context(laundry.pk):
        assert list(Customer.objects.values_list("external_id", "name")) == [("C1", "Ann")]


def test_a_file_without_rows_is_not_said_to_be_stored_already(laundry, tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(HEADER)
    command(path)
    assert "The files have no rows below their headers." in capsys.readouterr().out


def test_a_warning_counts_the_rows_that_are_left_once(laundry, tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(
        "external_id,number,customer,channel,status,placed_at,total\n"
        "O1,1,,web,completed,2024-06-01T10:00:00,5\nO2,2,NOBODY,web,completed,2024-06-01T10:00:00,5\n"
    )
    command(path, mapping="bellwether", valid_rows=True)
    notes = [line for line in capsys.readouterr().out.splitlines() if "when completed" in line]
    assert notes == [
        "Note: 1 completed order does not say when completed: the last instant that is known of it was taken."
    ]


def test_templates_that_may_be_filled_in_are_never_overwritten(tmp_path):
    call_command("import_templates", str(tmp_path))
    (tmp_path / "entities.csv").write_text("mine")
    with pytest.raises(CommandError, match=r"entities\.csv is there already"):
        call_command("import_templates", str(tmp_path))
    assert (tmp_path / "entities.csv").read_text() == "mine"


def test_the_templates_can_be_imported_as_they_are(laundry, tmp_path):
    call_command("import_templates", str(tmp_path / "t"))
    for kind in ("csv", "xlsx"):
        command(*sorted((tmp_path / "t").glob(f"*.{kind}")), mapping="bellwether")
    assert orders(laundry) == ["1001"]


def test_a_rejected_cell_that_looks_like_a_formula_is_made_harmless(laundry, tmp_path):
    path, rest = tmp_path / "orders.csv", tmp_path / "rest.csv"
    path.write_text(HEADER + '=1+1,"@SUM(A1)",2024-06-01,-5.25,USD,odd\n')
    with pytest.raises(CommandError):
        command(path, rejected=rest)
    (row,) = csv.DictReader(rest.read_text().splitlines())
    assert (row["external_id"], row["customer"], row["amount"]) == ("'=1+1", "'@SUM(A1)", "-5.25")
