"""Start and end of work by one button, corrections that another person agrees to."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from core import clock
from core.errors import IllegalMove, Invalid, NotFound
from tests.cast import person
from work import selectors, services
from work.errors import AlreadyAtWork, CorrectionAsked, NotAtWork, PeriodOverlaps
from work.models import Notification, TimeCorrection, WorkKind, WorkPeriod

pytestmark = [pytest.mark.django_db, pytest.mark.feature("HR-14")]


@pytest.fixture
def senior(branch):
    return person("senior", "senior", branches=[branch])


@pytest.fixture
def ask(reception, branch):
    def make(hours=3, length=2, **changes):
        start = clock.now() - timedelta(hours=hours)
        given = {"user": reception, "started_at": start, "ended_at": start + timedelta(hours=length), "reason": "забыла",
                 "branch_id": branch.pk}  # fmt: skip
        return services.correction_ask(**{**given, **changes})

    return make


def test_work_starts_and_ends_once(reception, branch):
    kind = WorkKind.objects.create(name="Регистратура")
    row = services.work_start(user=reception, branch_id=branch.pk, kind_id=kind.pk)
    assert selectors.at_work(reception)["going"] == row
    with pytest.raises(AlreadyAtWork):
        services.work_start(user=reception)
    assert services.work_end(user=reception).ended_at > row.started_at
    with pytest.raises(NotAtWork):
        services.work_end(user=reception)
    with pytest.raises(Invalid):
        services.work_start(user=reception, kind_id=999999)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_six_clicks_start_work_once(reception):
    barrier, refused = threading.Barrier(6), []

    def start():
        barrier.wait()
        try:
            services.work_start(user=reception)
        except AlreadyAtWork:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (WorkPeriod.objects.count(), len(refused)) == (1, 5)


def test_a_correction_changes_nothing_before_another_has_agreed(ask, reception, senior, stranger, director):
    row = ask()
    assert WorkPeriod.objects.count() == 0
    assert [item.key for item in selectors.queue_of(senior).items] == [f"time:{row.pk}"]
    assert Notification.objects.filter(user=senior, kind="work.time_asked").exists()
    with pytest.raises(IllegalMove):
        services.correction_decide(correction_id=row.pk, agrees=True, actor=reception)
    with pytest.raises(NotFound):
        services.correction_decide(correction_id=row.pk, agrees=True, actor=stranger)
    services.correction_decide(correction_id=row.pk, agrees=True, actor=senior)
    made = WorkPeriod.objects.get()
    assert (made.started_at, made.is_corrected, made.user) == (row.started_at, True, reception)
    assert selectors.queue_of(senior).items == []
    with pytest.raises(IllegalMove):
        services.correction_decide(correction_id=row.pk, agrees=False, actor=director)


def test_a_period_is_corrected_once_at_a_time_and_never_over_another(ask, reception, senior):
    services.correction_decide(correction_id=ask().pk, agrees=True, actor=senior)
    period = WorkPeriod.objects.get()
    other = ask(hours=10)
    with pytest.raises(IntegrityError, match="time_correction_asked_once"), transaction.atomic():
        for _number in range(2):
            TimeCorrection.objects.create(
                user=reception, period=period, started_at=period.started_at, ended_at=period.ended_at, reason="x"
            )
    ask(period_id=period.pk)
    services.correction_decide(correction_id=other.pk, agrees=False, actor=senior)
    assert WorkPeriod.objects.count() == 1
    with pytest.raises(IntegrityError, match="work_period_never_overlaps"), transaction.atomic():
        services.correction_decide(correction_id=ask(hours=4, length=3).pk, agrees=True, actor=senior)
    assert {PeriodOverlaps.code, CorrectionAsked.code} == {"period_overlaps", "correction_asked"}


@pytest.mark.parametrize(
    "wrong", [{"length": -1}, {"length": 30}, {"hours": 1, "length": 2}, {"reason": " "}, {"period_id": 999999}]
)
def test_a_wrong_correction_is_refused(ask, wrong):
    with pytest.raises((Invalid, NotFound)):
        ask(**wrong)


def test_constraints_hold(reception, ask):
    row, now = ask(), clock.now()
    for model, changes, name in (
        (TimeCorrection, {"ended_at": row.started_at}, "time_correction_ends_after_start"),
        (TimeCorrection, {"state": "approved"}, "time_correction_decided_at_a_time"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            model.objects.update(**changes)
    with pytest.raises(IntegrityError, match="work_period_ends_after_start"), transaction.atomic():
        WorkPeriod.objects.create(user=reception, started_at=now, ended_at=now)
    WorkKind.objects.create(name="Учёба")
    with pytest.raises(IntegrityError, match="work_kind_name_is_unique"), transaction.atomic():
        WorkKind.objects.create(name="учёба")


def test_the_button_and_the_pages(client, reception, senior, doctor, branch):
    client.force_login(reception)
    assert 'id="presence"' in client.get(reverse("work:time-list")).content.decode()
    started = client.post(reverse("work:presence", args=["start"]), headers={"HX-Request": "true"})
    assert "presence-on" in started.content.decode()
    assert client.post(reverse("work:presence", args=["start"]), headers={"HX-Request": "true"}).status_code == 409
    client.post(reverse("work:presence", args=["end"]))
    assert client.get(reverse("work:time-list")).content.count(b"<tr data-row") == 1
    typed = {"started_at": "23.11.2020 09:00", "ended_at": "23.11.2020 15:00", "reason": "забыла отметиться"}
    period = WorkPeriod.objects.get()
    url = f"{reverse('work:correction-new')}?period={period.pk}"
    assert client.post(url, {**typed, "reason": ""}).status_code == 422
    assert client.post(url, typed).status_code == 302
    row = TimeCorrection.objects.get()
    decide = reverse("work:correction-decide", args=[row.pk, "yes"])
    assert client.post(decide).status_code == 403
    client.force_login(doctor)
    assert client.get(reverse("work:time-list")).content.count(b"<tr data-row") == 0
    client.force_login(senior)
    assert client.get(reverse("work:time-corrections-list")).content.count(b"<tr data-row") == 1
    assert client.post(decide).status_code == 302
    period.refresh_from_db()
    assert f"{period.started_at:%Y}" == "2020"
