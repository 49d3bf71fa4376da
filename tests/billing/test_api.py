"""The contract of invoices, payments, deposits and cash shifts, as another program sees it."""

import uuid

import pytest

from tests.billing.money import assert_balanced
from tests.factories import PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(api, reception):
    return api(reception)


@pytest.fixture
def office(api, director):
    return api(director)


def issue(desk, patient, *prices, **more):
    lines = [{"service": ServiceFactory(price=price).pk} for price in prices]
    answer = desk.post("invoices/", {"patient": patient.pk, "lines": lines, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.mark.feature("BIL-01", "BIL-03", "BIL-05")
def test_an_invoice_is_issued_with_prices_doctor_and_assistant(desk, anna, doctor, accountant):
    service = ServiceFactory(price="1500.00")
    line = {"service": service.pk, "quantity": 2, "doctor": doctor.staff.pk, "teeth": [36]}
    answer = desk.post("invoices/", {"patient": anna.pk, "lines": [line], "note": "снимок"})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["number"], body["total"], body["paid"], body["due"]) == (
        "issued",
        1,
        "3000.00",
        "0.00",
        "3000.00",
    )
    assert [(share["kind"], share["amount"]) for share in body["shares"]] == [("patient", "3000.00")]
    assert body["lines"][0] | {"id": 0} == {
        "id": 0, "service": service.pk, "name": service.name, "quantity": 2, "teeth": [36], "doctor": doctor.staff.pk,
        "assistant": None, "price": "1500.00", "discount": "0.00", "sum": "3000.00",
        "service_on": body["issued_on"], "plan_line": None, "discount_reason": "", "reasons": [],
    }  # fmt: skip


def test_a_draft_has_no_number_and_moves_no_money_until_it_is_issued(desk, office, anna):
    draft = issue(desk, anna, "900.00", draft=True)
    assert (draft["status"], draft["number"]) == ("draft", None)
    assert office.get("ledger/check/").json()["postings"] == 0
    assert (
        desk.post(f"invoices/{draft['id']}/pay/", {"method": "cash", "amount": "1.00"}).json()["code"] == "illegal_move"
    )
    issued = desk.post(f"invoices/{draft['id']}/issue/").json()
    assert (issued["status"], issued["number"], issued["due"]) == ("issued", 1, "900.00")
    assert desk.post(f"invoices/{draft['id']}/issue/").json()["code"] == "illegal_move"


@pytest.mark.feature("BIL-06")
def test_a_payment_in_several_tenders(desk, anna):
    invoice = issue(desk, anna, "1000.00")
    desk.post(f"patients/{anna.pk}/deposit/", {"amount": "300.00", "method": "card"})
    body = {"payments": [{"method": "cash", "amount": "500.00"}, {"method": "deposit", "amount": "300.00"}]}
    answer = desk.post(f"invoices/{invoice['id']}/pay/", body)
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["paid"], answer.json()["due"]) == ("partly_paid", "800.00", "200.00")
    answer = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "card", "amount": "450.00"})
    assert (answer.json()["status"], answer.json()["due"]) == ("paid", "0.00")
    assert desk.get(f"patients/{anna.pk}/balance/").json() == {
        "deposit": "250.00", "debt": "0.00", "barter_left": None, "dms_left": None,
    }  # fmt: skip


def test_the_deposit_pays_neither_more_than_is_due_nor_more_than_there_is(desk, anna):
    invoice = issue(desk, anna, "1000.00")
    desk.post(f"patients/{anna.pk}/deposit/", {"amount": "600.00", "method": "cash"})
    for amount, code in (("1000.01", "overpaid"), ("600.01", "insufficient_deposit")):
        answer = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "deposit", "amount": amount})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert desk.get(f"invoices/{invoice['id']}/").json()["paid"] == "0.00"


@pytest.mark.feature("BIL-42")
def test_a_repeated_key_takes_the_money_once(desk, anna):
    invoice = issue(desk, anna, "1000.00")
    key = str(uuid.uuid4())
    first = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "400.00"}, key=key)
    again = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "400.00"}, key=key)
    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 200, "true")
    assert first.json() == again.json()
    assert desk.get(f"invoices/{invoice['id']}/").json()["paid"] == "400.00"


@pytest.mark.feature("BIL-08", "BIL-36")
@pytest.mark.parametrize(("refund", "deposit"), [(False, "1000.00"), (True, "0.00")])
def test_a_roll_back_returns_the_money_to_the_deposit_or_the_way_it_came(desk, office, anna, refund, deposit):
    invoice = issue(desk, anna, "1000.00")
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "1000.00"})
    body = {"reason": "не тот пациент", **({"refund": True} if refund else {})}
    assert desk.post(f"invoices/{invoice['id']}/rollback/", body).json()["facts"] == {"needs": "billing.roll_back"}
    answer = office.post(f"invoices/{invoice['id']}/rollback/", body)
    assert (answer.status_code, answer.json()["status"], answer.json()["due"]) == (200, "rolled_back", "0.00")
    assert desk.get(f"patients/{anna.pk}/balance/").json()["deposit"] == deposit
    again = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "1.00"})
    assert (again.status_code, again.json()["code"], again.json()["facts"]["from"]) == (
        409,
        "illegal_move",
        "rolled_back",
    )
    assert office.get("ledger/check/").json()["balanced"] is True


