"""The API's contract, address by address: names of fields, codes, statuses, pages, keys, versions.

Other programs are written against these names; a change here is a change for them.
"""

import json
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import localtime
from rest_framework.test import APIClient

from scheduling.models import Appointment
from tests.cast import person
from tests.small_clinic import ZONE, kept_clinic, moment

pytestmark = pytest.mark.slow
FIELDS = {
    "branches/": "id name timezone",
    "chairs/": "id branch name",
    "staff/": "id name professions branches is_doctor",
    "services/": "id code name category price duration_min is_active",
    "diagnoses/": "id code name",
    "patients/": "id last_name first_name middle_name phone email birth_date sex comment source group mailing_allowed"
    " coordinator card_number treatment_status badges version",
    "shifts/": "id doctor chair start end",
    "appointments/": "id patient doctor chair start end services visit_type comment branch status label badges source_kind"
    " version",
    "treatment-plans/": "id number status",
    "invoices/": "id number status total paid due shares patient version",
    "ledger/postings/": "effective_on posted_at account debit credit document actor reverses",
    "cash-shifts/": "id desk expected counted difference",
    "messages/": "id",
    "tasks/": "id",
    "waiting-list/": "id",
}
ONE = (
    "patients/{anna}/", "appointments/{visit}/", "shifts/{shift}/", "invoices/{invoice}/", "payments/{payment}/",
    "treatment-plans/{plan}/", "services/{service}/", "diagnoses/{caries}/", "cash-shifts/{cash_shift}/", "tasks/{task}/",
    "messages/{message}/", "patients/{anna}/timeline/", "patients/{anna}/balance/", "ledger/check/", "me/", "dashboard/",
    "reports/", "errors/", "reports/income/?from=2026-01-01&to=2026-12-31", "slots/?duration=30",
)  # fmt: skip
NEEDS_KEY = (
    "invoices/", "invoices/{invoice}/pay/", "invoices/{invoice}/rollback/", "patients/{anna}/deposit/",
    "patients/{anna}/withdraw/", "cash-shifts/{cash_shift}/pay-in/", "cash-shifts/{cash_shift}/pay-out/",
    "cash-shifts/{cash_shift}/close/",
)  # fmt: skip


