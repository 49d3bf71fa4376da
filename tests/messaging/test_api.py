"""The API of messages: mailings, triggers, replies and their threads, to the letter of the contract."""

import uuid

import pytest

from messaging import services
from messaging.models import Incoming, Mailing, Message, Trigger
from tests.cast import person
from tests.factories import PatientFactory
from tests.scheduling.test_api import api_of, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(director):
    return api_of(director)


@pytest.fixture
def people(branch):
    return [
        PatientFactory(branch=branch, last_name=f"Иванов{n}", phone=f"+7900000{n:04}", mailing_allowed=n > 0)
        for n in range(3)
    ]


@pytest.mark.feature("MSG-04")
class TestMailings:
    BODY = {"name": "Осень", "text": "{{name}}, чистка. {{phone}}", "query": "search=Иванов"}

    def test_made_counted_changed_started_and_taken_back(self, api, people):
        made = post(api, "mailings/", self.BODY)
        assert made.status_code == 201
        row = made.json()
        assert (row["status"], row["listing"], row["kind"], row["per_minute"]) == ("ready", "patients", "marketing", 60)
        assert {name: row["figures"][name] for name in ("all", "wanted", "out", "reasons")} == {
            "all": 3, "wanted": 2, "out": 1, "reasons": {"no_consent": 1},
        }  # fmt: skip
        assert row["figures"]["cost"] == "9.00"
        address = f"mailings/{row['id']}/"
        stale = api.patch(f"/api/v1/{address}", {"per_minute": 5}, format="json", headers={"If-Match": '"9"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        changed = api.patch(f"/api/v1/{address}", {"per_minute": 5}, format="json", headers={"If-Match": '"1"'}).json()
        assert (changed["per_minute"], changed["text"], changed["version"]) == (5, self.BODY["text"], 2)
        assert post(api, f"{address}start/", {}).json()["status"] == "going"
        for step, status in (("pause", "paused"), ("resume", "going"), ("undo", "ready"), ("stop", "stopped")):
            assert post(api, f"{address}{step}/", {}).json()["status"] == status, step
        refused = post(api, f"{address}start/", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
        rows = api.get("/api/v1/mailings/?state=stopped&count=1").json()
        assert (rows["count"], rows["results"][0]["id"]) == (1, row["id"])

    def test_one_key_makes_one_mailing(self, api, people):
        key = str(uuid.uuid4())
        first, again = (post(api, "mailings/", self.BODY, **{"Idempotency-Key": key}) for _n in range(2))
        assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 200, "true")
        assert Mailing.objects.count() == 1

    def test_its_people_and_one_less(self, api, people):
        row = post(api, "mailings/", self.BODY).json()
        listed = api.get(f"/api/v1/mailing-people/?mailing={row['id']}").json()["results"]
        assert [each["status"] for each in listed] == ["out", "in", "in"]
        assert api.delete(f"/api/v1/mailings/{row['id']}/people/{listed[1]['id']}/").status_code == 204
        assert api.delete(f"/api/v1/mailings/{row['id']}/people/{listed[1]['id']}/").status_code == 404
        assert api.get(f"/api/v1/mailings/{row['id']}/").json()["figures"]["wanted"] == 1

    def test_a_test_goes_to_ones_own_phone(self, api, people):
        row = post(api, "mailings/", self.BODY).json()
        sent = post(api, f"mailings/{row['id']}/test/", {"phone": "8 900 111-22-33"})
        assert (sent.status_code, sent.json()["phone"]) == (201, "+79001112233")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"text": "{{tooth}}"}, "text"), ({"listing": "users"}, "listing"), ({"query": "created_at_after=вчера"}, "listing"),
         ({"per_minute": 0}, "per_minute"), ({"colour": 1}, "colour")],
    )  # fmt: skip
    def test_wrong_input_makes_nothing(self, api, people, wrong, field):
        refused = post(api, "mailings/", {**self.BODY, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
        assert field in refused.json()["fields"]
        assert not Mailing.objects.exists()

    def test_strangers_and_those_without_the_right(self, api, people, branch, stranger):
        row = post(api, "mailings/", self.BODY).json()
        Mailing.objects.update(branch=branch)
        assert api_of(stranger).get(f"/api/v1/mailings/{row['id']}/").status_code == 404
        assert post(api_of(stranger), f"mailings/{row['id']}/stop/", {}).status_code == 404
        doctor = api_of(person("d", "doctor", branches=[branch]))
        refused = doctor.get("/api/v1/mailings/")
        assert (refused.status_code, refused.json()["facts"]["needs"]) == (403, "messaging.send_mailings")


@pytest.mark.feature("MSG-16")
class TestTriggers:
    def body(self, api, **more):
        event = api.get("/api/v1/triggers/events/").json()[0]
        return {"name": "Через час", "event": event["code"], "text": "Спасибо", "delay": 1, "unit": "hours", **more}

    def test_from_a_new_one_to_the_trash(self, api):
        made = post(api, "triggers/", self.body(api))
        assert made.status_code == 201
        row = made.json()
        assert (row["is_active"], row["since"], row["needs_approval"]) == (False, None, False)
        address = f"triggers/{row['id']}/"
        dry = api.get(f"/api/v1/{address}dry-run/").json()
        assert (dry["days"], dry["results"], set(dry["counts"])) == (90, [], {"told", "no_consent", "no_phone", "gone"})
        on = post(api, f"{address}switch/", {"on": True}).json()
        assert (on["is_active"], on["since"] is not None, on["version"]) == (True, True, 2)
        stale = post(api, f"{address}switch/", {"on": False}, **{"If-Match": '"1"'})
        assert stale.status_code == 412
        changed = api.patch(f"/api/v1/{address}", {"needs_approval": True}, format="json").json()
        assert (changed["needs_approval"], changed["text"]) == (True, "Спасибо")
        assert [each["id"] for each in api.get("/api/v1/triggers/").json()["results"]] == [row["id"]]
        assert api.delete(f"/api/v1/{address}").status_code == 204
        assert api.get(f"/api/v1/{address}").status_code == 404

    def test_what_it_cannot_wait_for_or_ask(self, api):
        for wrong in ({"event": "moon"}, {"conditions": {"moon": [1]}}, {"text": "{{diagnosis}}"}, {"unit": "years"}):
            assert post(api, "triggers/", self.body(api, **wrong)).status_code == 400, wrong
        assert not Trigger.objects.exists()

    def test_only_who_may_set_them_up(self, reception):
        assert api_of(reception).get("/api/v1/triggers/").status_code == 403


@pytest.mark.feature("MSG-21")
class TestReplies:
    @pytest.fixture
    def reply(self, branch, anna):
        return services.incoming_receive(
            gateway="x", provider_key="1", channel="sms", address=anna.phone, phone=anna.phone, text="Можно перенести?"
        )

    def test_read_in_its_thread_answered_and_dealt_with(self, reply, anna, reception):
        api = api_of(reception)
        listed = api.get("/api/v1/incoming/?state=new").json()["results"]
        assert [(each["id"], each["patient"], each["meaning"]) for each in listed] == [(reply.pk, anna.pk, "free")]
        sent = post(api, f"incoming/{reply.pk}/answer/", {"text": "Конечно, на какой день?"})
        assert sent.status_code == 201
        assert api.get(f"/api/v1/incoming/{reply.pk}/").json()["status"] == "handled"
        thread = api.get(f"/api/v1/incoming/{reply.pk}/thread/").json()
        assert [(line["kind"], line["is_ours"]) for line in thread] == [("incoming", False), ("message", True)]
        assert api.get(f"/api/v1/messages/thread/?patient={anna.pk}").json() == thread
        assert post(api, f"incoming/{reply.pk}/reopen/", {}).json()["status"] == "new"
        assert post(api, f"incoming/{reply.pk}/reopen/", {}).status_code == 409
        assert post(api, f"incoming/{reply.pk}/handle/", {}).json()["handled_by"] == reception.pk

    def test_another_branchs_are_not_there(self, reply, branch, stranger):
        Incoming.objects.update(branch=branch)
        api = api_of(stranger)
        assert api.get(f"/api/v1/incoming/{reply.pk}/").status_code == 404
        assert post(api, f"incoming/{reply.pk}/answer/", {"text": "x"}).status_code == 404
        assert api.get("/api/v1/messages/thread/?patient=999999").status_code == 404


def test_a_proposal_is_approved_and_a_failure_repeated(branch, reception):
    api = api_of(reception)
    row = services.message_send_by_hand(phone="+79001234567", text="Ждём", branch=branch, actor=reception)
    assert post(api, f"messages/{row.pk}/approve/", {}).status_code == 409
    Message.objects.filter(pk=row.pk).update(state="proposed")
    assert post(api, f"messages/{row.pk}/approve/", {}).json()["status"] == "waiting"
    assert post(api, f"messages/{row.pk}/repeat/", {}).status_code == 409
    Message.objects.filter(pk=row.pk).update(state="failed")
    assert post(api, f"messages/{row.pk}/repeat/", {}).status_code == 201
