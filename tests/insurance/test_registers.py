"""From the invoice to the insurer's money: registers, payments, refusals (section 4, rules 5 and 6; BIL-31)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from openpyxl import load_workbook

from billing.errors import PaidByPayer
from billing.models import Invoice, Share, Status
from billing.selectors.patients import balances_of_patients
from billing.services import invoice_make, invoice_rollback, payment_accept, payment_void
from core.errors import IllegalMove, Invalid
from insurance import words
from insurance.errors import InSentRegister, NotSigned, RegisterEmpty, RegisterSent
from insurance.models import CoveredLine, Register, RegisterLine
from insurance.rules import Claim, Told, match
from insurance.selectors.registers import Wish
from insurance.services import (
    payment_enter,
    register_drop,
    register_leave_out,
    register_make,
    register_send,
    share_dispute,
    share_rebill,
    share_refuse,
    share_write_off,
    template_save,
)
from insurance.services.settling import Split
from ledger.models import Account
from ledger.selectors import ledger_check
from tests.insurance.conftest import TODAY, D

pytestmark = [pytest.mark.django_db, pytest.mark.feature("INS-11", "INS-22", "BIL-31", "INS-14")]
HEAD = "Реестр № {{register_number}} для {{insurer_full_name}}"


@pytest.fixture
def template(insurer, director):
    return template_save(
        insurer=insurer, name="Месячный", columns=["service_on", "patient", "policy", "service_code", "amount"], head=HEAD,
        foot="Итого {{total}}", actor=director,
    )  # fmt: skip


@pytest.fixture
def billed(anna, policy_of, approved, director):
    """`billed(1000, 2000)`: an issued invoice of a plan that the insurer has accepted."""

    def make(*prices, policy=None, **values):
        policy = policy or policy_of(anna, number=values.pop("number", "1001"), **values)
        plan = approved(policy, *prices)
        return invoice_make(patient_id=anna.pk, plan_id=plan.pk, actor=director)

    return make


@pytest.fixture
def register_of(insurer, template, branch, director):
    def make(*, send=True):
        wish = Wish(insurer, branch.legal_entity_id, TODAY - timedelta(days=30), TODAY)
        made = register_make(wish=wish, template=template, actor=director)
        return register_send(register_id=made.pk, actor=director) if send else made

    return make


def assert_balanced():
    assert ledger_check().problems == []


def covered(place=0):
    return CoveredLine.objects.order_by("pk")[place]


def pay(register, amount, director, *splits, number="П-1"):
    return payment_enter(
        register_id=register.pk,
        number=number,
        paid_on=TODAY,
        amount=D(amount),
        splits=list(splits) or None,
        actor=director,
    )


@pytest.mark.feature("INS-04", "INS-05")
def test_a_template_knows_its_places_and_columns(insurer, director):
    with pytest.raises(Invalid) as refused:
        template_save(insurer=insurer, name="Плохой", columns=["patient"], head="{{patient_secret}}", actor=director)
    assert "{{patient_secret}}" in str(refused.value.fields["head"][0])
    with pytest.raises(Invalid):
        template_save(insurer=insurer, name="Пустой", columns=[], actor=director)
    assert words.filled("{{ total }} и {{nothing}}", {"total": "5 ₽"}) == "5 ₽ и "


def test_a_register_takes_each_covered_line_once_and_is_numbered_when_sent(billed, register_of):
    billed(1000, 2000)
    draft = register_of(send=False)
    assert (draft.count, draft.total, draft.number) == (2, D(3000), None)
    with pytest.raises(RegisterEmpty):
        register_of()
    assert list(draft.lines.values_list("data__policy", flat=True)) == ["1001", "1001"]


def test_a_draft_gives_lines_back(billed, register_of, director):
    billed(1000, 2000)
    draft = register_of(send=False)
    draft = register_leave_out(register_id=draft.pk, line_ids=[draft.lines.first().pk], actor=director)
    assert (draft.count, draft.total) == (1, D(2000))
    assert register_of(send=False).total == D(1000)
    register_drop(register_id=draft.pk, actor=director)
    assert not Register.objects.filter(pk=draft.pk).exists()


def test_a_sent_register_is_frozen_by_the_database(billed, register_of, director):
    billed(1000)
    register = register_of()
    assert (register.number, register.head) == (1, "Реестр № 1 для АО «СОГАЗ»")
    with pytest.raises(RegisterSent):
        register_drop(register_id=register.pk, actor=director)
    for change in (
        lambda: Register.objects.filter(pk=register.pk).update(total=1),
        lambda: Register.objects.filter(pk=register.pk).delete(),
        lambda: RegisterLine.objects.filter(register=register).update(amount=1),
        lambda: RegisterLine.objects.filter(register=register).delete(),
    ):
        with pytest.raises(DatabaseError, match="was sent"), transaction.atomic():
            change()


def test_the_insurer_s_payment_closes_the_debt_by_itself(billed, register_of, director, anna):
    """BIL-31: nobody closes invoices by hand; the patient's own part stays his."""
    invoice = billed(8000, limit=5000, copay_percent=10)
    register = register_of()
    assert balances_of_patients([anna.pk])[anna.pk].debt == D(3000)
    pay(register, 5000, director)
    share = Share.objects.get(invoice=invoice, kind="dms")
    assert (share.paid, covered().outcome) == (D(5000), "paid")
    assert Invoice.objects.get(pk=invoice.pk).status == Status.PARTLY_PAID
    payment_accept(invoice_id=invoice.pk, tenders=[("cash", D(3000))], actor=director)
    assert Invoice.objects.get(pk=invoice.pk).status == Status.PAID
    register.refresh_from_db()
    assert register.status == "settled"
    assert_balanced()


