"""What each of the ten roles may not do, in pages, API, exports and search, on objects that exist.

A row is: where, method, address, what comes back; `no Чужова` is an answer without that word. Each row is also asked as
somebody who may (the director; for the director's own rows the senior administrator), so that a row cannot pass only
because its address is wrong. Nothing may change by any of them.
"""

import json
import re

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from core import jobs
from core.models import SavedView
from tests.small_clinic import ROLES, addresses, kept_clinic, moment

pytestmark = [pytest.mark.feature("SET-05", "SET-14", "SET-15", "SET-19"), pytest.mark.slow]

# Numbers in braces are those of tests/small_clinic.py: anna is of the role's branch, boris of the other doctor there,
# vera and everything of the north of another branch.
FORBIDDEN = {
    # The director has every right; what is another person's own and what nobody may, he may not either.
    "director": """
        page    GET    /notifications/{senior_notification}/        404
        page    POST   /views/{senior_view}/delete/                 404
        page    GET    /jobs/{senior_job_key}/                      404
        page    POST   /jobs/{senior_job_key}/cancel/               404
        api     GET    /api/v1/jobs/{senior_job}/                   404
        api     POST   /api/v1/jobs/{senior_job}/cancel/            404
        api     DELETE /api/v1/holds/{senior_hold}/                 404
        api     POST   /api/v1/holds/{senior_hold}/extend/          404
        export  GET    /files/{senior_file}/                        404
        export  GET    /notifications/export.csv                    no Личное
        search  GET    /patients/?search=Ёлкина                     no Личное
    """,
    "senior": """
        page    GET    /ledger/                                     403
        page    GET    /messages/{north_message}/                   404
        page    GET    /patients/{vera}/                            404
        api     GET    /api/v1/ledger/check/                        403
        api     GET    /api/v1/invoices/{north_invoice}/            404
        api     POST   /api/v1/invoices/{north_invoice}/pay/        404  {"method": "cash", "amount": "1.00"}
        api     POST   /api/v1/cash-shifts/{north_cash_shift}/close/ 404 {"counted": "0.00"}
        api     POST   /api/v1/appointments/{north_visit}/cancel/   404  {"reason": "x", "then": "lost"}
        page    GET    /roles/                                      403
        page    GET    /users/                                      403
        page    GET    /audit/                                      403
        page    POST   /settings/modules/                           403
        page    GET    /branches/new/                               403
        page    GET    /treatment-plans/{north_plan}/               404
        export  GET    /audit/export.csv                            403
        export  GET    /ledger/export.csv                           403
        export  GET    /patients/export.csv                         no Чужова
        export  GET    /payments/export.csv                         no Чужова
        search  GET    /palette/?q=Чужова                           no Чужова
        search  GET    /api/v1/patients/?search=Чужова              no Чужова
    """,
    "administrator": """
        page    GET    /debts/                                      403
        page    GET    /prices/new/                                 403
        page    POST   /patients/{anna}/trash/                      403
        page    GET    /patients/{anna}/                            no Лидокаин
        api     POST   /api/v1/invoices/{invoice}/rollback/         403  {"reason": "x"}
        api     POST   /api/v1/payments/{payment}/void/             403  {"reason": "x"}
        api     POST   /api/v1/patients/{anna}/merge/               403  {"duplicate": {boris}}
        api     DELETE /api/v1/patients/{anna}/                     403
        api     GET    /api/v1/patients/{vera}/                     404
        api     POST   /api/v1/services/                            403  {"name": "x"}
        page    GET    /roles/                                      403
        page    GET    /staff/new/                                  403
        page    GET    /trash/                                      403
        page    GET    /patients/{anna}/diagnostics/                403
        api     POST   /api/v1/treatment-plans/                     403  {}
        api     GET    /api/v1/patients/{anna}/diagnoses/           403
        export  GET    /debts/export.csv                            403
        export  GET    /invoices/export.csv                         no Чужова
        search  GET    /patients/?search=Чужова                     no Чужова
        search  GET    /palette/?q=7654321                          no Чужова
    """,
    "callcentre": """
        page    GET    /payments/                                   403
        page    GET    /cash-shifts/                                403
        page    GET    /patients/{anna}/info/                       no {passport}
        api     GET    /api/v1/invoices/{invoice}/                  403
        api     POST   /api/v1/invoices/{invoice}/pay/              403  {"method": "cash", "amount": "1.00"}
        api     POST   /api/v1/patients/{anna}/deposit/             403  {"method": "cash", "amount": "1.00"}
        api     GET    /api/v1/patients/{anna}/balance/             403
        api     GET    /api/v1/dashboard/                           no "income"
        api     POST   /api/v1/shifts/                              403  {}
        page    GET    /patients/{anna}/diagnostics/                403
        page    GET    /treatment-plans/{plan}/                     403
        api     GET    /api/v1/treatment-plans/                     403
        export  GET    /payments/export.csv                         403
        export  GET    /reports/income/export.csv                   403
        search  GET    /palette/?q=Платежи                          no /payments/
    """,
    "doctor": """
        page    GET    /invoices/                                   403
        page    GET    /home/                                       403
        page    GET    /patients/{boris}/                           404
        api     GET    /api/v1/patients/{anna}/balance/             403
        api     GET    /api/v1/patients/{boris}/                    404
        api     GET    /api/v1/appointments/{other_visit}/          404
        api     POST   /api/v1/appointments/{visit}/move/           403  {"start": "{day}T15:00:00+03:00"}
        api     POST   /api/v1/appointments/{other_visit}/status/   404  {"status": "arrived"}
        api     POST   /api/v1/invoices/{invoice}/pay/              403  {"method": "cash", "amount": "1.00"}
        api     GET    /api/v1/messages/                            403
        page    GET    /roles/                                      403
        page    GET    /treatment-plans/{other_plan}/               404
        page    GET    /patients/{boris}/diagnostics/               404
        api     POST   /api/v1/patients/{boris}/diagnoses/          404  {"diagnosis": {caries}, "teeth": [36]}
        export  GET    /treatment-plans/export.csv                  no Волков
        export  GET    /payments/export.csv                         403
        export  GET    /patients/export.csv                         no Волков
        search  GET    /palette/?q=Волков                           no Волков
        search  GET    /api/v1/patients/?search=Волков              no Волков
    """,
    "assistant": """
        page    GET    /payments/                                   403
        page    GET    /home/                                       403
        page    GET    /patients/new/                               403
        page    GET    /messages/                                   403
        api     GET    /api/v1/patients/{anna}/balance/             403
        api     GET    /api/v1/invoices/                            403
        api     POST   /api/v1/appointments/                        403  {}
        api     PATCH  /api/v1/patients/{anna}/                     403  {"comment": "x"}
        api     GET    /api/v1/appointments/{north_visit}/          404
        page    POST   /patients/{anna}/diagnostics/note/           403
        page    GET    /treatment-plans/{plan}/                     no ₽
        api     POST   /api/v1/patients/{anna}/diagnoses/           403  {"diagnosis": {caries}, "teeth": [36]}
        api     POST   /api/v1/treatment-plans/{plan}/reopen/       403
        api     GET    /api/v1/treatment-plans/{plan}/              no 5000.00
        export  GET    /reports/bookings/export.csv                 403
        export  GET    /patients/export.csv                         no Чужова
        search  GET    /palette/?q=Чужова                           no Чужова
    """,
    "coordinator": """
        page    GET    /invoices/                                   403
        page    GET    /debts/                                      403
        page    GET    /patients/{anna}/                            no Лидокаин
        api     POST   /api/v1/invoices/                            403  {"patient": {anna}, "lines": []}
        api     POST   /api/v1/invoices/{invoice}/pay/              403  {"method": "cash", "amount": "1.00"}
        api     POST   /api/v1/patients/{anna}/withdraw/            403  {"method": "cash", "reason": "x"}
        api     DELETE /api/v1/shifts/{shift}/                      403
        api     POST   /api/v1/patients/{anna}/merge/               403  {"duplicate": {boris}}
        api     POST   /api/v1/appointments/{north_visit}/move/     404  {"start": "{day}T15:00:00+03:00"}
        page    GET    /audit/                                      403
        page    POST   /patients/{anna}/diagnostics/note/           403
        api     POST   /api/v1/patients/{anna}/diagnoses/           403  {"diagnosis": {caries}, "teeth": [36]}
        export  GET    /payments/export.csv                         403
        export  GET    /patients/export.csv                         no Чужова
        search  GET    /patients/pick/?q=Чужова                     no Чужова
    """,
    "marketer": """
        page    GET    /payments/                                   403
        page    GET    /patients/new/                               403
        page    GET    /patients/{anna}/                            no Лидокаин
        api     GET    /api/v1/appointments/                        403
        api     PATCH  /api/v1/patients/{anna}/                     403  {"comment": "x"}
        api     GET    /api/v1/patients/{anna}/balance/             403
        api     GET    /api/v1/patients/{anna}/timeline/            no K02
        api     POST   /api/v1/messages/                            403  {}
        api     GET    /api/v1/reports/income/                      403
        page    GET    /patients/{anna}/diagnostics/                403
        page    GET    /treatment-plans/                            403
        api     GET    /api/v1/patients/{anna}/diagnoses/           403
        export  GET    /treatment-plans/export.csv                  403
        export  GET    /invoices/export.csv                         403
        export  GET    /reports/income/export.csv                   403
        search  GET    /palette/?q=Платежи                          no /payments/
    """,
    "sales": """
        page    GET    /invoices/                                   403
        page    GET    /patients/{anna}/                            no Лидокаин
        page    GET    /messages/new/                               403
        api     POST   /api/v1/appointments/                        403  {}
        api     POST   /api/v1/appointments/{visit}/cancel/         403  {"reason": "x", "then": "lost"}
        api     POST   /api/v1/appointments/{visit}/status/         403  {"status": "arrived"}
        api     PATCH  /api/v1/patients/{anna}/                     403  {"comment": "x"}
        api     GET    /api/v1/patients/{anna}/timeline/            no K02
        api     POST   /api/v1/invoices/{invoice}/pay/              403  {"method": "cash", "amount": "1.00"}
        page    GET    /patients/{anna}/diagnostics/                403
        api     GET    /api/v1/treatment-plans/{plan}/              403
        api     GET    /api/v1/patients/{anna}/diagnoses/           403
        export  GET    /debts/export.csv                            403
        export  GET    /reports/paid/export.csv                     403
        search  GET    /palette/?q=Платежи                          no /payments/
    """,
    "finance": """
        page    GET    /patients/{anna}/                            no Лидокаин
        page    GET    /messages/                                   403
        page    GET    /patients/new/                               403
        api     GET    /api/v1/patients/{anna}/timeline/            no K02
        api     GET    /api/v1/appointments/                        403
        api     POST   /api/v1/appointments/{visit}/status/         403  {"status": "arrived"}
        api     POST   /api/v1/invoices/                            403  {"patient": {anna}, "lines": []}
        api     PATCH  /api/v1/patients/{anna}/                     403  {"comment": "x"}
        api     POST   /api/v1/patients/{anna}/merge/               403  {"duplicate": {boris}}
        api     POST   /api/v1/services/                            403  {"name": "x"}
        page    GET    /patients/{anna}/diagnostics/                403
        page    GET    /roles/                                      403
        api     GET    /api/v1/patients/{anna}/diagnoses/           403
        api     POST   /api/v1/treatment-plans/{plan}/approve/      403
        export  GET    /messages/export.csv                         403
        export  GET    /reports/patient-flow/export.csv             403
        search  GET    /palette/?q=Сообщения                        no /messages/
    """,
}
KEPT = (
    "patients.Patient", "patients.Identity", "scheduling.Appointment", "scheduling.Shift", "scheduling.Hold",
    "billing.Invoice", "billing.Payment", "billing.CashShift", "ledger.Posting", "messaging.Message",
    "catalog.Service", "clinical.TreatmentPlan", "clinical.ToothDiagnosis", "core.SavedView", "core.Job", "work.Task",
)  # fmt: skip
ROW = re.compile(r"(page|api|export|search)\s+([A-Z]+)\s+(\S+)\s+(403|404|no \S+)\s*(\{.*\})?$")