def right_bodies(it):
    """Right bodies by the last word of the address: only the key is missing."""
    cash = {"amount": "1.00", "method": "cash"}
    move = {"article": it.article.pk, "amount": "1.00"}
    return {
        "invoices": {"patient": it.boris.pk, "lines": [{"service": it.service.pk}]}, "pay": cash, "deposit": cash,
        "rollback": {"reason": "x"}, "withdraw": {"method": "cash", "reason": "x"}, "pay-in": move, "pay-out": move,
        "close": {"counted": "0.00"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def it(django_db_setup, django_db_blocker):
    with kept_clinic(django_db_blocker) as made:
        yield made


@pytest.fixture
def ask(it):
    """ask("GET", "patients/{anna}/", body, user=…, key=…, version=…) -> (status, answer)"""

    def send(method, address, body=None, *, user=None, key=None, version=None, headers=None):
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(user or it.boss)
        numbers = {name: made.pk for name, made in vars(it).items() if getattr(made, "pk", None) is not None}
        more = dict(headers or {})
        more |= {"Idempotency-Key": key} if key else {}
        more |= {"If-Match": f'"{version}"'} if version else {}
        answer = client.generic(
            method, f"/api/v1/{address.format(**numbers)}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers=more,
        )  # fmt: skip
        send.headers = answer.headers  # type: ignore[attr-defined]
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return send


def a_key():
    return str(uuid.uuid4())


def visit_at(it, hour, **more):
    day = it.day.fromordinal(it.day.toordinal() + 1)
    ends = {
        name: localtime(moment(day, at), ZoneInfo(ZONE)).isoformat()
        for name, at in (("start", hour), ("end", hour + 1))
    }
    return {"patient": it.boris.pk, "doctor": it.sokolova.pk, "chair": it.chair.pk, **ends, **more}


@pytest.mark.parametrize("address", sorted(FIELDS))
def test_lists_have_the_shape_and_the_fields(it, ask, address):
    status, page = ask("GET", address)
    assert status == 200 and {"results", "next", "previous"} <= set(page)
    for row in page["results"][:1]:
        assert set(FIELDS[address].split()) <= set(row)
    status, page = ask("GET", f"{address}?count=1&page_size=1")
    assert status == 200 and page["count"] >= len(page["results"])
    if page["count"] > 1:
        assert page["next"] and len(page["results"]) == 1
    assert ask("GET", f"{address}?page=99999")[0] == 404
    for order in ("id", "-id"):
        numbers = [row.get("id") for row in ask("GET", f"{address}?ordering={order}")[1]["results"]]
        assert not numbers[1:] or None in numbers or numbers == sorted(numbers, reverse=order == "-id")
    for wrong in ("unknown=1", "page_size=x", "page=x", "page=0", "ordering=nonsense"):
        status, refused = ask("GET", f"{address}?{wrong}")
        assert (status, refused["code"]) == (400, "invalid"), wrong


@pytest.mark.parametrize("address", ONE)
def test_single_addresses_answer(ask, address):
    assert ask("GET", address)[0] == 200


@pytest.mark.parametrize("address", [*FIELDS, *ONE])
def test_nobody_is_401(it, db, address):
    numbers = {name: made.pk for name, made in vars(it).items() if getattr(made, "pk", None) is not None}
    answer = APIClient().get(f"/api/v1/{address.format(**numbers)}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("address", NEEDS_KEY)
def test_money_commands_need_a_key(it, ask, address):
    status, refused = ask("POST", address, right_bodies(it)[address.split("/")[-2]])
    assert (status, refused["code"]) == (400, "idempotency_key_required")


def test_an_error_has_one_shape(ask):
    status, refused = ask("POST", "patients/", {"last_name": "Х"})
    assert (status, set(refused)) == (400, {"code", "message", "facts", "fields"})
    assert refused["code"] == "invalid" and set(refused["fields"]) == {"first_name"}
    status, refused = ask("POST", "patients/", {"last_name": "Х", "first_name": "У", "shoe_size": 41})
    assert (status, refused["code"], list(refused["fields"])) == (400, "invalid", ["shoe_size"])
    status, known = ask("GET", "errors/")
    assert status == 200
    codes = {row["code"] for row in (known["results"] if isinstance(known, dict) else known)}
    assert codes >= {
        "invalid", "forbidden", "stale", "slot_taken", "slot_held", "in_past", "closed", "outside_shift", "illegal_move",
        "shift_overlaps", "shift_has_visits", "plan_approved", "plan_not_approved", "overpaid", "insufficient_deposit",
        "idempotency_key_required", "idempotency_mismatch", "bad_credentials",
    }  # fmt: skip


def test_a_right_that_is_missing_is_named(it, ask):
    status, refused = ask("GET", "invoices/", user=it.people["doctor"])
    assert (status, refused["code"], refused["facts"]["needs"]) == (403, "forbidden", "billing.see_money")


def test_me(it, ask):
    _status, me = ask("GET", "me/", user=it.people["administrator"])
    assert set(me) >= {"id", "username", "name", "roles", "permissions", "branches", "today_only", "language"}
    assert (me["roles"], me["branches"], me["today_only"]) == (["administrator"], [it.branch.pk], True)


def test_patients(it, ask):
    given = {"last_name": "Ёлкина", "first_name": "Анна", "phone": "8 (900) 123-45-67", "birth_date": "1990-02-28"}
    status, made = ask("POST", "patients/", given)
    assert (status, made["phone"]) == (201, "+79001234567")
    assert made["possible_duplicates"] == [it.anna.pk]
    for words in ("анна елкина", "123 45", made["card_number"]):
        found = ask("GET", f"patients/?search={words}")[1]["results"]
        assert made["id"] in [row["id"] for row in found], words
    status, changed = ask("PATCH", f"patients/{made['id']}/", {"comment": "x"}, version=made["version"])
    assert (status, changed["comment"], changed["version"]) == (200, "x", made["version"] + 1)
    status, refused = ask("PATCH", f"patients/{made['id']}/", {"comment": "y"}, version=made["version"])
    assert (status, refused["code"]) == (412, "stale")
    status, merged = ask("POST", "patients/{anna}/merge/", {"duplicate": made["id"]})
    assert (status, merged["id"]) == (200, it.anna.pk)
    assert ask("GET", f"patients/{made['id']}/")[1]["merged_into"] == it.anna.pk
    assert ask("POST", "patients/{anna}/unmerge/", {"duplicate": made["id"]})[0] == 200
    assert ask("DELETE", f"patients/{made['id']}/") == (204, None)
    assert ask("GET", f"patients/{made['id']}/")[0] == 404


def test_balance_deposit_and_withdrawal(it, ask):
    status, balance = ask("GET", "patients/{boris}/balance/")
    assert (status, balance) == (200, {"deposit": "0.00", "debt": "0.00", "barter_left": None, "dms_left": None})
    key = a_key()
    status, first = ask("POST", "patients/{boris}/deposit/", {"amount": "500.00", "method": "cash"}, key=key)
    assert (status, first["deposit"]) == (200, "500.00")
    status, again = ask("POST", "patients/{boris}/deposit/", {"amount": "500.00", "method": "cash"}, key=key)
    assert (status, again, ask.headers["Idempotency-Replayed"]) == (200, first, "true")
    status, refused = ask("POST", "patients/{boris}/deposit/", {"amount": "600.00", "method": "cash"}, key=key)
    assert (status, refused["code"]) == (409, "idempotency_mismatch")
    for amount in ("1.001", "abc", -5):
        status, refused = ask("POST", "patients/{boris}/deposit/", {"amount": amount, "method": "cash"}, key=a_key())
        assert (status, refused["code"]) == (400, "invalid")
    much = {"amount": "900.00", "method": "cash", "reason": "x"}
    status, refused = ask("POST", "patients/{boris}/withdraw/", much, key=a_key())
    assert (status, refused["code"]) == (409, "insufficient_deposit")
    status, left = ask("POST", "patients/{boris}/withdraw/", {"method": "cash", "reason": "x"}, key=a_key())
    assert (status, left["deposit"]) == (200, "0.00")


def test_appointments(it, ask):
    status, made = ask("POST", "appointments/", visit_at(it, 10))
    assert (status, made["status"], made["branch"]) == (201, "booked", it.branch.pk)
    assert made["start"].endswith("+03:00")
    for wrong in ({"start": visit_at(it, 10)["end"]}, {"start": "2026-12-01T10:00:00"}, {"end": "soon"}):
        status, refused = ask("POST", "appointments/", visit_at(it, 10) | wrong)
        assert (status, refused["code"]) == (400, "invalid"), wrong
    assert ask("POST", "appointments/", visit_at(it, 12, doctor=999_999))[0] == 404
    status, refused = ask("POST", "appointments/", visit_at(it, 12, chair=it.chair2.pk))
    assert (status, refused["code"]) == (409, "outside_shift")
    status, refused = ask("POST", "appointments/", visit_at(it, 10, patient=it.anna.pk))
    assert (status, refused["code"], refused["facts"]["taken_by"]) == (409, "slot_taken", "doctor")
    assert len(refused["facts"]["alternatives"]) == 3
    assert set(refused["facts"]["alternatives"][0]) == {"doctor", "chair", "start", "end"}
    address = f"appointments/{made['id']}/"
    status, moved = ask("POST", f"{address}move/", {"start": visit_at(it, 13)["start"]}, version=made["version"])
    assert (status, moved["start"], moved["end"]) == (200, visit_at(it, 13)["start"], visit_at(it, 13)["end"])
    status, refused = ask("POST", f"{address}move/", {"start": visit_at(it, 14)["start"]}, version=made["version"])
    assert (status, refused["code"]) == (412, "stale")
    for step in ("confirmed", "arrived", "in_chair", "completed"):
        status, changed = ask("POST", f"{address}status/", {"status": step})
        assert (status, changed["status"]) == (200, step)
    status, refused = ask("POST", f"{address}cancel/", {"reason": "x", "then": "lost"})
    assert (status, refused["code"], set(refused["facts"])) == (409, "illegal_move", {"from", "to"})
    day = visit_at(it, 13)["start"][:10]
    for query, count in (
        (f"from={day}&to={day}", 1),
        (f"to={it.day}", 0),
        ("status=completed", 1),
        ("status=no_show", 0),
    ):
        rows = ask("GET", f"appointments/?patient={it.boris.pk}&doctor={it.sokolova.pk}&{query}")[1]["results"]
        assert len(rows) == count, query


def test_holds_and_slots(it, ask):
    place = {name: value for name, value in visit_at(it, 16).items() if name != "patient"}
    status, hold = ask("POST", "holds/", place)
    assert status == 201 and {"id", "expires_at"} <= set(hold)
    status, refused = ask("POST", "appointments/", visit_at(it, 16), user=it.people["administrator"])
    assert (status, refused["code"]) == (409, "slot_held")
    assert ask("POST", f"holds/{hold['id']}/extend/")[0] == 200
    assert ask("DELETE", f"holds/{hold['id']}/") == (204, None)
    status, spots = ask("GET", f"slots/?duration=60&doctor={it.sokolova.pk}&part_of_day=evening&limit=5")
    assert status == 200 and len(spots) == 5
    assert [spot["start"] for spot in spots] == sorted(spot["start"] for spot in spots)
    assert all(set(spot) == {"doctor", "chair", "start", "end"} and spot["start"][11:13] >= "17" for spot in spots)
    assert ask("POST", "appointments/", {**spots[-1], "patient": it.boris.pk})[0] == 201


def test_shifts(it, ask):
    day = it.day.fromordinal(it.day.toordinal() + 9)
    body = {
        "doctor": it.sokolova.pk, "chair": it.chair.pk, "start": moment(day, 9).isoformat(), "end": moment(day, 15).isoformat(),
    }  # fmt: skip
    status, made = ask("POST", "shifts/", body)
    assert (status, made["doctor"]) == (201, it.sokolova.pk)
    status, refused = ask("POST", "shifts/", body)
    assert (status, refused["code"]) == (409, "shift_overlaps")
    visit = visit_at(it, 10) | {"start": moment(day, 10).isoformat(), "end": moment(day, 11).isoformat()}
    booked = ask("POST", "appointments/", visit)[1]["id"]
    status, refused = ask("DELETE", f"shifts/{made['id']}/")
    assert (status, refused["code"], refused["facts"]["appointments"]) == (409, "shift_has_visits", [booked])
    assert ask("DELETE", f"shifts/{made['id']}/?then=rebook")[0] == 204
    assert Appointment.objects.get(pk=booked).state == "cancelled"
    rule = {
        "doctor": it.sokolova.pk, "chair": it.chair.pk, "weekdays": [0, 2], "from": str(day), "to": str(day.replace(day=28)),
        "start_time": "09:00", "end_time": "15:00", "every_weeks": 1,
    }  # fmt: skip
    status, generated = ask("POST", "shifts/generate/", rule)
    assert (status, set(generated)) == (201, {"created", "skipped"})


def test_plans_invoices_and_payments(it, ask):
    plan = {
        "patient": it.boris.pk,
        "doctor": it.ivanov.pk,
        "lines": [{"service": it.service.pk, "teeth": [11], "quantity": 1}],
    }
    status, made = ask("POST", "treatment-plans/", plan)
    assert (status, made["status"], made["lines"][0]["price"]) == (201, "draft", "5000.00")
    assert {"id", "price", "discount", "sum", "payer"} <= set(made["lines"][0])
    status, refused = ask("POST", "invoices/", {"patient": it.boris.pk, "plan": made["id"]}, key=a_key())
    assert (status, refused["code"]) == (409, "plan_not_approved")
    status, approved = ask("POST", f"treatment-plans/{made['id']}/approve/")
    assert (status, approved["status"]) == (200, "approved")
    status, refused = ask("PATCH", f"treatment-plans/{made['id']}/", {"lines": plan["lines"]})
    assert (status, refused["code"]) == (409, "plan_approved")
    status, invoice = ask("POST", "invoices/", {"patient": it.boris.pk, "plan": made["id"]}, key=a_key())
    assert (status, invoice["status"], invoice["total"], invoice["due"]) == (201, "issued", "5000.00", "5000.00")
    assert [(share["kind"], share["amount"]) for share in invoice["shares"]] == [("patient", "5000.00")]
    address = f"invoices/{invoice['id']}"
    parts = {"payments": [{"method": "cash", "amount": "1000.00"}, {"method": "card", "amount": "500.00"}]}
    status, paid = ask("POST", f"{address}/pay/", parts, key=a_key())
    assert (status, paid["status"], paid["paid"], paid["due"]) == (201, "partly_paid", "1500.00", "3500.00")
    status, refused = ask("POST", f"{address}/pay/", {"method": "deposit", "amount": "100.00"}, key=a_key())
    assert (status, refused["code"]) == (409, "insufficient_deposit")
    status, paid = ask("POST", f"{address}/pay/", {"method": "card", "amount": "3600.00"}, key=a_key())
    assert (status, paid["status"], paid["due"]) == (201, "paid", "0.00")
    assert ask("GET", "patients/{boris}/balance/")[1]["deposit"] == "100.00"
    status, back = ask("POST", f"{address}/rollback/", {"reason": "x"}, key=a_key())
    assert (status, back["status"]) == (200, "rolled_back")
    status, refused = ask("POST", f"{address}/pay/", {"method": "cash", "amount": "1.00"}, key=a_key())
    assert (status, refused["code"]) == (409, "illegal_move")
    assert ask("GET", "patients/{boris}/balance/")[1]["deposit"] == "5100.00"
    status, check = ask("GET", "ledger/check/")
    assert (status, check["balanced"], {"balanced", "accounts", "postings"} <= set(check)) == (200, True, True)
    draft = {"patient": it.boris.pk, "lines": [{"service": it.service.pk, "quantity": 2}], "draft": True}
    status, drafted = ask("POST", "invoices/", draft, key=a_key())
    assert (status, drafted["status"]) == (201, "draft")
    status, issued = ask("POST", f"invoices/{drafted['id']}/issue/")
    assert (status, issued["status"], issued["total"]) == (200, "issued", "10000.00")


def test_cash_shifts(it, ask):
    address = f"cash-shifts/{it.cash_shift.pk}"
    body = {"article": it.article.pk, "amount": "100.00"}
    assert ask("POST", f"{address}/pay-in/", body, key=a_key())[0] == 200
    assert ask("POST", f"{address}/pay-out/", body, key=a_key())[0] == 200
    counted = {"counted": "4000.00", "explanation": "x"}
    status, closed = ask("POST", f"{address}/close/", counted, key=a_key())
    assert (status, closed["counted"]) == (200, "4000.00")
    assert Decimal(closed["difference"]) == Decimal("4000.00") - Decimal(closed["expected"])
    status, opened = ask("POST", "cash-shifts/open/", {"desk": it.desk.pk})
    assert (status, opened["desk"]) == (201, it.desk.pk)


def test_the_dashboard_and_its_rows(it, ask):
    status, board = ask("GET", "dashboard/")
    assert status == 200
    assert {"income", "receipts", "advance", "debt", "bookings", "income_by_day"} <= set(board)
    for name in ("income", "receipts", "advance", "debt", "bookings"):
        block = board[name]
        assert {"value", "rows"} <= set(block), name
        rows = ask("GET", block["rows"].removeprefix("/api/v1/"))[1]
        assert str(rows["totals"]["value"]) == str(block["value"]), name
    for row in board["income_by_day"]["value"]:
        assert {"key", "label", "value", "rows"} <= set(row)


def test_a_report_is_exported_as_a_job(it, ask):
    status, job = ask("POST", "reports/income/export/", {})
    assert status == 202
    status, state = ask("GET", f"jobs/{job['id']}/")
    assert status == 200 and {"state", "progress", "file"} <= set(state)


def test_a_token_for_a_password(it, client, db):
    user = person("robot", "administrator", branches=[it.branch])
    user.set_password("a long enough word")
    user.save()
    body = {"username": "robot", "password": "a long enough word"}
    answer = client.post("/api/v1/auth/token/", body, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (200, {"token"})
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    assert client.get("/api/v1/me/", headers=headers).json()["username"] == "robot"
    for _time in range(5):
        wrong = client.post("/api/v1/auth/token/", body | {"password": "x"}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")
    sixth = client.post("/api/v1/auth/token/", body | {"password": "x"}, content_type="application/json")
    assert sixth.status_code == 429 and int(sixth.headers["Retry-After"]) > 0
