"""A certificate speaks of money that was paid for treatment, once, and is never changed (domain 3.2)."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import Payment
from billing.services import (
    deposit_put,
    deposit_withdraw,
    invoice_rollback,
    payment_method_change,
    payment_move,
    payment_void,
)
from core.errors import Invalid, NotFound
from patients.services.merging import patients_merge
from taxes.errors import CertificateExists, NothingToCertify, NotTheLast, PaymentCertified
from taxes.models import Certificate, CertificatePayment, CertifiedPayment
from taxes.selectors import certificates_of, certificates_visible_to, payers_of, sums_changed, year_of
from taxes.services import certificate_cancel, certificate_correct, certificate_issue
from tests.billing.money import D, invoice_of, pay
from tests.factories import PatientFactory
from tests.taxes.conftest import HEAD, SUBJECT, a_request, on, sold

pytestmark = [pytest.mark.django_db, pytest.mark.feature("PAT-17", "DOC-06")]


def issue(patient, actor, year=2026, payer=None, request=None):
    return certificate_issue(
        patient_id=patient.pk, year=year, payer_key=payer or f"patient/{patient.pk}", request=request or a_request(),
        actor=actor,
    )  # fmt: skip


def sums(patient, year=2026):
    entity = patient.branch.legal_entity_id
    free = year_of(patient, entity_id=entity, year=year).free
    return sum(row.code1 for row in free), sum(row.code2 for row in free)


def test_a_year_with_refunds_by_hand(anna, director):
    """Numbers by hand, to the kopeck.

    January: 4,500.50 ordinary and 85,000.00 expensive, paid 50,000 by card and 39,500.50 in cash.
    March: 3,200.33 paid by card, invoice rolled back with the money given back: 0.
    May: 2,000.10 paid by mistake twice, one payment cancelled: 2,000.10.
    June: 10,000 expensive, 6,000 paid: 6,000. Invoice of December before paid on 10 January: 1,111.11.
    A code: 1: 4,500.50 + 2,000.10 + 1,111.11 = 7,611.71; 2: 85,000.00 + 6,000.00 = 91,000.00.
    """
    with on(2025, 12, 20):
        december = sold(anna, director, ordinary="1111.11")
    with on(2026, 1, 10):
        pay(december, director, cash="1111.11")
    with on(2026, 1, 15):
        january = sold(anna, director, ordinary="4500.50", expensive=85000)
        pay(january, director, card=50000)
        pay(january, director, cash="39500.50")
    with on(2026, 3, 1):
        march = sold(anna, director, ordinary="3200.33")
        pay(march, director, card="3200.33")
        invoice_rollback(invoice_id=march.pk, reason="Не сделано", refund=True, actor=director)
    with on(2026, 5, 2):
        may = sold(anna, director, ordinary="2000.10")
        wrong = pay(may, director, cash="2000.10").payment
        payment_void(payment_id=wrong.pk, reason="Не та сумма", actor=director)
        pay(may, director, card="2000.10")
    with on(2026, 6, 3):
        june = sold(anna, director, expensive=10000)
        pay(june, director, cash=6000)
        made = issue(anna, director)
    assert (made.code1, made.code2, made.total) == (D("7611.71"), D("91000.00"), D("98611.71"))
    assert (str(made.number), made.correction, made.payer_name) == ("26000001", 0, "Ёлкина Анна")
    listed = made.payments.all()
    assert (sum(row.code1 for row in listed), sum(row.code2 for row in listed)) == (made.code1, made.code2)
    assert [row.paid_on.month for row in listed] == [1, 1, 1, 5, 6]
    assert sums(anna, 2025) == (0, 0), "an invoice counts when it is paid"


def test_a_partial_refund_leaves_the_rest(anna, director):
    with on(2026, 2, 1):
        one = sold(anna, director, ordinary=5000)
        first = pay(one, director, cash=2000).payment
        pay(one, director, card=3000)
        payment_void(payment_id=first.pk, reason="Вернули", actor=director)
        assert sums(anna) == (D(3000), 0)


def test_a_refund_of_the_next_year_takes_from_the_year_of_the_payment_and_asks_for_a_correction(anna, director):
    """The year of the refund never falls below what was paid in it."""
    with on(2025, 11, 1):
        old = sold(anna, director, expensive=30000)
        pay(old, director, card=30000)
        kept = sold(anna, director, ordinary=700)
        pay(kept, director, card=700)
        said = issue(anna, director, 2025)
    assert (said.code1, said.code2) == (D(700), D(30000))
    assert sums_changed(said) is None
    with on(2026, 2, 1):
        new = sold(anna, director, ordinary=400)
        pay(new, director, cash=400)
        invoice_rollback(invoice_id=old.pk, reason="Брак", refund=True, actor=director)
        assert sums(anna) == (D(400), 0)
        assert sums_changed(Certificate.objects.get(pk=said.pk)) == (D(700), 0)
        fixed = certificate_correct(certificate_id=said.pk, request=a_request(), reason="Возврат", actor=director)
    assert (str(fixed.number), fixed.correction, fixed.code1, fixed.code2) == (str(said.number), 1, D(700), 0)
    said = Certificate.objects.get(pk=said.pk)
    assert (said.code2, said.state[0], fixed.state[0]) == (D(30000), "corrected", "valid")


def test_an_advance_counts_when_it_has_paid_for_a_service(anna, director):
    """10,000 put in December 2025; 4,000 of it spent then, 5,000 in January, 600 given back, 400 unspent."""
    with on(2025, 12, 1):
        deposit_put(patient_id=anna.pk, tenders=[("cash", D(10000))], actor=director)
        pay(sold(anna, director, ordinary=4000), director, deposit=4000)
    with on(2026, 1, 12):
        pay(sold(anna, director, expensive=5000), director, deposit=5000)
        deposit_withdraw(patient_id=anna.pk, method="cash", reason="Просит", amount=D(600), actor=director)
    assert (sums(anna, 2025), sums(anna, 2026)) == ((D(4000), 0), (0, D(5000)))


def test_money_of_a_rolled_back_invoice_that_stays_as_an_advance_counts_no_more(anna, director):
    with on(2026, 1, 12):
        gone = sold(anna, director, ordinary=4000)
        pay(gone, director, card=1500, cash=2500)
        invoice_rollback(invoice_id=gone.pk, reason="Ошибка", actor=director)
        assert sums(anna) == (0, 0)
        pay(sold(anna, director, expensive=3000), director, deposit=3000)
        assert sums(anna) == (0, D(3000))


def test_a_corrected_payment_counts_on_the_day_when_it_was_taken_and_stays_in_its_certificate(anna, director):
    """By card, not in cash, as was found in the next year; twice. Then it was another patient's."""
    with on(2025, 11, 1):
        taken = pay(sold(anna, director, ordinary=700), director, cash=700).payment
        said = issue(anna, director, 2025)
    with on(2026, 2, 1):
        again = payment_method_change(payment_id=taken.pk, tenders=[("card", D(700))], reason="Картой", actor=director)
        last = payment_method_change(
            payment_id=again.pk, tenders=[("cash", D(300)), ("card", D(400))], reason="И так и так", actor=director
        )
        assert (sums(anna, 2025), sums(anna, 2026)) == ((0, 0), (0, 0)), "certified already"
        assert sums_changed(said) is None
        other = PatientFactory(branch=anna.branch, last_name="Другая")
        sold(other, director, expensive=700)
        payment_move(payment_id=last.pk, patient_id=other.pk, reason="Её деньги", actor=director)
        assert sums_changed(said) == (0, 0)
        assert sums(other, 2025) == (0, D(700))