def test_a_payment_of_another_sum_is_not_entered(billed, register_of, director):
    billed(1000)
    register = register_of()
    with pytest.raises(Invalid) as refused:
        pay(register, 900, director)
    assert list(refused.value.fields) == ["amount"]
    pay(register, 1000, director)
    with pytest.raises(Invalid):
        pay(register, 0, director)


def test_refused_in_part_disputed_and_paid_after_all(billed, register_of, director):
    billed(1000)
    register = register_of()
    row = covered()
    pay(register, 700, director, Split(row.pk, D(700), D(300), "нет снимка"))
    row.refresh_from_db()
    assert (row.outcome, row.refused, row.refusal) == ("refused", D(300), "нет снимка")
    share_dispute(covered_id=row.pk, actor=director)
    pay(register, 300, director, Split(row.pk, D(300)), number="П-2")
    row.refresh_from_db()
    register.refresh_from_db()
    assert (row.outcome, register.status) == ("paid", "settled")
    assert_balanced()


def test_what_is_refused_is_written_off_as_the_clinic_s_loss_and_frees_the_limit(
    billed, register_of, director, policy_of, anna
):
    policy = policy_of(anna, limit=2000)
    invoice = billed(1000, policy=policy)
    register, row = register_of(), covered()
    share_refuse(covered_id=row.pk, amount=D(1000), reason="не по программе", actor=director)
    share_write_off(covered_id=row.pk, reason="не оспариваем", actor=director)
    assert Account.objects.get(kind="write_off").code.startswith("write_off/")
    assert Invoice.objects.get(pk=invoice.pk).status == Status.PAID
    policy.purse.refresh_from_db()
    register.refresh_from_db()
    assert (policy.purse.left, register.status) == (D(2000), "settled")
    assert balances_of_patients([anna.pk])[anna.pk].debt == D(0)
    assert_balanced()


def test_what_is_refused_is_the_patient_s_only_with_his_signature(billed, register_of, director, anna):
    invoice = billed(1000)
    register, row = register_of(), covered()
    share_refuse(covered_id=row.pk, amount=D(400), reason="частично", actor=director)
    with pytest.raises(NotSigned):
        share_rebill(covered_id=row.pk, agreement=" ", actor=director)
    assert balances_of_patients([anna.pk])[anna.pk].debt == D(0)
    share_rebill(covered_id=row.pk, agreement="Согласие от 12.03.2026", actor=director)
    invoice.refresh_from_db()
    assert (invoice.due, invoice.total) == (D(400), D(1000))
    assert balances_of_patients([anna.pk])[anna.pk].debt == D(400)
    assert {share.kind: share.amount for share in invoice.shares.all()} == {"dms": D(600), "patient": D(400)}
    assert_balanced()
    payment_accept(invoice_id=invoice.pk, tenders=[("cash", D(400))], actor=director)
    assert_balanced()
    assert register.number == 1


def test_a_rebilled_invoice_rolls_back_to_nothing(billed, register_of, director, anna):
    invoice = billed(1000)
    register_of()
    share_refuse(covered_id=covered().pk, amount=D(1000), reason="отказ", actor=director)
    share_rebill(covered_id=covered().pk, agreement="Согласие", actor=director)
    payment_accept(invoice_id=invoice.pk, tenders=[("cash", D(1000))], actor=director)
    invoice_rollback(invoice_id=invoice.pk, reason="не оказано", actor=director)
    balance = balances_of_patients([anna.pk])[anna.pk]
    assert (balance.debt, balance.deposit) == (D(0), D(1000))
    assert_balanced()


def test_an_invoice_in_a_sent_register_is_refused_there_before_it_is_rolled_back(billed, register_of, director):
    invoice = billed(1000)
    register = register_of()
    with pytest.raises(InSentRegister) as refused:
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    assert refused.value.facts["register"] == register.number
    share_refuse(covered_id=covered().pk, amount=D(1000), reason="наша ошибка", actor=director)
    invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    assert covered().outcome == "returned"
    assert_balanced()


