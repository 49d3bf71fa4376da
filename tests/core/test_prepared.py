"""A query whose SQL is written once answers as the queryset itself would."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import User
from clinic.selectors import user_loaded
from core.prepared import INTEGER, TEXT, Prepared
from tests.factories import ChairFactory

pytestmark = pytest.mark.django_db


def test_rows_are_those_of_the_queryset(director, reception, doctor):
    asked = Prepared(lambda hole: User.objects.with_rights().filter(pk=hole), INTEGER)
    for user in (director, reception, doctor, director):
        (found,) = asked(user.pk)
        plain = User.objects.with_rights().get(pk=user.pk)
        assert found == plain
        assert found.permission_codes == plain.permission_codes
        assert (found.branch_ids, found.scope, found.role_codes) == (plain.branch_ids, plain.scope, plain.role_codes)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            assert found.staff == plain.staff
        assert len(statements) == 0
    assert asked(0) == []


def test_each_asking_reads_anew_and_gives_new_rows(director):
    asked = Prepared(lambda hole: User.objects.with_rights().filter(pk=hole), INTEGER)
    (before,) = asked(director.pk)
    User.objects.filter(pk=director.pk).update(name="Другой", granted=["x.y"])
    (after,) = asked(director.pk)
    assert (before.name, after.name) == ("Директор", "Другой")
    assert before is not after


def test_a_text_may_be_the_value(director):
    asked = Prepared(lambda hole: User.objects.filter(username=hole).select_related("staff"), TEXT)
    assert asked("director") == [director]
    assert asked("it's not there") == []


def test_several_rows_in_their_order(branch):
    chairs = [ChairFactory(branch=branch, position=place) for place in (3, 1, 2)]
    asked = Prepared(lambda hole: type(chairs[0]).objects.filter(branch_id=hole).order_by("position"), INTEGER)
    assert [chair.position for chair in asked(branch.pk)] == [1, 2, 3]


def test_a_query_that_changes_its_value_is_refused():
    asked = Prepared(lambda hole: User.objects.filter(username__contains=hole), TEXT)
    with pytest.raises(ValueError, match="as it is given"):
        asked("dir")


@pytest.mark.django_db(transaction=True)
def test_threads_share_nothing(director):
    asked = Prepared(lambda hole: User.objects.with_rights().filter(pk=hole), INTEGER)
    found, wrong = [], []

    def ask():
        try:
            for _ in range(20):
                found.extend(asked(director.pk))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert found == [director] * 80


def test_a_signed_in_user_costs_one_statement(director, django_assert_num_queries):
    user_loaded(director.pk)
    with django_assert_num_queries(1):
        user = user_loaded(director.pk)
        assert user.permission_codes and user.branch_ids is not None