def test_two_payers_share_the_payments_and_none_is_deducted_twice(anna, spouse, director):
    with on(2026, 4, 1):
        treated = sold(anna, director, ordinary=9000)
        his = pay(treated, director, card=6500).payment
        hers = pay(treated, director, cash=2500).payment
        key = f"representative/{spouse.pk}"
        asked = a_request("Ёлкин", "Борис", subject=replace(SUBJECT, birth_date=date(1985, 4, 12)), payments=[his.pk])
        one = issue(anna, director, payer=key, request=asked)
        two = issue(anna, director)
        assert (one.code1, one.relation, two.code1, two.relation) == (D(6500), "spouse", D(2500), "self")
        assert {str(one.number), str(two.number)} == {"26000001", "26000002"}
        with pytest.raises(CertificateExists) as refused:
            more = sold(anna, director, ordinary=100)
            pay(more, director, cash=100)
            issue(anna, director)
        assert refused.value.facts == {"certificate": two.pk}
        with pytest.raises(PaymentCertified):
            certificate_correct(
                certificate_id=two.pk, request=a_request(payments=[his.pk, hers.pk]), reason="Все", actor=director
            )
        assert CertifiedPayment.objects.count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            CertifiedPayment.objects.create(number=one.number, payment=hers, patient=anna)


