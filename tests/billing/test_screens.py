"""Pages of money: what they show, what they refuse beside the field, what a second press does."""

import uuid
from urllib.parse import unquote

import pytest

from billing.models import Article, CashShift, Invoice, Payment
from billing.services import deposit_put, shift_open
from billing.services.cash import desk_ensure
from tests.billing.money import D, assert_balanced, invoice_of, money_of, pay
from tests.factories import DoctorFactory, PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PANEL = {**HTMX, "HX-Target": "panel-body"}


@pytest.fixture
def desk(client, reception):
    client.force_login(reception)
    return client


@pytest.fixture
def office(client, branch, director):
    client.force_login(director)
    return client


def told(answer) -> str:
    return unquote(answer.headers.get("HX-Trigger", ""))


@pytest.mark.feature("BIL-06", "BIL-07")
def test_the_page_shows_lines_payers_sums_and_the_desk(desk, anna, reception, doctor):
    invoice = invoice_of(anna, reception, 4000, 860, doctor=doctor.staff)
    pay(invoice, reception, cash=860)
    page = desk.get(f"/invoices/{invoice.pk}/").content.decode()
    for piece in ("Ёлкина Анна Петровна", "Соколова М. А.", "4\xa0860", 'data-due="4000.00"', "Оплачен частично"):
        assert piece in page, piece
    assert "rollback" not in page  # an administrator does not roll back


@pytest.mark.feature("BIL-42")
def test_two_presses_of_the_button_take_the_money_once(desk, anna, reception):
    invoice = invoice_of(anna, reception, 1000)
    body = {"cash": "1 000,00", "version": invoice.version, "idempotency_key": uuid.uuid4().hex}
    first = desk.post(f"/invoices/{invoice.pk}/pay/", body, headers=HTMX)
    again = desk.post(f"/invoices/{invoice.pk}/pay/", body, headers=HTMX)
    assert (first.status_code, again.status_code) == (204, 204)
    assert first.headers["HX-Redirect"] == again.headers["HX-Redirect"]
    assert Payment.objects.count() == 1


def test_the_change_is_not_money_of_the_desk(desk, anna, reception):
    invoice = invoice_of(anna, reception, 4860)
    body = {"cash": "5000", "surplus": "change", "version": invoice.version}
    assert desk.post(f"/invoices/{invoice.pk}/pay/", body, headers=HTMX).status_code == 204
    assert Payment.objects.get().cash == D(4860)
    assert money_of(anna) == (D(0), D(0))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Введите сумму"),
        ({"cash": "много"}, "Введите сумму"),
        ({"cash": "-5"}, "больше либо равно"),
        ({"deposit": "100"}, "На депозите недостаточно денег"),
        ({"deposit": "1001"}, "больше, чем нужно заплатить"),
    ],
)
def test_what_is_refused_comes_back_typed_and_changes_nothing(desk, anna, reception, body, sentence):
    invoice = invoice_of(anna, reception, 1000)
    answer = desk.post(f"/invoices/{invoice.pk}/pay/", {**body, "version": invoice.version}, headers=HTMX)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    for value in body.values():
        if value != "100" and value != "1001":  # there is no deposit, so no field of it
            assert f'value="{value}"' in answer.content.decode()
    assert Payment.objects.count() == 0


def test_a_page_that_was_overtaken_is_told_and_shows_what_is_due_now(desk, anna, reception):
    invoice = invoice_of(anna, reception, 1000)
    pay(invoice, reception, cash=300)
    answer = desk.post(f"/invoices/{invoice.pk}/pay/", {"cash": "1000", "version": invoice.version}, headers=HTMX)
    assert answer.status_code == 412
    assert 'data-due="700.00"' in answer.content.decode()
    assert Payment.objects.count() == 1