def acts(role):
    return [ROW.fullmatch(line.strip()).groups() for line in FORBIDDEN[role].strip().splitlines()]


@pytest.fixture(scope="module")
def it(django_db_setup, django_db_blocker):
    """One clinic for all rows; it is gone with the transaction."""
    with kept_clinic(django_db_blocker) as made:
        _senior_things(made)
        yield made


def _senior_things(it):
    """What belongs to the senior administrator alone."""
    from django.core.files.base import ContentFile

    from core.models import StoredFile
    from scheduling.services import hold_place
    from work.models import Notification

    senior = it.people["senior"]
    it.senior_view = SavedView.objects.create(listing="patients", title="Личное", owner=senior)
    it.senior_job_row = jobs.Job.objects.create(kind="core.export", title="Выгрузка", owner=senior)
    it.senior_notification = Notification.objects.create(
        user=senior, kind="work.task_given", facts={"title": "Личное"}, url="/tasks/"
    )
    it.senior_hold = hold_place(
        doctor_id=it.ivanov.pk, chair_id=it.chair2.pk, starts_at=moment(it.day, 18), ends_at=moment(it.day, 19),
        actor=senior,
    )  # fmt: skip
    it.senior_stored = StoredFile(
        purpose="core.export", name="x.csv", content_type="text/csv", size=1, sha256="", uploaded_by=senior
    )
    it.senior_stored.content.save("x.csv", ContentFile(b"x"))


