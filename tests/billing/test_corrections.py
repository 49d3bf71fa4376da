"""Corrections of real life: the payment came by another method, or was another patient's."""

import re
import uuid
from datetime import date, timedelta

import pytest
import time_machine

from billing.errors import AlreadyVoided, InsufficientDeposit, NotEnoughCash
from billing.events import PaymentAccepted, PaymentCorrected, PaymentVoided
from billing.models import Payment, PaymentPart
from billing.selectors.metrics import receipts_rows
from billing.services import (
    deposit_put,
    deposit_withdraw,
    invoice_rollback,
    payment_method_change,
    payment_move,
    payment_void,
    shift_close,
    shift_open,
)
from billing.services.cash import desk_ensure
from clinic.models import LockDate
from core.audit import text_of
from core.errors import IllegalMove, Invalid, NotFound
from core.models import AuditEntry
from ledger import accounts
from ledger.models import Posting
from ledger.selectors import account_sum
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.billing.test_races import at_once
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("BIL-08", "BIL-35")]
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}


@pytest.fixture
def boris(branch):
    return PatientFactory(last_name="Борисов", first_name="Борис", branch=branch)


def change(payment, actor, **sums):
    tenders = [(method, D(amount)) for method, amount in sums.items()]
    return payment_method_change(payment_id=payment.pk, tenders=tenders, reason="терминал", actor=actor)


def held(branch):
    return account_sum(accounts.cash(branch.pk, desk_ensure(branch.pk).pk))


def receipts(user, day):
    sums = {"cash": D(0), "card": D(0)}
    for row in receipts_rows(user, day, day):
        sums[row.method] += row.amount
    return sums


class TestMethod:
    def test_cash_that_was_a_card_is_mirrored_and_the_invoice_stays_paid(self, anna, branch, reception, director):
        """1 000 entered as cash came by card: three payments, each figure as if the first had been right."""
        invoice = invoice_of(anna, reception, 700, 300)
        taken = pay(invoice, reception, cash=1000).payment
        done = change(taken, director, card=1000)
        void = Payment.objects.get(reverses=taken)
        assert (void.cash, void.card, done.cash, done.card) == (D(-1000), D(0), D(0), D(1000))
        assert (done.kind, done.corrects_id) == ("payment", taken.pk)
        assert (held(branch), account_sum(accounts.acquirer(branch.pk))) == (D(0), D(1000))
        invoice.refresh_from_db()
        assert (invoice.status, invoice.paid) == ("paid", D(1000))
        mirrored = Posting.objects.filter(document_kind="payment", document_id=void.pk)
        assert all(row.reverses_id for row in mirrored)
        assert_balanced()

    def test_a_part_of_it_may_have_come_by_card(self, anna, reception, director):
        invoice = invoice_of(anna, reception, 700, 300)
        done = change(pay(invoice, reception, cash=1000).payment, director, cash="400.01", card="599.99")
        assert (done.cash, done.card) == (D("400.01"), D("599.99"))
        assert sum(part.amount for part in done.parts.all()) == D(1000)
        assert_balanced()

    def test_what_the_deposit_paid_stays_as_it_is(self, anna, reception, director):
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(300))], actor=reception)
        invoice = invoice_of(anna, reception, 1000)
        done = change(pay(invoice, reception, deposit=300, cash=700).payment, director, card=700)
        assert {part.method: part.amount for part in done.parts.all()} == {"deposit": D(300), "card": D(700)}
        assert money_of(anna) == (D(0), D(0))
        assert_balanced()

    def test_a_prepayment_that_is_spent_changes_its_method_too(self, anna, reception, director):
        put = deposit_put(patient_id=anna.pk, tenders=[("card", D(500))], actor=reception)
        pay(invoice_of(anna, reception, 500), reception, deposit=500)
        assert change(put, director, cash=500).kind == "deposit"
        assert money_of(anna) == (D(0), D(0))
        assert_balanced()

    def test_money_given_back_may_have_gone_by_card(self, anna, branch, reception, director):
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(500))], actor=reception)
        back = deposit_withdraw(patient_id=anna.pk, method="cash", amount=D(200), reason="просьба", actor=reception)
        assert (change(back, director, card=200).card, held(branch)) == (D(-200), D(500))
        assert_balanced()

    @pytest.mark.parametrize(("sums", "field"), [({"card": 999}, "amount"), ({"cash": 1000}, "method")])
    def test_another_sum_and_the_same_method_are_refused(self, anna, reception, director, sums, field):
        taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
        with pytest.raises(Invalid) as error:
            change(taken, director, **sums)
        assert list(error.value.fields) == [field]
        assert Payment.objects.count() == 1

    def test_cash_that_has_left_the_drawer_is_not_taken_out_of_it_again(self, anna, reception, director):
        taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
        deposit_put(patient_id=anna.pk, tenders=[("card", D(300))], actor=reception)
        deposit_withdraw(patient_id=anna.pk, method="cash", amount=D(300), reason="просьба", actor=reception)
        with pytest.raises(NotEnoughCash) as error:
            change(taken, director, card=1000)
        assert error.value.facts["available"] == "700.00"

    def test_a_payment_is_corrected_once_its_replacement_again(self, anna, reception, director):
        taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
        done = change(taken, director, card=1000)
        with pytest.raises(AlreadyVoided):
            change(taken, director, card=1000)
        back = change(done, director, cash=1000)
        payment_void(payment_id=back.pk, reason="ошибка", actor=director)
        assert money_of(anna) == (D(0), D(1000))
        assert_balanced()

    def test_of_a_rolled_back_invoice_nothing_is_corrected(self, anna, reception, director):
        invoice = invoice_of(anna, reception, 1000)
        taken = pay(invoice, reception, cash=1000).payment
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
        with pytest.raises(IllegalMove):
            change(taken, director, card=1000)