@pytest.mark.feature("BIL-08", "BIL-36")
def test_the_roll_back_panel_says_what_will_happen_and_wants_a_reason(office, anna, director):
    invoice = invoice_of(anna, director, 1000)
    pay(invoice, director, cash=600)
    invoice.refresh_from_db()
    panel = office.get(f"/invoices/{invoice.pk}/rollback/", headers=PANEL).content.decode()
    assert "600\xa0₽" in panel
    body = {"reason": "other", "comment": "", "back": "refund", "version": invoice.version}
    assert office.post(f"/invoices/{invoice.pk}/rollback/", body, headers=PANEL).status_code == 422
    done = office.post(f"/invoices/{invoice.pk}/rollback/", {**body, "comment": "перепутан зуб"}, headers=PANEL)
    assert done.status_code == 204
    assert "invoice:changed" in told(done)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.rollback_reason) == ("rolled_back", "перепутан зуб")
    assert Payment.objects.get(kind="return").cash == D(-600)


@pytest.mark.feature("BIL-01", "BIL-02", "BIL-03", "BIL-05")
def test_an_invoice_is_made_on_the_page(desk, anna, doctor):
    service, other = ServiceFactory(price="1000.00"), ServiceFactory(price="500.00")
    assistant = DoctorFactory(is_doctor=False, last_name="Лупу")
    body = {
        "lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 0, "lines-0-service": service.pk, "lines-0-doctor": doctor.staff.pk,
        "lines-0-assistant": assistant.pk, "lines-0-teeth": "36, 37", "lines-0-quantity": 2, "lines-1-service": other.pk,
        "lines-1-quantity": 1, "lines-1-discount": "10", "lines-1-discount_kind": "percent", "discount": "150",
        "discount_reason": "постоянный пациент", "note": "срочно",
    }  # fmt: skip
    answer = desk.post(f"/invoices/new/?patient={anna.pk}", body)
    invoice = Invoice.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/invoices/{invoice.pk}/")
    assert (invoice.list_total, invoice.total, invoice.note) == (D(2500), D(2300), "срочно")
    first, second = invoice.lines.order_by("position")
    assert (first.teeth, first.doctor, first.assistant) == ([36, 37], doctor.staff, assistant)
    assert second.discount == D("50.00") + D("27.55")  # 10 percent of 500, then 450/2450 of 150


def test_faults_of_a_new_invoice_stand_beside_their_fields(desk, anna):
    service = ServiceFactory(price="1000.00")
    body = {
        "lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 0, "lines-0-service": service.pk, "lines-0-quantity": 1,
        "lines-1-service": service.pk, "lines-1-teeth": "99", "lines-1-quantity": 1, "discount": "10",
    }  # fmt: skip
    page = desk.post(f"/invoices/new/?patient={anna.pk}", body, headers=HTMX)
    assert page.status_code == 422
    assert "Номера зубов" in page.content.decode()
    assert "Укажите причину" in page.content.decode()
    body = {**body, "lines-1-teeth": "", "discount": "", "lines-1-discount": "1000.01", "lines-1-discount_kind": "sum"}
    page = desk.post(f"/invoices/new/?patient={anna.pk}", body, headers=HTMX)
    assert page.status_code == 422
    assert "Скидка не больше цены" in page.content.decode()
    assert Invoice.objects.count() == 0