def test_a_deposit_is_withdrawn_in_part_or_whole(desk, anna):
    desk.post(f"patients/{anna.pk}/deposit/", {"amount": "1000.00", "method": "cash"})
    body = {"method": "cash", "reason": "по заявлению"}
    too_much = desk.post(f"patients/{anna.pk}/withdraw/", {**body, "amount": "1000.01"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "insufficient_deposit")
    assert desk.post(f"patients/{anna.pk}/withdraw/", {**body, "amount": "400.00"}).json()["deposit"] == "600.00"
    assert desk.post(f"patients/{anna.pk}/withdraw/", body).json()["deposit"] == "0.00"
    assert desk.post(f"patients/{anna.pk}/withdraw/", body).json()["code"] == "insufficient_deposit"


def test_what_is_malformed_is_400_and_names_the_field(desk, anna):
    service = ServiceFactory()
    cases = [
        ({"patient": anna.pk}, "lines"),
        ({"patient": anna.pk, "lines": [{"service": service.pk, "quantity": 0}]}, "lines.0.quantity"),
        ({"patient": anna.pk, "lines": [{"service": service.pk, "teeth": [99]}]}, "lines.0.teeth.0"),
        ({"patient": anna.pk, "lines": [{"service": service.pk, "discount": "-1"}]}, "lines.0.discount"),
        ({"patient": anna.pk, "lines": [{"service": service.pk, "discount": "1500.01"}]}, "lines.0.discount"),
        ({"patient": anna.pk, "lines": [{"service": service.pk, "payer": "uncle"}]}, "lines.0.payer"),
        ({"patient": anna.pk, "lines": [{"service": service.pk}], "colour": 1}, "colour"),
    ]
    for body, field in cases:
        answer = desk.post("invoices/", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), body
        assert field in answer.json()["fields"], answer.json()
    invoice = issue(desk, anna, "10.00")
    for body in ({}, {"method": "cash"}, {"method": "cash", "amount": "1.001"}, {"method": "cash", "amount": "-5"},
                 {"method": "cash", "amount": "0"}, {"method": "cash", "amount": 5.5}, {"method": "gold", "amount": "1"},
                 {"payments": []}, {"method": "cash", "amount": "1", "payments": [{"method": "cash", "amount": "1"}]}):  # fmt: skip
        assert desk.post(f"invoices/{invoice['id']}/pay/", body).status_code == 400, body


def test_unknown_people_and_strangers_invoices_are_404(desk, api, stranger, anna):
    service = ServiceFactory()
    assert desk.post("invoices/", {"patient": 10**9, "lines": [{"service": service.pk}]}).status_code == 404
    assert desk.post("invoices/", {"patient": anna.pk, "lines": [{"service": 10**9}]}).status_code == 404
    assert (
        desk.post("invoices/", {"patient": anna.pk, "lines": [{"service": service.pk, "doctor": 10**9}]}).status_code
        == 404
    )
    invoice = issue(desk, anna, "10.00")
    theirs = api(stranger)
    assert theirs.get(f"invoices/{invoice['id']}/").status_code == 404
    assert theirs.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "1.00"}).status_code == 404
    assert theirs.get("invoices/").json()["results"] == []


def test_another_price_needs_a_right(desk, office, anna):
    service = ServiceFactory(price="1000.00")
    body = {"patient": anna.pk, "lines": [{"service": service.pk, "price": "800.00"}]}
    answer = desk.post("invoices/", body)
    assert (answer.status_code, answer.json()["facts"]) == (403, {"needs": "billing.set_price"})
    assert office.post("invoices/", body).json()["total"] == "800.00"
    same = {"patient": anna.pk, "lines": [{"service": service.pk, "price": "1000.00"}]}
    assert desk.post("invoices/", same).status_code == 201


@pytest.mark.feature("BIL-02")
def test_discounts_of_a_line_come_before_the_discount_of_the_whole(desk, anna):
    services = [ServiceFactory(price=price).pk for price in ("1000.00", "500.00", "250.00")]
    lines = [{"service": services[0], "discount": "100.00"}, {"service": services[1]}, {"service": services[2]}]
    body = desk.post("invoices/", {"patient": anna.pk, "lines": lines, "discount": "100.00"}).json()
    # 900, 500 and 250 of 1 650 take 54.55, 30.30 and 15.15 of the hundred
    assert [line["discount"] for line in body["lines"]] == ["154.55", "30.30", "15.15"]
    assert (body["list_total"], body["total"]) == ("1750.00", "1550.00")