@pytest.fixture
def numbers(it):
    return addresses(it) | {
        "senior_job": it.senior_job_row.pk, "senior_job_key": it.senior_job_row.key, "senior_file": it.senior_stored.key,
    }  # fmt: skip


def filled(text, numbers):
    return re.sub(r"\{(\w+)\}", lambda found: str(numbers[found[1]]), text)


def ask(user, method, address, body):
    """The answer and its text; whatever it changes is undone."""
    client = Client(raise_request_exception=False, headers={"Accept-Language": "ru"})
    client.force_login(user)
    given = {"Idempotency-Key": "7b0c3f60-1f8e-4a53-9b5e-0a5f4f4b0c11"}
    kind = {"content_type": "application/json"} if address.startswith("/api/") and body else {}
    answer = client.generic(method, address, body or "", headers=given, **kind)
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")
    if answer.headers.get("Content-Type") == "application/json" and text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return answer.status_code, text


def undone(user, *request):
    with transaction.atomic():
        found = ask(user, *request)
        transaction.set_rollback(True)
    return found


def everything():
    """Every row of what must not change."""
    return {name: list(apps.get_model(name).objects.order_by("pk").values_list()) for name in KEPT}


@pytest.mark.parametrize("role", ROLES)
def test_forbidden_acts_are_refused_and_change_nothing(it, numbers, role):
    before = everything()
    wrong = []
    for _where, method, address, expected, body in acts(role):
        address, expected, body = (filled(text, numbers) if text else text for text in (address, expected, body))
        status, text = ask(it.people[role], method, address, body)
        if expected.startswith("no "):
            word = expected[3:]
            # A search may repeat what was asked.
            said = text.replace(f"«{word}»", "").replace(f'value="{word}"', "")
            refused = status == 200 and word not in said and f"search={word}" not in said
        else:
            refused = status == int(expected)
        if not refused:
            wrong.append(f"{method} {address} is {status}, not {expected}")
    assert not wrong, f"{role}:\n" + "\n".join(wrong)
    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_the_same_acts_are_open_to_who_may(it, numbers, role):
    who = it.people["senior" if role == "director" else "director"]
    wrong = []
    for _where, method, address, expected, body in acts(role):
        address, expected, body = (filled(text, numbers) if text else text for text in (address, expected, body))
        status, text = undone(who, method, address, body)
        if expected.startswith("no "):
            allowed = status == 200 and expected[3:] in text
        else:
            allowed = status not in (401, 403, 404, 405) and status < 500
        if not allowed:
            wrong.append(f"{method} {address} is {status}")
    assert not wrong, f"{who} for {role}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_ten_acts_at_least_in_pages_api_exports_and_search(role):
    rows = acts(role)
    assert len({row[1:3] for row in rows}) >= 10
    assert {row[0] for row in rows} == {"page", "api", "export", "search"}
    for _where, _method, _address, _expected, body in rows:
        assert body is None or json.loads(re.sub(r"(?<=: )\{\w+\}", "1", body)) is not None
