"""What many ask for at once is made once, for those alone who may see the same, and never from before a change."""

import threading
import time

import pytest
import redis
from django.db import transaction

from core import live
from core.shared import shared
from tests.cast import person

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SCH-48", "SCH-56")]


class Maker:
    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        time.sleep(0.05)
        return b"answer %d" % self.times


def ask_together(users, make):
    found, threads = [], []
    for user in users:
        threads.append(threading.Thread(target=lambda user=user: found.append(shared(user, "board", make=make))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def desk(branch):
    people = [person(f"desk{number}", "administrator", branches=[branch]) for number in range(5)]
    for each in people:
        assert each.permission_codes and each.branch_ids  # read here: threads have another connection
    return people


def test_many_at_once_are_answered_by_one(desk):
    make = Maker()
    assert ask_together(desk, make) == [b"answer 1"] * 5
    assert make.times == 1


def test_after_a_change_it_is_made_anew(desk, django_capture_on_commit_callbacks):
    make = Maker()
    shared(desk[0], "board", make=make)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        live.announce("appointment", 1)
        assert shared(desk[1], "board", make=make) == b"answer 2", "its own process sees what is not committed yet"
    assert shared(desk[1], "board", make=make) == b"answer 3"
    assert shared(desk[2], "board", make=make) == b"answer 3"


def test_who_sees_other_things_gets_his_own(desk, branch, other_branch, doctor):
    make = Maker()
    stranger = person("elsewhere", "administrator", branches=[other_branch])
    answers = {shared(user, "board", make=make) for user in (desk[0], stranger, doctor)}
    assert len(answers) == 3
    assert shared(desk[0], "another board", make=make) == b"answer 4"


def test_it_is_not_kept_for_long(desk, monkeypatch):
    make = Maker()
    monkeypatch.setattr("core.shared.FRESH", 0.01)
    shared(desk[0], "board", make=make)
    time.sleep(0.02)
    assert shared(desk[1], "board", make=make) == b"answer 2"


def test_without_the_broker_everybody_gets_a_fresh_one(desk, monkeypatch):
    def gone(*_given, **_more):
        raise redis.ConnectionError

    make = Maker()
    monkeypatch.setattr(redis.Redis, "xrevrange", gone)
    assert [shared(user, "board", make=make) for user in desk[:2]] == [b"answer 1", b"answer 2"]