def test_a_stale_version_is_412(desk, anna):
    invoice = issue(desk, anna, "100.00")
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "10.00"})
    answer = desk.post(
        f"invoices/{invoice['id']}/pay/",
        {"method": "cash", "amount": "10.00"},
        **{"If-Match": f'"{invoice["version"]}"'},
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


@pytest.mark.feature("BIL-16", "BIL-17")
def test_a_cash_shift_from_opening_to_the_count(desk, anna):
    invoice = issue(desk, anna, "1000.00")
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "200.00"})
    drawer = desk.get("cash-desks/").json()["results"][0]["id"]
    shift = desk.post("cash-shifts/open/", {"desk": drawer})
    assert (shift.status_code, shift.json()["opening"]) == (201, "200.00")
    assert desk.post("cash-shifts/open/", {"desk": drawer}).json()["code"] == "shift_already_open"
    pk = shift.json()["id"]
    articles = {row["name"]: row["id"] for row in desk.get("cash-articles/").json()["results"]}
    into = desk.post("cash-articles/", {"name": "Из сейфа", "direction": "in"}).json()["id"]
    out = desk.post("cash-articles/", {"name": "Питьевая вода", "direction": "out"}).json()["id"]
    assert len(articles) >= 5
    assert desk.post(f"cash-shifts/{pk}/pay-in/", {"article": into, "amount": "500.00"}).status_code == 200
    assert desk.post(f"cash-shifts/{pk}/pay-in/", {"article": out, "amount": "1.00"}).status_code == 400
    too_much = desk.post(f"cash-shifts/{pk}/pay-out/", {"article": out, "amount": "700.01"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "not_enough_cash")
    desk.post(f"cash-shifts/{pk}/pay-out/", {"article": out, "amount": "150.00"})
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "300.00"})
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "card", "amount": "100.00"})
    closed = desk.post(f"cash-shifts/{pk}/close/", {"counted": "840.00"})
    assert closed.status_code == 200
    assert [closed.json()[name] for name in ("expected", "counted", "difference")] == ["850.00", "840.00", "-10.00"]
    assert desk.post(f"cash-shifts/{pk}/close/", {"counted": "840.00"}).json()["code"] == "illegal_move"
    assert desk.post("cash-shifts/open/", {"desk": drawer}).json()["opening"] == "840.00"
    assert_balanced()


@pytest.mark.feature("BIL-35")
def test_the_journal_lists_postings_and_the_check_counts_them(desk, office, api, accountant, anna):
    invoice = issue(desk, anna, "1000.00")
    desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "250.00"})
    rows = api(accountant).get("ledger/postings/", {"document": f"invoice/{invoice['id']}"}).json()["results"]
    assert {(row["account"], row["debit"], row["credit"]) for row in rows} == {
        (f"receivable/patient/{anna.pk}", "1000.00", "0.00"),
        (next(row["account"] for row in rows if row["account"].startswith("income")), "0.00", "1000.00"),
    }
    found = office.get("ledger/check/").json()
    assert found == {"balanced": True, "accounts": 3, "postings": 4, "problems": []}
    assert desk.get("ledger/postings/").status_code == 403


def test_a_doctor_and_the_call_centre_see_and_take_no_money(api, doctor, desk, anna, branch):
    from tests.cast import person

    invoice = issue(desk, anna, "100.00")
    for user in (doctor, person("kc", "callcentre", branches=[branch]), person("mk", "marketer")):
        theirs = api(user)
        for path in (
            "invoices/",
            f"invoices/{invoice['id']}/",
            "payments/",
            "cash-shifts/",
            f"patients/{anna.pk}/balance/",
        ):
            assert theirs.get(path).status_code == 403, (user, path)
        assert theirs.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "1.00"}).status_code == 403
        assert theirs.post(f"patients/{anna.pk}/deposit/", {"method": "cash", "amount": "1.00"}).status_code == 403


@pytest.mark.parametrize("lines", [1, 12])
def test_an_invoice_takes_ten_statements_and_a_payment_eight_however_long_it_is(desk, anna, statements, lines):
    """goals.md: invoice 10, payment 8; with sign-in, key and audit."""
    issue(desk, anna, "1.00")  # the payer and the accounts are there
    first = issue(desk, anna, "1.00")
    desk.post(f"invoices/{first['id']}/pay/", {"method": "cash", "amount": "1.00"})
    services = [{"service": ServiceFactory(price="100.00").pk} for _line in range(lines)]
    with statements() as asked:
        invoice = desk.post("invoices/", {"patient": anna.pk, "lines": services}).json()
    assert len(asked) <= 10, [sql[:60] for sql in asked.asked]
    with statements() as asked:
        answer = desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "50.00"})
    assert answer.status_code == 201
    assert len(asked) <= 8, [sql[:60] for sql in asked.asked]


@pytest.mark.parametrize("path", ["invoices/", "payments/", "ledger/postings/", "cash-shifts/", "debts/"])
def test_a_list_asks_the_same_for_two_rows_and_for_twenty(office, desk, statements, branch, path):
    counts = []
    for number in (2, 18):
        for _row in range(number):
            invoice = issue(desk, PatientFactory(branch=branch), "100.00", "50.00")
            desk.post(f"invoices/{invoice['id']}/pay/", {"method": "cash", "amount": "50.00"})
        with statements() as asked:
            assert office.get(path).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