def test_a_draft_register_forgets_what_was_rolled_back(billed, register_of, director):
    first, _second = billed(1000), billed(2000, number="1002")
    draft = register_of(send=False)
    invoice_rollback(invoice_id=first.pk, reason="ошибка", actor=director)
    draft.refresh_from_db()
    assert (draft.count, draft.total) == (1, D(2000))


def test_a_cancelled_settlement_opens_its_lines_again(billed, register_of, director):
    invoice = billed(1000)
    register = register_of()
    payment = pay(register, 1000, director)
    settlement = payment.allocations.get().settlement
    with pytest.raises(PaidByPayer):
        invoice_rollback(invoice_id=invoice.pk, reason="ошибка", actor=director)
    payment_void(payment_id=settlement.pk, reason="не тот банк", actor=director)
    register.refresh_from_db()
    assert (covered().outcome, register.status) == ("open", "sent")
    pay(register, 1000, director, number="П-2")
    assert_balanced()


def test_only_refused_sums_are_disposed_of(billed, register_of, director):
    billed(1000)
    register_of()
    for act in (
        lambda: share_dispute(covered_id=covered().pk, actor=director),
        lambda: share_write_off(covered_id=covered().pk, reason="x", actor=director),
        lambda: share_rebill(covered_id=covered().pk, agreement="x", actor=director),
    ):
        with pytest.raises(IllegalMove):
            act()


def test_rows_of_a_table_find_their_lines():
    claims = [Claim(1, 1, "77 01", "A16", "2026-03-01", D(100)), Claim(2, 2, "7701", "A17", "2026-03-01", D(200))]
    rows = [
        Told(5, None, "7701", "a 16", "", D(100), D(0)),
        Told(6, 2, "", "", "", D(150), D(50), "нет"),
        Told(7, None, "9999", "A16", "", D(1), D(0)),
        Told(8, 2, "", "", "", D(1), D(0)),
    ]
    found, lost = match(claims, rows)
    assert (found, lost) == ({5: 1, 6: 2}, {7: "unknown", 8: "taken"})


# Pages


def test_the_register_as_a_workbook_and_on_paper(client, billed, register_of, director, accountant):
    billed(1000)
    register = register_of()
    client.force_login(director)
    answer = client.get(f"/registers/{register.pk}/register.xlsx")
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "Реестр № 1 для АО «СОГАЗ»"
    assert rows[3][2] == "Ёлкина Анна Петровна" and rows[3][5] == 1000
    paper = client.get(f"/registers/{register.pk}/register.pdf")
    assert paper.status_code == 200 and b"".join(paper.streaming_content).startswith(b"%PDF")


def test_a_payment_by_the_insurer_s_table(client, billed, register_of, director):
    billed(1000, 2000)
    register = register_of()
    client.force_login(director)
    table = "№ п/п;Оплачено;Отказано;Причина отказа\n1;1000;0;\n2;1500;500;нет снимка\nИтого;;;\n".encode()
    body = {
        "number": "П-9", "paid_on": f"{TODAY:%d.%m.%Y}", "amount": "2500", "note": "",
        "file": SimpleUploadedFile("act.csv", table, "text/csv"),
    }  # fmt: skip
    answer = client.post(f"/registers/{register.pk}/payment/", body)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    page = client.get(answer["Location"])
    assert page.status_code == 200 and "нет снимка" in page.content.decode()
    form = page.context["form"]
    fields = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    done = client.post(answer["Location"].partition("?")[0], {**fields, "go": "1"})
    assert done.status_code == 302, done.content.decode()[-3000:]
    assert sorted(CoveredLine.objects.values_list("outcome", "refused")) == [("paid", D(0)), ("refused", D(500))]
    assert_balanced()


@pytest.mark.feature("INS-12", "REP-10")
def test_the_report_counts_what_insurers_owe_by_the_kind_of_policy(client, billed, director, accountant, anna):
    from catalog.models import Diagnosis
    from clinical.services import diagnosis_note

    caries = Diagnosis.objects.get(code="K02.1")
    diagnosis_note(patient_id=anna.pk, diagnosis_id=caries.pk, teeth=[36], actor=director)
    billed(8000, limit=5000, copay_percent=10)
    client.force_login(director)
    api = f"/api/v1/reports/dms/?from={TODAY}&to={TODAY}"
    assert client.get(api).json()["totals"] == {"value": "5000.00", "paid": "0.00"}
    assert client.get(f"{api}&policy=inactive").json()["totals"]["value"] == "0.00"
    assert client.get(f"{api}&approval=accepted_full&invoice=issued").json()["totals"]["value"] == "5000.00"
    page = client.get(f"/reports/dms/?from={TODAY}&to={TODAY}").content.decode()
    assert "K02.1" in page and "СОГАЗ" in page
    client.force_login(accountant)
    page = client.get(f"/reports/dms/?from={TODAY}&to={TODAY}").content.decode()
    assert "СОГАЗ" in page and "K02.1" not in page  # finance sees the money, not the disease