class TestClosed:
    def test_a_closed_shift_keeps_its_papers_and_the_open_one_has_the_pair(self, anna, branch, reception, director):
        desk = desk_ensure(branch.pk)
        old = shift_open(desk_id=desk.pk, actor=reception)
        taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
        old = shift_close(shift_id=old.pk, counted=D(1000), actor=reception)
        now = shift_open(desk_id=desk.pk, actor=reception)
        done = change(taken, director, card=1000)
        old.refresh_from_db()
        assert (old.expected, old.counted, old.payments.count()) == (D(1000), D(1000), 1)
        assert {row.pk for row in now.payments.all()} == {done.pk, Payment.objects.get(reverses=taken).pk}
        assert shift_close(shift_id=now.pk, counted=D(0), actor=reception).difference == D(0)

    def test_a_closed_day_keeps_its_figures_the_pair_stands_on_todays(self, anna, reception, director):
        with time_machine.travel("2026-03-10T09:00:00+00:00", tick=False):
            taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
        day = date(2026, 3, 10)
        with time_machine.travel("2026-03-20T09:00:00+00:00", tick=False):
            LockDate.objects.create(closed_until=day + timedelta(days=5))
            before = receipts(director, day)
            change(taken, director, card=1000)
            assert receipts(director, day) == before == {"cash": D(1000), "card": D(0)}
            assert receipts(director, date(2026, 3, 20)) == {"cash": D(-1000), "card": D(1000)}
        assert_balanced()