def test_a_correction_takes_the_next_number_and_a_cancellation_999(anna, director):
    with on(2026, 4, 1):
        first = pay(sold(anna, director, ordinary=100), director, cash=100).payment
        said = issue(anna, director)
        second = pay(sold(anna, director, ordinary=50), director, cash=50).payment
        fixed = certificate_correct(
            certificate_id=said.pk, request=a_request("Ёлкина-Полянская"), reason="Фамилия", actor=director
        )
        assert (fixed.correction, fixed.code1, fixed.payer_name) == (1, D(150), "Ёлкина-Полянская Анна")
        assert set(CertifiedPayment.objects.values_list("payment", flat=True)) == {first.pk, second.pk}
        with pytest.raises(NotTheLast):
            certificate_correct(certificate_id=said.pk, request=a_request(), reason="Снова", actor=director)
        gone = certificate_cancel(certificate_id=fixed.pk, reason="Просит заново", actor=director)
        assert (gone.correction, gone.code1, gone.code2, gone.state[0]) == (999, 0, 0, "cancellation")
        assert Certificate.objects.get(pk=fixed.pk).state[0] == "cancelled"
        with pytest.raises(NotTheLast):
            certificate_cancel(certificate_id=fixed.pk, reason="Ещё", actor=director)
        again = issue(anna, director)
    assert (str(again.number), again.code1) == ("26000002", D(150))


