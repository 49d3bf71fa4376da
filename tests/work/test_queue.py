"""«What should I do now»: ordered by money and urgency, taken by one, gone with its cause."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given as supposing
from hypothesis import strategies as st

from billing.services import LineInput, invoice_make, payment_accept
from core import clock, policies
from core.errors import NotFound
from messaging.models import Message
from patients.models import Patient
from patients.policies import NEEDED_ON_ARRIVAL
from scheduling.models import WaitingEntry
from scheduling.services import appointment_cancel, appointment_step
from tests.cast import person
from tests.factories import ServiceFactory
from tests.scheduling.conftest import *
from tests.work.test_tasks import give, page  # noqa: F401
from work import rules, selectors, services
from work.errors import ItemTaken
from work.models import Claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def day():
    """Visits of these tests are tomorrow."""
    return clock.today("Europe/Moscow") + timedelta(days=1)


def keys(user, **options):
    return [item.key for item in selectors.queue_of(user, **options).items]


@pytest.mark.feature("MOON-04")
@supposing(st.integers(0, 10**6), st.floats(-200, 200), st.floats(0.01, 100))
def test_more_money_and_less_time_never_weigh_less(money, hours, more):
    weight = rules.weight_of(Decimal(money), hours)
    assert rules.weight_of(Decimal(money + 1), hours) > weight
    assert rules.weight_of(Decimal(money), hours + more) <= weight
    assert rules.weight_of(Decimal(money), hours, is_urgent=True) > weight


@pytest.mark.feature("MOON-04")
def test_what_one_has_taken_no_other_is_shown(give, branch, reception, stranger, director):  # noqa: F811
    other = person("second", "administrator", branches=[branch])
    task = give(executor=None, role="administrator", actor=director)
    key = f"task:{task.pk}"
    services.item_claim(key=key, user=reception)
    assert (keys(reception), keys(other)) == ([key], [])
    assert [item.owner for item in selectors.queue_of(other, team=True).items] == [reception]
    with pytest.raises(ItemTaken):
        services.item_claim(key=key, user=other)
    with pytest.raises(NotFound):
        services.item_claim(key=key, user=stranger)
    services.item_release(key=key, user=other)  # not his: changes nothing
    assert keys(other) == []
    services.item_release(key=key, user=reception)
    assert keys(other) == [key]


def test_a_claim_ends_by_itself(give, branch, reception, director):  # noqa: F811
    other, task = person("second", "administrator", branches=[branch]), give(role="administrator")
    made = services.item_claim(key=f"task:{task.pk}", user=reception)
    Claim.objects.update(until=clock.now() - timedelta(seconds=1))
    assert keys(other) == [f"task:{task.pk}"]
    assert services.item_claim(key=f"task:{task.pk}", user=other).pk == made.pk
    with pytest.raises(IntegrityError, match="claim_of_one_person_at_a_time"), transaction.atomic():
        Claim.objects.create(key=f"task:{task.pk}", user=reception, until=clock.now())
    Claim.objects.update(until=clock.now() - timedelta(days=3))
    assert services.claims_sweep() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("MOON-04")
def test_eight_people_claim_one_item_and_one_has_it(give, branch):  # noqa: F811
    task = give(role="administrator")
    people = [person(f"p{number}", "administrator", branches=[branch]) for number in range(8)]
    won, barrier = [], threading.Barrier(8)

    def take(user):
        barrier.wait()
        try:
            services.item_claim(key=f"task:{task.pk}", user=user)
            won.append(user)
        except ItemTaken:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert [user for user in people if keys(user)] == won


@pytest.mark.feature("MOON-04")
def test_the_page_takes_gives_back_and_shows_one_sort(page, give, reception):  # noqa: F811
    task = give("Сорт", role="administrator")
    key = f"task:{task.pk}"
    shown = page.get(reverse("work:now"))
    assert "Сорт" in shown.content.decode()
    (kind, number), *_rest = shown.context["queue"].kinds
    assert number == 1
    assert "Сорт" in page.get(reverse("work:now"), {"kind": kind}).content.decode()
    assert page.post(reverse("work:claim"), {"key": key}, headers={"HX-Request": "true"}).status_code == 204
    assert Claim.objects.get().user == reception
    page.post(reverse("work:claim"), {"key": key, "back": "1"})
    assert Claim.objects.count() == 0
    assert page.post(reverse("work:claim"), {"key": "nonsense"}, headers={"HX-Request": "true"}).status_code == 404


# What the apps put into it, and how it goes


@pytest.mark.feature("MOON-04")
@pytest.mark.parametrize("way", ["confirmed", "cancelled", "button"])
def test_an_unconfirmed_visit_of_tomorrow_is_gone_by_whatever_path(book, page, reception, director, way):  # noqa: F811
    visit = book()
    key = f"confirm:{visit.pk}"
    item = next(item for item in selectors.queue_of(reception).items if item.key == key)
    if way == "button":
        assert page.post(item.post, item.values, headers={"HX-Request": "true"}).status_code < 400
    elif way == "confirmed":
        appointment_step(appointment_id=visit.pk, state="confirmed", actor=director)
    else:
        appointment_cancel(appointment_id=visit.pk, reason="болеет", then="lost", actor=director)
    assert key not in keys(reception)


@pytest.mark.feature("MOON-04")
def test_a_message_that_failed_waits_until_something_later_arrives(branch, reception, doctor):
    common = {"purpose": "manual", "phone": "+79001234567", "text": "Ждём", "segments": 1, "branch": branch,
              "send_after": clock.now()}  # fmt: skip
    failed = Message.objects.create(**common, state="failed", ended_at=clock.now(), created_at=clock.now())
    assert keys(reception) == [f"message:{failed.pk}"]
    assert keys(doctor) == []
    Message.objects.create(**common, created_at=clock.now() + timedelta(seconds=1))
    assert keys(reception) == []


@pytest.mark.feature("MOON-04")
def test_a_window_that_has_opened_waits_until_the_patient_is_booked(anna, branch, reception, stranger):
    entry = WaitingEntry.objects.create(patient=anna, branch=branch, earliest=clock.now().date() + timedelta(days=3))
    far = WaitingEntry.objects.create(patient=anna, branch=branch, earliest=clock.now().date() + timedelta(days=30))
    assert keys(reception) == [f"call:waiting:{entry.pk}"]
    assert keys(stranger) == []
    WaitingEntry.objects.filter(pk__in=[entry.pk, far.pk]).update(outcome="booked")
    assert keys(reception) == []
    assert Patient.objects.filter(pk=anna.pk).exists()


@pytest.mark.feature("MOON-04", "PAT-36")
def test_who_comes_within_hours_without_papers_waits_until_they_are_there(book, at, anna, reception):
    visit = book()
    policies.store(NEEDED_ON_ARRIVAL.key, ["birth_date"])
    policies.forget()
    with time_machine.travel(at(9)):
        assert f"papers:{visit.pk}" in keys(reception)
        Patient.objects.filter(pk=anna.pk).update(birth_date="1990-01-01")
        assert [item.why for item in selectors.queue_of(reception).items if item.key == f"papers:{visit.pk}"] == []


@pytest.mark.feature("MOON-04")
def test_who_owes_and_comes_today_waits_until_he_has_paid(book, at, anna, reception, doctor, branch, director):
    visit, service = book(), ServiceFactory()
    with time_machine.travel(at(9)):
        lines = [LineInput(service_id=service.pk, doctor_id=visit.doctor_id, price=Decimal("3000.00"))]
        invoice = invoice_make(patient_id=anna.pk, lines=lines, branch_id=branch.pk, actor=director)
        found = {item.key: item.money for item in selectors.queue_of(reception).items}
        assert found[f"debt:{anna.pk}:{visit.pk}"] == Decimal("3000.00")
        assert not any(key.startswith("debt:") for key in keys(doctor))
        payment_accept(invoice_id=invoice.pk, tenders=[("cash", Decimal("3000.00"))], actor=director)
        assert f"debt:{anna.pk}:{visit.pk}" not in keys(reception)