@pytest.mark.feature("CLN-16")
def test_a_plan_that_is_not_approved_is_shown_closed_with_the_reason(desk, anna, approved_plan):
    approved_plan(anna, 100, approve=False)
    good = approved_plan(anna, 700, 300)
    page = desk.get(f"/invoices/new/?patient={anna.pk}&plan={good.pk}").content.decode()
    assert "План ещё не утверждён" in page
    first, second = good.lines.order_by("pk")
    body = {"lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0, "plan": good.pk, "plan_lines": [second.pk]}
    desk.post(f"/invoices/new/?patient={anna.pk}", body)
    assert [line.plan_line_id for line in Invoice.objects.get().lines.all()] == [second.pk]
    assert f'value="{first.pk}"' in desk.get(f"/invoices/new/?patient={anna.pk}").content.decode()
    assert (
        f'name="plan_lines" value="{second.pk}"' not in desk.get(f"/invoices/new/?patient={anna.pk}").content.decode()
    )


def test_a_draft_is_changed_issued_or_discarded(desk, anna, reception):
    draft = invoice_of(anna, reception, 100, draft=True)
    service = ServiceFactory(price="250.00")
    body = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-service": service.pk, "lines-0-quantity": 1}
    assert desk.get(f"/invoices/{draft.pk}/change/").status_code == 200
    assert desk.post(f"/invoices/{draft.pk}/change/", {**body, "version": draft.version}).status_code == 302
    draft.refresh_from_db()
    assert draft.total == D(250)
    desk.post(f"/invoices/{draft.pk}/issue/", {"version": draft.version})
    draft.refresh_from_db()
    assert (draft.status, draft.number) == ("issued", 1)
    another = invoice_of(anna, reception, 100, draft=True)
    desk.post(f"/invoices/{another.pk}/discard/")
    assert not Invoice.objects.filter(pk=another.pk).exists()
    assert_balanced()


@pytest.mark.feature("BIL-09", "BIL-10", "C17", "PAT-21")
def test_the_card_has_a_tab_with_balance_deposit_and_invoices(desk, anna, reception):
    invoice_of(anna, reception, 1000)
    page = desk.get(f"/patients/{anna.pk}/payments/").content.decode()
    assert "1\xa0000" in page
    done = desk.post(f"/patients/{anna.pk}/deposit/", {"cash": "500", "card": "300"}, headers=PANEL)
    assert done.status_code == 204
    assert money_of(anna)[0] == D(800)
    assert desk.post(f"/patients/{anna.pk}/spend-deposit/", headers=HTMX).status_code == 204
    assert money_of(anna) == (D(0), D(200))
    deposit_put(patient_id=anna.pk, tenders=[("cash", D(50))], actor=reception)
    body = {"method": "cash", "reason": "просьба", "amount": "60"}
    assert desk.post(f"/patients/{anna.pk}/withdraw/", body, headers=PANEL).status_code == 422
    assert desk.post(f"/patients/{anna.pk}/withdraw/", {**body, "amount": ""}, headers=PANEL).status_code == 204
    assert money_of(anna) == (D(0), D(200))
    assert_balanced()


def test_the_list_of_patients_tells_who_owes(desk, anna, reception):
    PatientFactory(branch=anna.branch, last_name="Безденежных")
    invoice_of(anna, reception, 1234)
    assert "1\xa0234" in desk.get("/patients/").content.decode()
    found = desk.get("/patients/?owes=true").content.decode()
    assert ("Ёлкина" in found, "Безденежных" in found) == (True, False)


@pytest.mark.feature("BIL-16", "BIL-17")
def test_the_desk_from_opening_to_a_counted_close(desk, anna, reception, branch):
    drawer = desk_ensure(branch.pk)
    assert "откройте" in desk.get("/cash/").content.decode().lower()
    desk.post(f"/cash/desks/{drawer.pk}/open/")
    shift = CashShift.objects.get()
    change = Article.objects.filter(direction="both").first()
    assert (
        desk.post(
            f"/cash/shifts/{shift.pk}/move/in/", {"article": change.pk, "amount": "2000"}, headers=PANEL
        ).status_code
        == 204
    )
    too_much = desk.post(
        f"/cash/shifts/{shift.pk}/move/out/", {"article": change.pk, "amount": "2000.01"}, headers=PANEL
    )
    assert (too_much.status_code, "недостаточно" in too_much.content.decode()) == (422, True)
    pay(invoice_of(anna, reception, 500), reception, cash=500)
    page = desk.get("/cash/").content.decode()
    assert "2\xa0500" not in page.split('id="count"')[1]  # the expected sum opens after the count
    body = {"counted": "2400", "note-1000": "2", "note-100": "4", "version": shift.version}
    answer = desk.post(f"/cash/shifts/{shift.pk}/close/", body, headers=HTMX)
    assert answer.status_code == 422
    assert "−100" in answer.content.decode()
    done = desk.post(f"/cash/shifts/{shift.pk}/close/", {**body, "explanation": "сдача"}, headers=HTMX)
    assert done.headers["HX-Redirect"] == f"/cash/shifts/{shift.pk}/"
    shift.refresh_from_db()
    assert (shift.expected, shift.counted, shift.difference, shift.notes) == (
        D(2500),
        D(2400),
        D(-100),
        {"1000": 2, "100": 4},
    )
    assert "сдача" in desk.get(f"/cash/shifts/{shift.pk}/").content.decode()
    assert desk.get(f"/cash/shifts/{shift.pk}/sheet/").status_code == 200
    assert_balanced()


def test_a_cash_order_taken_by_mistake_is_mirrored(office, director, branch):
    from billing.services import cash_move

    shift = shift_open(desk_id=desk_ensure(branch.pk).pk, actor=director)
    change = Article.objects.filter(direction="both").first()
    order = cash_move(shift_id=shift.pk, article_id=change.pk, amount=D(700), into=True, actor=director)
    done = office.post(f"/cash/orders/{order.pk}/undo/", {"reason": "wrong_sum"}, headers=PANEL)
    assert done.status_code == 204
    assert [row.amount for row in shift.movements.order_by("pk")] == [D(700), D(-700)]
    again = office.post(f"/cash/orders/{order.pk}/undo/", {"reason": "wrong_sum"}, headers=PANEL)
    assert again.status_code == 422
    assert_balanced()


def test_a_payment_by_the_wrong_method_is_cancelled_and_owed_again(office, anna, director):
    invoice = invoice_of(anna, director, 900)
    taken = pay(invoice, director, cash=900)
    done = office.post(f"/payments/{taken.payment.pk}/void/", {"reason": "wrong_sum"}, headers=PANEL)
    assert done.status_code == 204
    invoice.refresh_from_db()
    assert (invoice.status, invoice.due) == ("issued", D(900))
    assert "Отменён" in office.get(f"/payments/{taken.payment.pk}/").content.decode()
    assert office.post(f"/payments/{taken.payment.pk}/void/", {"reason": "wrong_sum"}, headers=PANEL).status_code == 422
    assert_balanced()


@pytest.mark.parametrize(
    "path",
    ["/invoices/", "/payments/", "/debts/", "/cash/", "/cash-shifts/", "/cash-desks/", "/cash-articles/", "/ledger/",
     "/invoices/new/", "/cash/articles/new/", "/cash/desks/new/", "/invoices/services/?q=лечение", "/invoices/patients/?q=ёлкина"],
)  # fmt: skip
def test_every_screen_opens_for_the_director_and_not_for_a_doctor(client, anna, director, doctor, path):
    invoice_of(anna, director, 100)
    client.force_login(director)
    assert client.get(path).status_code == 200
    client.force_login(doctor)
    assert client.get(path).status_code == 403


def test_strangers_find_nothing_by_address(client, anna, director, stranger):
    invoice = invoice_of(anna, director, 100)
    payment = pay(invoice, director, cash=50).payment
    client.force_login(stranger)
    for path in (f"/invoices/{invoice.pk}/", f"/invoices/{invoice.pk}/invoice.pdf", f"/payments/{payment.pk}/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/invoices/{invoice.pk}/pay/", {"cash": "1"}).status_code == 404


@pytest.mark.parametrize("count", [2, 12])
def test_the_invoice_page_asks_the_same_for_any_number_of_lines(office, anna, director, statements, count):
    """Six of its own: the invoice, its shares, payments, history, the deposit, the shift. The rest is the shell's."""
    invoice = invoice_of(anna, director, *[100] * count)
    pay(invoice, director, cash=50)
    asked = {}
    for path in ("/reports/", f"/invoices/{invoice.pk}/"):  # the list of reports asks nothing but the shell
        office.get(path)
        with statements() as counted:
            assert office.get(path).status_code == 200
        asked[path] = counted
    shell, page = asked.values()
    assert len(page) - len(shell) <= 6, "\n".join(sql[sql.find(" FROM ") :][:110] for sql in page.asked)
