"""Audit and history: complete, and out of reach of the program's own account."""

import pytest
from django.db import ProgrammingError, connection, transaction

from clinic.models import Branch
from core.audit import audit, sentence, text_of
from core.models import AuditEntry, HistoryEntry

pytestmark = pytest.mark.django_db
sentence("test.thing.done", "%(object)s was done by %(amount)s", "check", "green", compartment="financial")


@pytest.mark.feature("SET-18")
def test_a_bulk_update_leaves_what_changed_from_what_to_what(branch):
    Branch.objects.filter(pk=branch.pk).update(name="Юг", phone="+79990000000")
    row = HistoryEntry.objects.get(table_name="clinic_branch", row_id=branch.pk)
    assert row.changes == {"name": ["Центр", "Юг"], "phone": ["", "+79990000000"]}


def test_an_update_that_changes_nothing_leaves_nothing(branch):
    Branch.objects.filter(pk=branch.pk).update(name=branch.name)
    assert not HistoryEntry.objects.filter(table_name="clinic_branch", row_id=branch.pk).exists()


@pytest.mark.feature("SET-18")
def test_the_actor_of_a_change_is_found_through_the_transaction(branch, director):
    Branch.objects.filter(pk=branch.pk).update(name="Юг")
    audit(director, "test.thing.done", branch, amount=5)
    change = HistoryEntry.objects.get(table_name="clinic_branch", row_id=branch.pk)
    assert AuditEntry.objects.get(transaction_id=change.transaction_id, code="test.thing.done").actor_id == director.pk


def test_an_entry_reads_as_a_sentence_in_its_compartment(branch, director):
    entry = audit(director, "test.thing.done", branch, amount=5)
    assert text_of(entry) == "Центр was done by 5"
    assert entry.compartment == "financial"


@pytest.mark.parametrize("table", ["core_auditentry", "core_historyentry"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}"])
def test_the_program_cannot_rewrite_its_records(table, verb):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))