def test_what_was_said_cannot_be_changed_even_in_the_database(anna, director):
    with on(2026, 4, 1):
        pay(sold(anna, director, ordinary=100), director, cash=100)
        said = issue(anna, director)
    for change in ("UPDATE taxes_certificate SET code1 = 1", "DELETE FROM taxes_certificatepayment"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE clinic_app")
            cursor.execute(change)
    for row in (
        Certificate(number=said.number, correction=1, reason="", code1=1, code2=0),
        Certificate(number=said.number, correction=0, code1=1, code2=0),
        Certificate(number=said.number, correction=2, reason="Пусто", code1=0, code2=0),
    ):
        for name in ("patient", "branch", "relation", "payer_name", "payer", "subject", "signer", "issued_on"):
            setattr(row, name, getattr(said, name))
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificatePayment.objects.create(
            certificate=said, payment=Payment.objects.get(), paid_on=said.issued_on, code1=1, code2=0
        )


@pytest.mark.feature("PAT-18", "BAR-21", "MOON-08")
def test_a_patient_of_barter_alone_is_refused_with_the_engines_sentence(anna, director, branch):
    from barter.services import contract_activate, contract_create, organisation_ensure
    from barter.services.contracts import EntryInput

    contract = contract_create(
        kind="organisation", organisation=organisation_ensure(name="Радио Шансон", actor=director),
        over_limit="patient", actor=director, beneficiaries=[EntryInput(D(5000), anna.pk)],
    )  # fmt: skip
    contract_activate(contract_id=contract.pk, actor=director)
    invoice_of(anna, director, 4000)
    year = invoice_of(anna, director, 600).issued_on.year
    with pytest.raises(NothingToCertify) as refused:
        issue(anna, director, year)
    [why] = refused.value.facts["reasons"]
    assert str(contract.number) in why
    assert "BAR-21" in why
    assert why in str(refused.value)
    assert not Certificate.objects.exists()
    over = invoice_of(anna, director, 1000)  # 400 of the limit are left, 600 are his own
    assert over.due == D(600)
    pay(over, director, cash=600)
    assert issue(anna, director, year).total == D(600), "money over the limit is money"


def test_the_tax_office_asks_for_an_inn_or_a_document(anna, spouse, director):
    with on(2026, 4, 1):
        pay(sold(anna, director, ordinary=100), director, cash=100)
        with pytest.raises(Invalid) as refused:
            issue(anna, director, request=a_request(inn="500100732250"))
        assert set(refused.value.fields) == {"payer_inn"}
        with pytest.raises(Invalid) as refused:
            issue(
                anna, director, payer=f"representative/{spouse.pk}",
                request=a_request("Ёлкин", "Борис", inn="", subject=replace(SUBJECT, document_on=None)),
            )  # fmt: skip
        assert set(refused.value.fields) == {
            "payer_document_code", "payer_document_number", "payer_document_on", "patient_document_on",
        }  # fmt: skip
        for year, field in ((2023, "year"), (2027, "year")):
            with pytest.raises(Invalid) as refused:
                issue(anna, director, year)
            assert set(refused.value.fields) == {field}
        with pytest.raises(Invalid):
            issue(anna, director, request=replace(a_request(), signer=" "))


def test_parents_and_guardians_deduct_only_for_the_young(anna, director):
    from patients.models import Representative

    mother = Representative.objects.create(patient=anna, full_name="Ёлкина Вера", relation="mother")
    aunt = Representative.objects.create(patient=anna, full_name="Ёлкина Зоя", relation="relative")
    assert f"representative/{aunt.pk}" not in {each.key for each in payers_of(anna)}
    with on(2026, 4, 1):
        pay(sold(anna, director, ordinary=100), director, cash=100)
        asked = a_request("Ёлкина", "Вера", subject=replace(SUBJECT, birth_date=date(1985, 4, 12)))
        with pytest.raises(Invalid) as refused:
            issue(anna, director, payer=f"representative/{mother.pk}", request=asked)
        assert set(refused.value.fields) == {"payer"}
        assert issue(anna, director, payer=f"representative/{mother.pk}", request=replace(asked, subject=SUBJECT))


def test_a_stranger_neither_issues_nor_sees(anna, director, stranger):
    with on(2026, 4, 1):
        pay(sold(anna, director, ordinary=100), director, cash=100)
        said = issue(anna, director)
        with pytest.raises(NotFound):
            certificate_correct(certificate_id=said.pk, request=a_request(), reason="Чужой", actor=stranger)
    assert not certificates_visible_to(stranger).exists()
    assert said.signer == HEAD


@pytest.mark.feature("PAT-40")
def test_a_merge_takes_certificates_along(anna, director):
    twin = PatientFactory(branch=anna.branch, last_name="Ёлкина")
    with on(2026, 4, 1):
        pay(sold(twin, director, ordinary=100), director, cash=100)
        said = issue(twin, director)
        patients_merge(survivor_id=anna.pk, duplicate_id=twin.pk, actor=director)
        assert [row.pk for row in certificates_of(anna.pk)] == [said.pk]
        fixed = certificate_correct(certificate_id=said.pk, request=a_request(), reason="Имя", actor=director)
    assert (fixed.patient_id, fixed.code1) == (anna.pk, D(100))