class TestPatient:
    def test_it_is_owed_again_and_pays_for_him_whose_money_it_was(self, anna, boris, reception, director):
        """1 500 taken of Anna were Boris's: he owes 400 and 600, the rest is his deposit."""
        invoice = invoice_of(anna, reception, 1500)
        taken = pay(invoice, reception, cash=1500).payment
        invoice_of(boris, reception, 400)
        invoice_of(boris, reception, 600)
        done = payment_move(payment_id=taken.pk, patient_id=boris.pk, reason="перепутали", actor=director)
        assert (money_of(anna), money_of(boris)) == ((D(0), D(1500)), (D(500), D(0)))
        assert (done.patient_id, done.cash, done.corrects_id) == (boris.pk, D(1500), taken.pk)
        assert set(AuditEntry.objects.filter(code__startswith="billing.payment.moved").values_list("code", "patient_id")) == {
            ("billing.payment.moved_away", anna.pk), ("billing.payment.moved_here", boris.pk),
        }  # fmt: skip
        assert_balanced()

    def test_it_pays_the_invoice_that_is_named_or_nothing_but_the_deposit(self, anna, boris, reception, director):
        first, named = invoice_of(boris, reception, 400), invoice_of(boris, reception, 600)
        taken = deposit_put(patient_id=anna.pk, tenders=[("card", D(500))], actor=reception)
        done = payment_move(
            payment_id=taken.pk, patient_id=boris.pk, invoice_id=named.pk, reason="перепутали", actor=director
        )
        first.refresh_from_db()
        assert (first.due, money_of(boris)) == (D(400), (D(0), D(500)))
        back = payment_move(payment_id=done.pk, patient_id=anna.pk, to_debts=False, reason="обратно", actor=director)
        assert (money_of(anna), money_of(boris), back.kind) == ((D(500), D(0)), (D(0), D(1000)), "deposit")
        assert_balanced()

    def test_what_the_first_ones_deposit_paid_returns_to_it(self, anna, boris, reception, director):
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(300))], actor=reception)
        taken = pay(invoice_of(anna, reception, 1000), reception, deposit=300, cash=700).payment
        payment_move(payment_id=taken.pk, patient_id=boris.pk, reason="перепутали", actor=director)
        assert (money_of(anna), money_of(boris)) == ((D(300), D(1000)), (D(700), D(0)))
        assert_balanced()

    def test_a_prepayment_that_is_spent_is_not_moved(self, anna, boris, reception, director):
        taken = deposit_put(patient_id=anna.pk, tenders=[("cash", D(500))], actor=reception)
        pay(invoice_of(anna, reception, 300), reception, deposit=300)
        with pytest.raises(InsufficientDeposit) as error:
            payment_move(payment_id=taken.pk, patient_id=boris.pk, reason="перепутали", actor=director)
        assert error.value.facts["available"] == "200.00"

    def test_only_money_and_only_to_whom_one_may_see(self, anna, boris, reception, director, other_branch):
        far = PatientFactory(branch=other_branch)
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(500))], actor=reception)
        spent = pay(invoice_of(anna, reception, 300), reception, deposit=300).payment
        with pytest.raises(IllegalMove):
            payment_move(payment_id=spent.pk, patient_id=boris.pk, reason="нет", actor=director)
        taken = Payment.objects.get(kind="deposit")
        for patient, error in ((anna, Invalid), (PatientFactory.build(pk=10**9), NotFound)):
            with pytest.raises(error):
                payment_move(payment_id=taken.pk, patient_id=patient.pk, reason="нет", actor=director)
        with pytest.raises(Invalid):
            payment_move(payment_id=taken.pk, patient_id=far.pk, reason=" ", actor=director)


def test_both_payments_and_the_correction_are_told(anna, reception, director, monkeypatch):
    told = []
    monkeypatch.setattr("billing.services.corrections.publish", told.append)
    taken = pay(invoice_of(anna, reception, 100), reception, cash=100).payment
    done = change(taken, director, card=100)
    void = Payment.objects.get(reverses=taken)
    assert told == [
        PaymentVoided(payment_id=taken.pk, patient_id=anna.pk),
        PaymentAccepted(payment_id=done.pk, patient_id=anna.pk),
        PaymentCorrected(
            payment_id=taken.pk, void_id=void.pk, replacement_id=done.pk, patient_id=anna.pk, to_patient_id=anna.pk,
            what="method",
        ),
    ]  # fmt: skip


