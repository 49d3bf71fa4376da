"""A writing service is atomic, repeated when the database asks for it, and names broken constraints."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connection

from clinic.models import Branch
from core.command import command, lock
from core.errors import Busy, DomainError
from core.trash import RestoreBlocked, trash_put, trash_restore
from tests.factories import BranchFactory


class FakeDatabaseWord(Exception):
    def __init__(self, code):
        self.pgcode = code


def refuse(code):
    error = OperationalError("refused")
    error.__cause__ = FakeDatabaseWord(code)
    raise error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", ["40P01", "40001", "55P03"])
def test_a_lost_race_is_tried_three_times_then_busy(code):
    tries = []

    @command
    def book():
        tries.append(1)
        refuse(code)

    with pytest.raises(Busy):
        book()
    assert len(tries) == 3


@pytest.mark.django_db(transaction=True)
def test_another_failure_of_the_database_is_not_repeated():
    tries = []

    @command
    def book():
        tries.append(1)
        refuse("57014")

    with pytest.raises(OperationalError):
        book()
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_middle_keeps_nothing():
    @command
    def open_branch():
        BranchFactory(name="Юг")
        raise DomainError

    with pytest.raises(DomainError):
        open_branch()
    assert not Branch.objects.filter(name="Юг").exists()


@pytest.mark.django_db(transaction=True)
def test_a_broken_constraint_becomes_a_refusal():
    @command
    def twice():
        first = BranchFactory(name="Юг")
        BranchFactory(name="Юг", legal_entity=first.legal_entity)

    with pytest.raises(DomainError) as refused:
        twice()
    assert refused.value.facts == {"constraint": "branch_name_is_unique"}
    assert isinstance(refused.value.__cause__, IntegrityError)


@pytest.mark.django_db(transaction=True)
def test_locks_are_taken_in_one_order_whatever_order_they_are_named_in():
    """Two threads name the same two resources in opposite orders many times; a deadlock would fail one of them."""
    failures = []

    def work(keys):
        try:
            for _ in range(20):
                command(lambda: lock(*keys))()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    pairs = [(("chair", 1), ("doctor", 2)), (("doctor", 2), ("chair", 1))]
    threads = [threading.Thread(target=work, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.django_db
@pytest.mark.feature("SET-04")
def test_what_was_deleted_returns_with_its_children(director, chair, other_branch):
    entry = trash_put(chair.branch, actor=director, reason="закрыли")
    chair.refresh_from_db()
    assert chair.deleted_at is not None
    trash_restore(entry.pk, actor=director)
    chair.refresh_from_db()
    assert chair.deleted_at is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("SET-04")
def test_restoring_into_a_taken_place_says_so_and_keeps_the_trash(director, branch, other_branch):
    entry = trash_put(branch, actor=director)
    BranchFactory(name=branch.name, legal_entity=branch.legal_entity)
    with pytest.raises(RestoreBlocked):
        trash_restore(entry.pk, actor=director)
    entry.refresh_from_db()
    assert entry.restored_at is None
