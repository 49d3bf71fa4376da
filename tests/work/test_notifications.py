"""The bell: who is told, once, what he has not muted."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from core import clock
from core.errors import Invalid
from tests.cast import person
from work import selectors, services
from work.models import Notification
from work.notices import REGISTRY, Notice

pytestmark = pytest.mark.django_db
LATE = REGISTRY.get("test.late") or Notice(
    "test.late", "Поздно", "%(name)s is late", "clock", "red", roles=("administrator",)
)


def test_a_role_of_a_branch_is_told(reception, stranger, doctor, branch):
    assert services.notify(LATE, branch_id=branch.pk, name="Анна") == 1
    row = Notification.objects.get()
    assert (row.user, row.text) == (reception, "Анна is late")
    assert selectors.unread_count(reception) == 1


def test_the_one_who_did_it_is_not_told(reception, branch):
    other = person("second", "administrator", branches=[branch])
    services.notify(LATE, branch_id=branch.pk, but=reception, name="Анна")
    assert [row.user for row in Notification.objects.all()] == [other]


def test_with_a_key_nobody_hears_it_twice(reception, branch):
    for _time in range(2):
        services.notify(LATE, branch_id=branch.pk, key="late:1", name="Анна")
    assert Notification.objects.count() == 1


@pytest.mark.feature("MSG-07", "TSK-11")
def test_who_has_muted_a_kind_does_not_hear_it(client, reception, branch):
    client.force_login(reception)
    url = reverse("work:notification-kinds")
    assert "Поздно" in client.get(url).content.decode()
    client.post(url, {"kinds": [code for code in REGISTRY if code != LATE.code]})
    assert services.notify(LATE, branch_id=branch.pk, name="Анна") == 0
    client.post(url, {"kinds": list(REGISTRY)})
    assert services.notify(LATE, branch_id=branch.pk, name="Анна") == 1


def test_an_unknown_kind_is_refused(reception):
    with pytest.raises(Invalid):
        services.mute(user=reception, wanted=["nonsense"])


def test_the_tray_shows_reads_and_leads_on(client, reception, stranger, branch):
    services.notify(LATE, branch_id=branch.pk, url="/tasks/", name="Анна")
    row = Notification.objects.get()
    client.force_login(stranger)
    assert "Анна" not in client.get(reverse("work:tray")).content.decode()
    assert client.get(reverse("work:notification", args=[row.pk])).status_code == 404
    client.force_login(reception)
    assert "Анна" in client.get(reverse("work:tray")).content.decode()
    assert b'id="tray-dot">' in client.get(reverse("work:tasks-list")).content
    answer = client.get(reverse("work:notification", args=[row.pk]))
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    assert selectors.unread_count(reception) == 0
    services.notify(LATE, branch_id=branch.pk, name="Пётр")
    assert b"hidden" in client.post(reverse("work:notifications-read")).content
    assert selectors.unread_count(reception) == 0
    assert client.get(reverse("work:notifications-list")).content.count(b"<tr data-row") == 2


def test_it_never_leads_away_from_the_program(client, reception, branch):
    services.notify(LATE, branch_id=branch.pk, url="https://evil.example/", name="Анна")
    client.force_login(reception)
    answer = client.get(reverse("work:notification", args=[Notification.objects.get().pk]))
    assert answer["Location"] == reverse("work:notifications-list")


@pytest.mark.feature("TSK-11")
def test_what_is_put_off_leaves_the_bell_and_comes_back(client, reception, stranger, branch):
    services.notify(LATE, branch_id=branch.pk, name="Анна")
    row = Notification.objects.get()
    client.force_login(stranger)
    later = reverse("work:notification-snooze", args=[row.pk])
    assert client.post(later, {"for": "2h"}).status_code == 404
    client.force_login(reception)
    assert client.post(later, {"for": "2h"}).status_code == 204
    assert (selectors.unread_count(reception), selectors.notifications_shown(reception)) == (0, [])
    with time_machine.travel(clock.now() + timedelta(hours=3)):
        assert selectors.unread_count(reception) == 1
        assert selectors.notifications_shown(reception) == [row]