def test_the_panels_correct_and_the_page_tells(client, anna, boris, reception, director):
    taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
    client.force_login(director)
    panel = client.get(f"/payments/{taken.pk}/method/", headers=PANEL).content.decode()
    assert re.search(r'value="1.?000', panel)
    wrong = client.post(f"/payments/{taken.pk}/method/", {"card": "900", "reason": "терминал"}, headers=PANEL)
    assert (wrong.status_code, Payment.objects.count()) == (422, 1)
    body = {"card": "1000", "reason": "терминал", "idempotency_key": uuid.uuid4().hex}
    answers = [client.post(f"/payments/{taken.pk}/method/", body, headers=PANEL) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    done = Payment.objects.get(corrects=taken)
    assert f"/payments/{done.pk}/" in client.get(f"/payments/{taken.pk}/").content.decode()
    answer = client.post(
        f"/payments/{done.pk}/move/", {"patient": boris.pk, "goes_to": "debts", "reason": "перепутали"}, headers=PANEL
    )
    assert answer.status_code == 204
    assert money_of(boris) == (D(1000), D(0))
    said = text_of(AuditEntry.objects.get(code="billing.payment.method_changed"))
    assert "было Наличные 1\xa0000\xa0₽, стало Карта 1\xa0000\xa0₽" in said


def test_the_api_corrects_within_its_rights(api, anna, boris, reception, director, stranger):
    taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
    body = {"method": "card", "reason": "терминал"}
    assert api(reception).post(f"payments/{taken.pk}/method/", body).json()["facts"] == {"needs": "billing.roll_back"}
    assert api(director).post(f"payments/{taken.pk}/method/", {"reason": "?"}).status_code == 400
    done = api(director).post(f"payments/{taken.pk}/method/", body).json()
    assert (done["card"], done["corrects"]) == ("1000.00", taken.pk)
    assert api(director).post(f"payments/{taken.pk}/method/", body).json()["code"] == "already_voided"
    moved = api(director).post(f"payments/{done['id']}/move/", {"patient": boris.pk, "reason": "перепутали"})
    assert (moved.status_code, moved.json()["patient"]) == (200, boris.pk)
    assert api(stranger).post(f"payments/{taken.pk}/move/", {"patient": 1, "reason": "х"}).status_code in (403, 404)


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_corrections_and_a_cancel_at_once_are_one(anna, boris, reception, director):
    taken = pay(invoice_of(anna, reception, 1000), reception, cash=1000).payment
    invoice_of(boris, reception, 300)
    works = (
        lambda: change(taken, director, card=1000),
        lambda: payment_move(payment_id=taken.pk, patient_id=boris.pk, reason="перепутали", actor=director),
        lambda: payment_void(payment_id=taken.pk, reason="ошибка", actor=director),
    )
    found = at_once(9, lambda index: works[index % 3]())
    assert sum(isinstance(row, Payment) for row in found) == 1
    assert {row.code for row in found if not isinstance(row, Payment)} == {"already_voided"}
    assert PaymentPart.objects.filter(payment__reverses=taken).exists()
    assert_balanced()


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_moves_there_and_back_at_once_deadlock_nobody(anna, boris, reception, director):
    """Two patients' debts and deposits are locked in one order, whichever way the money goes."""
    there = [pay(invoice_of(anna, reception, 100), reception, cash=100).payment for _n in range(4)]
    back = [pay(invoice_of(boris, reception, 100), reception, cash=100).payment for _n in range(4)]
    pairs = [*((row, boris) for row in there), *((row, anna) for row in back)]
    found = at_once(
        8,
        lambda i: payment_move(payment_id=pairs[i][0].pk, patient_id=pairs[i][1].pk, reason="обмен", actor=director),
    )
    assert all(isinstance(row, Payment) for row in found), found
    assert [sum(money_of(one)) >= 0 for one in (anna, boris)] == [True, True]
    assert_balanced()
