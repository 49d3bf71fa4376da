"""The log, a message, writing one, templates: who sees what, and what is refused."""

import uuid

import pytest
from django.urls import reverse

from messaging import services
from messaging.models import Message, Template

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, reception):
    client.force_login(reception)
    return client


@pytest.mark.feature("MSG-01", "MSG-02")
def test_the_log_shows_and_filters_messages(page, queue):
    queue(1)
    other = queue(2)
    Message.objects.filter(pk=other.pk).update(phone="+79995554433", text="Приходите", segments=3, state="failed")
    log = reverse("messaging:messages-list")
    assert page.get(log).content.count(b"<tr data-row") == 2
    for query in ("phone=8 (999) 555", "text=приход", "state=failed", "segments_min=2", "search=5554433"):
        shown = page.get(f"{log}?{query}").content.decode()
        assert shown.count("<tr data-row") == 1, query
        assert "Приходите" in shown
    assert page.get(f"{log}?sent_after=2026-01-01").content.count(b"<tr data-row") == 0


def test_another_branchs_messages_are_not_seen(page, queue, other_branch):
    message = queue(branch=other_branch)
    assert page.get(reverse("messaging:messages-list")).content.count(b"<tr data-row") == 0
    for name in ("message", "message-withdraw", "message-repeat"):
        assert page.post(reverse(f"messaging:{name}", args=[message.pk])).status_code == 404


@pytest.mark.parametrize("role", ["doctor", "assistant", "finance"])
def test_those_who_have_no_business_with_messages_are_refused(client, branch, role):
    from tests.cast import person

    client.force_login(person(role, role, branches=[branch]))
    for name in ("messages-list", "message-new", "templates"):
        assert client.get(reverse(f"messaging:{name}")).status_code == 403


def test_a_message_has_a_page_with_its_history(page, queue, notebook):
    message = queue()
    services.messages_drain()
    shown = page.get(message.get_absolute_url()).content.decode()
    assert message.text in shown
    assert str(message.key) in shown


@pytest.mark.feature("MSG-03")
def test_one_message_is_written_by_hand(page):
    key = uuid.uuid4()
    typed = {"phone": "8 900 123-45-67", "kind": "service", "text": "Ждём вас", "idempotency_key": key.hex}
    url = reverse("messaging:message-new")
    assert page.get(url).status_code == 200
    assert page.post(url, typed).status_code == 302
    page.post(url, typed)
    message = Message.objects.get()
    assert (message.phone, message.text, message.key) == ("+79001234567", "Ждём вас", key)


@pytest.mark.parametrize(
    "wrong", [{"phone": "12345"}, {"phone": ""}, {"text": "  "}, {"text": "я" * 1001}, {"kind": "spam"}]
)
def test_a_wrong_message_is_refused_beside_its_field_and_what_was_typed_stays(page, wrong):
    typed = {"phone": "+79001234567", "kind": "service", "text": "Ждём вас", **wrong}
    answer = page.post(reverse("messaging:message-new"), typed)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert Message.objects.count() == 0


@pytest.mark.feature("MSG-03")
def test_the_parts_are_counted_while_one_types(page):
    assert "2" in page.post(reverse("messaging:preview"), {"text": "я" * 71}).content.decode()


def test_a_waiting_message_is_withdrawn_by_its_button(page, queue):
    message = queue()
    page.post(reverse("messaging:message-withdraw", args=[message.pk]))
    message.refresh_from_db()
    assert message.state == "withdrawn"


def test_chosen_messages_are_withdrawn_at_once(page, queue):
    ids = [queue(number).pk for number in range(1, 4)]
    page.post(reverse("messaging:messages-action", args=["withdraw"]), {"id": ids[:2]})
    assert Message.objects.filter(state="withdrawn").count() == 2


@pytest.fixture
def template(db):
    return Template.objects.get_or_create(purpose="test_reminder", language="ru", defaults={"text": "{{fio}}!"})[0]


def test_words_of_a_template_are_changed_and_used(client, director, template, queue):
    client.force_login(director)
    assert client.get(reverse("messaging:templates")).status_code == 200
    url = reverse("messaging:template-edit", args=[template.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"text": "{{fio}}, до встречи в {{time}}", "version": template.version}).status_code == 302
    assert queue().text == "Анна, до встречи в 10:00"


@pytest.mark.feature("MSG-20")
@pytest.mark.parametrize("text", ["{{diagnosis}}", "{{fio}", ""])
def test_a_place_that_cannot_be_filled_is_refused(client, director, template, text):
    client.force_login(director)
    answer = client.post(
        reverse("messaging:template-edit", args=[template.pk]), {"text": text, "version": template.version}
    )
    assert answer.status_code == 422
    assert "text" in answer.context["form"].errors
    template.refresh_from_db()
    assert template.text == "{{fio}}!"


def test_a_stale_template_is_not_overwritten(client, director, template):
    client.force_login(director)
    url = reverse("messaging:template-edit", args=[template.pk])
    client.post(url, {"text": "{{fio}}, мы ждём", "version": template.version})
    answer = client.post(url, {"text": "{{fio}}, приходите", "version": template.version})
    assert answer.status_code == 412
    template.refresh_from_db()
    assert template.text == "{{fio}}, мы ждём"


def test_the_api_sends_and_withdraws(api, branch):
    made = api.post("/api/v1/messages/", {"phone": "8 900 1234567", "text": "Ждём"}, format="json")
    assert (made.status_code, made.json()["status"], made.json()["phone"]) == (201, "waiting", "+79001234567")
    assert api.get("/api/v1/messages/?state=waiting&count=1").json()["count"] == 1
    assert api.post(f"/api/v1/messages/{made.json()['id']}/withdraw/").json()["status"] == "withdrawn"
    again = api.post(f"/api/v1/messages/{made.json()['id']}/withdraw/")
    assert (again.status_code, again.json()["code"]) == (409, "already_sent")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone": "1", "text": "x"},
        {"phone": "+79001234567", "text": ""},
        {"phone": "+79001234567", "text": "x", "y": 1},
    ],
)
def test_the_api_refuses_a_wrong_message(api, body):
    answer = api.post("/api/v1/messages/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.fixture
def api(reception):
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_authenticate(reception)
    return client
