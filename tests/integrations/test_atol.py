"""ATOL Online with all that goes wrong there: one receipt per payment, none lost, the page tells the truth."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import translation

from billing.services import payment_void
from core import clock
from fiscal.errors import ReceiptIssued, ReceiptOnItsWay
from fiscal.models import Receipt, ReceiptStep
from fiscal.selectors import payment_fiscalised, why_of
from fiscal.services import receipt_retry, receipts_ask, receipts_recover, receipts_send
from integrations.models import Connection, Exchange
from tests.billing.money import invoice_of, pay
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("BIL-19", "INT-06", "INT-08")]
State = Receipt.State


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def hurry():
    """What waits for a minute is due now."""
    now = clock.now()
    Receipt.objects.filter(ask_at__isnull=False).update(ask_at=now)
    Receipt.objects.filter(state=State.WAITING).update(send_after=now)
    Receipt.objects.filter(state=State.CLAIMED).update(lease_until=now - timedelta(seconds=1))


def rounds(count=12):
    for _round in range(count):
        receipts_send()
        receipts_recover()
        receipts_ask()
        hurry()
        if not Receipt.objects.exclude(state__in=(State.DONE, State.FAILED)).exists():
            return


def received(atol):
    return atol.order("state")["receipts"]


def sold(patient, actor, price=3500, **sums):
    return pay(invoice_of(patient, actor, price), actor, **(sums or {"card": price})).payment


def test_a_receipt_goes_out_and_its_requisites_come_back(till, atol, anna, reception):
    payment = sold(anna, reception)
    assert "queue" in why_of(Receipt.objects.get())
    assert receipts_send() == 1
    row = Receipt.objects.get()
    assert (row.state, why_of(row)) == (State.SENT, "The register has it and has not confirmed it yet.")
    rounds()
    row.refresh_from_db()
    assert (row.state, row.facts["fd"], row.facts["fn"], row.error) == (State.DONE, "42", "9999078900001234", "")
    found = payment_fiscalised(payment.pk)
    assert found.is_done and found.link == "https://ofd.example/42" and found.qr.startswith("data:image/svg+xml")
    (told,) = received(atol)
    receipt = told["told"]["receipt"]
    assert receipt["total"] == "3500.00" and receipt["payments"] == [{"type": "1", "sum": "3500.00"}]
    assert receipt["client"]["phone"] == anna.phone and receipt["company"]["inn"] == "7701234567"
    item = receipt["items"][0]
    assert (item["payment_method"], item["payment_object"], item["vat"]) == ("full_payment", "4", {"type": "none"})
    assert "atol-Secret-7" not in "".join(Exchange.objects.values_list("asked", flat=True))


@pytest.mark.parametrize("kind", ["accept_timeout", "garbage", "timeout", "500", "drop"])
def test_whatever_meets_a_receipt_it_is_issued_once(till, atol, anna, reception, kind):
    atol.fault("sell", kind)
    sold(anna, reception)
    receipts_send()
    row = Receipt.objects.get()
    assert row.state == State.UNKNOWN and "nothing is issued twice" in why_of(row)
    with pytest.raises(ReceiptOnItsWay):
        receipt_retry(receipt_id=row.pk, actor=reception)
    rounds()
    row.refresh_from_db()
    assert row.state == State.DONE and len(received(atol)) == 1


def test_a_receipt_that_was_taken_and_said_to_be_too_late_is_asked_about_and_not_begun_anew(
    till, atol, anna, reception
):
    atol.order("push", kind="slow", times=1)
    sold(anna, reception)
    receipts_send()
    assert Receipt.objects.get().state == State.UNKNOWN
    rounds()
    assert Receipt.objects.get().state == State.DONE and len(received(atol)) == 1


def test_all_faults_at_once_leave_one_receipt_a_payment(till, atol, branch, reception, heard):
    dice = random.Random(7)
    people = [PatientFactory(branch=branch, phone=f"+7901000{number:04}") for number in range(1000, 1010)]
    for kind, every in (("accept_timeout", 3), ("500", 5), ("garbage", 4), ("drop", 7)):
        atol.fault("sell", kind, every=every)
    for kind, every in (("500", 3), ("timeout", 5), ("garbage", 4)):
        atol.fault("report", kind, every=every)
    payments = [sold(patient, reception, 100 + number) for number, patient in enumerate(people)]
    for _round in range(40):
        receipts_send(limit=dice.randint(1, 10))
        if dice.random() < 0.3:
            atol.order("push", kind="callbacks", times=2)
            heard()
        receipts_recover()
        receipts_ask()
        if not Receipt.objects.exclude(state=State.DONE).exists():
            break
        hurry()
    assert sorted(Receipt.objects.filter(state=State.DONE).values_list("payment_id", flat=True)) == sorted(
        payment.pk for payment in payments
    )
    assert sorted(each["external_id"] for each in received(atol)) == sorted(
        Receipt.objects.values_list("external_id", flat=True)
    )


def test_repeated_callbacks_are_heard_once_and_the_receipt_is_read_again(till, atol, anna, reception, heard):
    atol.order("push", kind="after", polls=99)
    sold(anna, reception)
    receipts_send()
    told = atol.order("push", kind="callbacks", times=3)
    assert told["statuses"] == [200, 200, 200]
    assert heard() == 1
    receipts_ask()
    row = Receipt.objects.get()
    assert row.state == State.DONE
    assert row.steps.filter(what=ReceiptStep.What.DONE).count() == 1
    atol.order("push", kind="callbacks", times=1)
    heard()
    assert receipts_ask() == 0


def test_a_forged_callback_changes_nothing(till, atol, anna, reception, heard, client):
    from integrations.services import hook_path

    sold(anna, reception)
    receipts_send()
    row = Receipt.objects.get()
    path = hook_path(Connection.objects.get(code="atol"))
    forged = {"uuid": row.provider_id, "status": "done", "payload": {"fiscal_document_number": 1, "fn_number": "1"}}
    assert client.post(path, forged, content_type="application/json").status_code == 200
    heard()
    receipts_ask()
    row.refresh_from_db()
    assert row.state == State.SENT and row.facts == {}


def test_money_is_taken_while_the_service_is_away_and_the_page_says_why(till, atol, anna, reception):
    Connection.objects.filter(code="atol").update(
        options={"login": "clinic", "protocol": "v5", "url": "http://127.0.0.1:9"}
    )
    for price in (100, 200):
        sold(anna, reception, price)
    assert receipts_send() == 1, "nobody knocks at a closed door for each receipt"
    rows = list(Receipt.objects.order_by("pk"))
    assert {row.state for row in rows} == {State.WAITING}
    assert "tried again by itself" in why_of(rows[0])
    Connection.objects.filter(code="atol").update(
        options={"login": "clinic", "protocol": "v5", "url": f"{atol.url}/possystem"}
    )
    hurry()
    rounds()
    assert len(received(atol)) == 2 and not Receipt.objects.exclude(state=State.DONE).exists()


def test_a_refused_receipt_says_why_and_is_begun_anew_by_a_person(till, atol, branch, reception):
    patient = PatientFactory(branch=branch, phone="+79010000008")
    sold(patient, reception)
    rounds()
    row = Receipt.objects.get()
    assert row.state == State.FAILED and "Смена превысила 24 часа" in why_of(row)
    atol.order("push", kind="mend")
    receipt_retry(receipt_id=row.pk, actor=reception)
    rounds()
    row.refresh_from_db()
    assert (row.state, row.external_id) == (State.DONE, f"{row.key}-2")
    assert [each["status"] for each in received(atol)] == ["fail", "done"]
    with pytest.raises(ReceiptIssued):
        receipt_retry(receipt_id=row.pk, actor=reception)


def test_a_refund_goes_only_after_what_it_reverses(till, atol, anna, director):
    atol.fault("sell", "500", times=1)
    payment = sold(anna, director)
    payment_void(payment_id=payment.pk, reason="ошибка", actor=director)
    receipts_send()
    sale, refund = Receipt.objects.order_by("pk")
    assert (sale.state, refund.state) == (State.UNKNOWN, State.WAITING)
    assert str(sale) in why_of(refund)
    rounds()
    assert [each["operation"] for each in received(atol)] == ["sell", "sell_refund"]
    assert not Receipt.objects.exclude(state=State.DONE).exists()


def test_an_expired_token_is_renewed(till, atol, anna, reception):
    sold(anna, reception, 100)
    receipts_send()
    atol.order("push", kind="expire")
    sold(anna, reception, 200)
    rounds()
    assert len(received(atol)) == 2 and not Receipt.objects.exclude(state=State.DONE).exists()


def test_a_killed_worker_leaves_one_receipt(till, atol, anna, reception):
    """The claim is committed, the register has taken it, nothing was written down."""
    from fiscal.services.sending import LEASE, claim_next, hand_over

    sold(anna, reception)
    hand_over(claim_next(LEASE, set()))
    row = Receipt.objects.get()
    assert row.state == State.CLAIMED and receipts_send() == 0
    hurry()
    assert receipts_recover() == 1
    rounds()
    row.refresh_from_db()
    assert row.state == State.DONE and len(received(atol)) == 1
    assert row.steps.first().what == ReceiptStep.What.ABANDONED


def test_eight_workers_send_each_receipt_once(till, atol, anna, reception):
    for number in range(8):
        sold(anna, reception, 100 + number)

    def work(_number):
        try:
            return receipts_send()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 8
    lines = [line for line in atol.order("log") if line["path"].endswith("/sell")]
    assert len(lines) == 8 == len(received(atol))


def test_a_silent_register_is_shown_in_red(till, atol, anna, reception):
    from fiscal.selectors import tone_of

    atol.order("push", kind="silent", is_on=True)
    sold(anna, reception)
    receipts_send()
    Receipt.objects.update(sent_at=clock.now() - timedelta(minutes=7))
    receipts_ask()
    row = Receipt.objects.get()
    assert (row.state, tone_of(row)) == (State.SENT, "red") and "7 minutes" in why_of(row)


def test_a_branch_without_a_register_says_so(till, atol, other_branch, stranger):
    sold(PatientFactory(branch=other_branch), stranger, 100)
    receipts_send()
    assert "no cash register at this branch" in why_of(Receipt.objects.get())
    assert received(atol) == []


def test_evotor_speaks_the_same_protocol(branch, atol, anna, reception, director, live_server):
    from fiscal.models import Register
    from integrations.services import connection_make

    branch.legal_entity.inn = "7701234567"
    branch.legal_entity.save(update_fields=["inn"])
    values = {"login": "clinic", "password": "atol-Secret-7", "protocol": "v4", "url": f"{atol.url}/possystem"}
    connection_make(code="evotor", typed=values, base_url=live_server.url, actor=director)
    Register.objects.create(name="Эвотор", branch=branch, device="evotor", group="clinic-2", email="k@clinic.example")
    sold(anna, reception)
    rounds()
    assert Receipt.objects.get().state == State.DONE
    assert received(atol)[0]["told"]["receipt"]["items"][0]["payment_object"] == "service"
