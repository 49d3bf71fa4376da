"""Diagnostics and treatment plans as pages: who sees what, what a press does."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Diagnosis, ServicePrice
from clinical.cards import export_treatment, treatment_keeps_the_card
from clinical.models import ToothDiagnosis, TreatmentPlan
from clinical.selectors import plans_of_patient
from clinical.services import LineIn, diagnosis_note, plan_approve, plan_decline
from clinical.slots import PLAN_ACTIONS, PlanAction
from patients.models import Patient
from tests.cast import person
from tests.clinical.factories import plan_made
from tests.factories import DoctorFactory, PatientFactory, ServiceFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}


@pytest.fixture
def caries(db):
    return Diagnosis.objects.get(code="K02.1")


@pytest.fixture
def mine(anna, doctor):
    """Anna is the doctor's own patient."""
    Patient.objects.filter(pk=anna.pk).update(doctor=doctor.staff)
    return anna


@pytest.fixture
def chair_side(client, doctor, mine):
    client.force_login(doctor)
    return client


@pytest.fixture
def plan(mine, doctor, branch):
    first, second = ServiceFactory(price="1500.00"), ServiceFactory(price="2500.00")
    lines = [LineIn(first.pk, [36], quantity=2), LineIn(second.pk, [11], phase=2)]
    return plan_made(patient=mine, doctor=doctor.staff, branch=branch, lines=lines)


def heard(answer, event):
    return json.loads(answer.headers["HX-Trigger"])[event]


# Diagnostics


@pytest.mark.feature("CLN-01", "CLN-05", "CLN-06")
def test_a_diagnosis_is_set_for_selected_teeth_closed_and_taken_back(chair_side, mine, caries):
    page = f"/patients/{mine.pk}/diagnostics/"
    assert 'data-mount="chart"' in chair_side.get(page).content.decode()
    sent = {"teeth": "46:MO,36", "diagnosis": caries.pk, "note": "глубокий"}
    answer = chair_side.post(f"{page}note/", sent, headers=HTMX)
    assert answer.status_code == 200
    ids = heard(answer, "chart:noted")["ids"]
    found = ToothDiagnosis.objects.order_by("tooth").values_list("tooth", "surfaces", "note")
    assert list(found) == [(36, "", "глубокий"), (46, "MO", "глубокий")]
    closed = chair_side.post(f"{page}close/", {"id": ids}, headers=HTMX)
    assert heard(closed, "chart:closed")["ids"] == ids
    assert not ToothDiagnosis.objects.still_open().exists()
    chair_side.post(f"{page}reopen/", {"id": ids}, headers=HTMX)
    assert ToothDiagnosis.objects.still_open().count() == 2


def test_the_same_diagnosis_twice_and_nonsense_are_told_and_change_nothing(chair_side, mine, caries):
    url = f"/patients/{mine.pk}/diagnostics/note/"
    chair_side.post(url, {"teeth": "36", "diagnosis": caries.pk}, headers=HTMX)
    again = chair_side.post(url, {"teeth": "36", "diagnosis": caries.pk}, headers=HTMX)
    assert (again.status_code, "toast" in json.loads(again.headers["HX-Trigger"])) == (409, True)
    for wrong in (
        {"teeth": "19"},
        {"teeth": "abc"},
        {"teeth": "36", "diagnosis": 999_999_999},
        {"teeth": "36", "noted_on": "31.12.2199"},
    ):
        assert chair_side.post(url, {"diagnosis": caries.pk, **wrong}, headers=HTMX).status_code == 400
    assert ToothDiagnosis.objects.count() == 1


@pytest.mark.feature("CLN-05")
def test_own_diagnoses_stand_first_then_frequent_ones(chair_side, mine, caries, doctor):
    pulpitis = Diagnosis.objects.get(code="K04.0")
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    url = f"/patients/{mine.pk}/diagnostics/"
    answer = chair_side.post(f"{url}favourites/{pulpitis.pk}/", {"q": ""}, headers=HTMX).content.decode()
    assert answer.index("K04.0") < answer.index("K02.1")
    assert "K04.0" in chair_side.get(f"{url}picks/", {"q": "пульпит"}, headers=HTMX).content.decode()


def test_teeth_are_marked_by_the_letters_of_the_form_and_cleared(chair_side, mine):
    url = f"/patients/{mine.pk}/diagnostics/"
    answer = chair_side.post(f"{url}mark/", {"teeth": "36:MO,37", "kind": "filled"}, headers=HTMX)
    marks = answer.context["data"]["marks"]
    found = {(mark["tooth"], mark["surfaces"], mark["kind"], mark["code"]) for mark in marks}
    assert found == {(36, "MO", "filling", "П"), (37, "", "filling", "П")}
    ids = [mark.pk for _tooth, rows in answer.context["formula"] for mark, _status in rows]
    assert chair_side.post(f"{url}unmark/", {"id": ids}, headers=HTMX).context["formula"] == []
    for wrong in (
        {"kind": "filled"},
        {"teeth": "36"},
        {"teeth": "99", "kind": "filled"},
        {"teeth": "36", "kind": "gold"},
    ):
        assert chair_side.post(f"{url}mark/", wrong, headers=HTMX).status_code == 400


def test_the_picture_gets_marks_with_their_days_and_the_work_of_plans(chair_side, mine, caries, plan, doctor):
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor, noted_on=date(2026, 1, 2))
    marks = chair_side.get(f"/patients/{mine.pk}/diagnostics/state/").context["data"]["marks"]
    assert {(mark["tooth"], mark["kind"], mark["how"]) for mark in marks} == {
        (36, "caries", "finding"), (36, "work", "planned"), (11, "work", "planned"),
    }  # fmt: skip
    assert marks[0]["from"] == "2026-01-02"


@pytest.mark.feature("CLN-03")
@pytest.mark.parametrize(
    ("born", "set_"),
    [(date(2022, 1, 1), "child"), (date(2018, 1, 1), "mixed"), (date(1990, 1, 1), "adult"), (None, "adult")],
)
def test_the_chart_opens_with_the_teeth_of_the_age(chair_side, mine, born, set_):
    Patient.objects.filter(pk=mine.pk).update(birth_date=born)
    assert chair_side.get(f"/patients/{mine.pk}/diagnostics/state/").context["data"]["dentition"] == set_


def test_medical_records_are_for_those_who_treat(client, mine, branch, caries, doctor):
    (row,) = diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    page = f"/patients/{mine.pk}/diagnostics/"
    may_look = {"director", "senior", "doctor", "assistant", "coordinator"}
    may_set = {"director", "doctor"}
    everybody = (
        "director",
        "administrator",
        "senior",
        "callcentre",
        "doctor",
        "assistant",
        "coordinator",
        "marketer",
        "sales",
        "finance",
    )
    for role in everybody:
        user = doctor if role == "doctor" else person(f"one-{role}", role, branches=[branch])
        client.force_login(user)
        assert (client.get(page).status_code == 200) is (role in may_look), role
        assert (client.get(f"/api/v1/patients/{mine.pk}/diagnoses/").status_code == 200) is (role in may_look), role
        assert (client.post(f"{page}close/", {"id": row.pk}).status_code == 200) is (role in may_set), role


def test_a_strangers_patient_is_not_found(client, doctor, branch, caries):
    client.force_login(doctor)
    other = PatientFactory(branch=branch)
    (row,) = diagnosis_note(patient_id=other.pk, diagnosis_id=caries.pk, teeth=[36], actor=None)
    own = PatientFactory(branch=branch, doctor=doctor.staff)
    assert client.get(f"/patients/{other.pk}/diagnostics/").status_code == 404
    assert client.post(f"/patients/{own.pk}/diagnostics/close/", {"id": row.pk}).status_code == 404
    assert client.get(f"/treatment-plans/{plan_made(patient=other, branch=branch).pk}/").status_code == 404


# Plans


@pytest.mark.feature("CLN-14", "CLN-36")
def test_the_tab_lists_plans_with_sums_at_the_same_number_of_queries(chair_side, mine, plan, doctor, branch):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page = chair_side.get(f"/patients/{mine.pk}/plans/").content.decode().replace("\xa0", " ")
        return page, len(queries)

    asked()
    page, few = asked()
    assert "5 500" in page
    for _ in range(6):
        plan_made(patient=mine, doctor=doctor.staff, branch=branch)
    assert asked()[1] == few


def test_the_total_of_a_draft_follows_the_list_and_that_of_an_approved_plan_does_not(plan, mine):
    line = plan.lines.get(phase=1)
    other = plan_made(patient=mine, branch=plan.branch, lines=[LineIn(line.service_id, [36])])
    plan_approve(plan_id=plan.pk, actor=None)
    ServicePrice.objects.create(service_id=line.service_id, starts_on=date(2021, 1, 1), amount="1000.00")
    totals = {row.pk: row.total for row in plans_of_patient(mine.pk, date(2026, 11, 24))}
    assert totals == {plan.pk: Decimal("5500.00"), other.pk: Decimal("1000.00")}


@pytest.mark.feature("CLN-15", "CLN-16")
def test_a_plan_is_approved_worked_on_and_its_invoice_button_tells_why_it_is_closed(chair_side, plan, doctor):
    def invoice(row, user):
        return [PlanAction("Invoice", "/x/", reason="" if row.is_payable else "The plan must be approved first")]

    PLAN_ACTIONS.register(invoice, module="clinical")
    try:
        url = f"/treatment-plans/{plan.pk}/"
        page = chair_side.get(url).content.decode()
        assert 'data-mount="plan"' in page and "The plan must be approved first" in page and "aria-disabled" in page
        assert chair_side.post(f"{url}approve/", {"version": 1, "total": "5500.00"}).status_code == 302
        page = chair_side.get(url).content.decode()
        assert 'data-mount="plan"' not in page and 'href="/x/"' in page
    finally:
        PLAN_ACTIONS.unregister(invoice)
    line = plan.lines.first()
    chair_side.post(f"{url}done/", {"id": line.pk})
    line.refresh_from_db()
    assert (line.state, line.done_by) == ("done", doctor.staff)
    assert chair_side.post(f"{url}reopen/").status_code == 409
    chair_side.post(f"{url}undone/", {"id": line.pk})
    assert chair_side.post(f"{url}reopen/").status_code == 302
    assert TreatmentPlan.objects.get(pk=plan.pk).is_draft


def test_a_total_that_is_no_longer_true_is_not_approved(chair_side, plan):
    answer = chair_side.post(f"/treatment-plans/{plan.pk}/approve/", {"version": 1, "total": "5000.00"})
    assert answer.status_code == 409
    assert TreatmentPlan.objects.get(pk=plan.pk).is_draft


def test_declining_in_the_panel_leads_to_the_patients_plans(chair_side, plan, mine):
    url = f"/treatment-plans/{plan.pk}/decline/"
    assert chair_side.get(url, headers=PANEL).status_code == 200
    answer = chair_side.post(url, {"reason": "дорого"}, headers=PANEL)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/patients/{mine.pk}/plans/")
    assert TreatmentPlan.objects.get(pk=plan.pk).decline_reason == "дорого"


@pytest.mark.feature("CLN-30")
def test_services_for_the_diagnoses_of_the_teeth_stand_first(chair_side, mine, caries, doctor):
    ServiceFactory(name="Алая услуга")
    filling = ServiceFactory(name="Пломба")
    filling.diagnoses.add(caries)
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    url = f"/patients/{mine.pk}/plans/services/"

    def suggested(**query):
        return [service.pk for service in chair_side.get(url, query).context["services"] if service.is_suggested]

    assert suggested() == [filling.pk]
    assert suggested(teeth="36") == [filling.pk]
    assert suggested(teeth="11") == []
    assert suggested(teeth="36,x,99", category="abc", q="плом") == [filling.pk]


def test_plans_are_seen_by_those_who_need_them_and_sums_by_those_who_may(client, plan, mine, branch, doctor):
    sees = {"director", "administrator", "senior", "doctor", "assistant", "coordinator", "finance"}
    sees_sums = sees - {"assistant"}
    for role in (
        "director",
        "administrator",
        "senior",
        "callcentre",
        "doctor",
        "assistant",
        "coordinator",
        "marketer",
        "sales",
        "finance",
    ):
        user = doctor if role == "doctor" else person(f"two-{role}", role, branches=[branch])
        client.force_login(user)
        for url in (
            f"/patients/{mine.pk}/plans/",
            f"/treatment-plans/{plan.pk}/",
            "/treatment-plans/",
            "/treatment-plans/export.csv",
        ):
            answer = client.get(url)
            assert (answer.status_code == 200) is (role in sees), (role, url)
            if role in sees:
                text = b"".join(answer).decode().replace("\xa0", " ")
                assert ("5 500" in text or "5500" in text) is (role in sees_sums), (role, url)
        row = client.get(f"/api/v1/treatment-plans/{plan.pk}/").json()
        assert ("total" in row and "price" in row["lines"][0]) is (role in sees_sums), role


def test_finance_sees_plan_sums_but_no_diagnosis(client, plan, mine, branch, caries, doctor):
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    client.force_login(person("book", "finance", branches=[branch]))
    page = client.get(f"/treatment-plans/{plan.pk}/").content.decode()
    assert caries.name not in page and f"/patients/{mine.pk}/diagnostics/" not in page


def test_the_clinics_list_of_plans_is_asked_with_the_same_number_of_queries(client, director, branch):
    client.force_login(director)

    def asked(url="/treatment-plans/?status=draft&status=approved"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    plan_decline(plan_id=plan_made(branch=branch).pk, reason="", actor=None)
    surgeon = DoctorFactory()
    for _ in range(2):
        plan_made(branch=branch, doctor=surgeon)
    asked()
    few = asked()
    for _ in range(18):
        plan_made(branch=branch, doctor=surgeon)
    assert asked() == few


# The patient's card


@pytest.mark.feature("PAT-22")
def test_the_card_shows_plans_and_diagnoses_to_those_who_may_see_them(client, mine, plan, caries, doctor, branch):
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    for role, sees_teeth, sees_plans in (("doctor", True, True), ("finance", False, True), ("marketer", False, False)):
        user = doctor if role == "doctor" else person(f"three-{role}", role, branches=[branch])
        client.force_login(user)
        for url in (f"/patients/{mine.pk}/", f"/patients/{mine.pk}/history/"):
            page = client.get(url).content.decode()
            assert ("K02.1" in page) is sees_teeth, (role, url)
            assert (f"/treatment-plans/{plan.pk}/" in page) is sees_plans, (role, url)


def test_what_is_handed_over_and_why_a_card_is_kept(mine, plan, caries, doctor, director, branch):
    assert treatment_keeps_the_card(mine.pk) and not treatment_keeps_the_card(PatientFactory().pk)
    diagnosis_note(patient_id=mine.pk, diagnosis_id=caries.pk, teeth=[36], actor=doctor)
    sections = {section.key: section.rows for section in export_treatment(mine.pk, director)}
    assert (sections["diagnoses"][0]["code"], [row["sum"] for row in sections["plans"]]) == (
        "K02.1",
        ["3000.00", "2500.00"],
    )
    money_only = export_treatment(mine.pk, person("four", "finance", branches=[branch]))
    assert [section.key for section in money_only] == ["plans"]


@pytest.mark.feature("PAT-38")
def test_a_patient_who_agreed_to_a_plan_is_in_treatment(mine, plan):
    plan_approve(plan_id=plan.pk, actor=None)
    mine.refresh_from_db()
    assert mine.treatment_status == "in_treatment"


def test_a_doctor_sees_a_patient_for_whom_he_has_made_a_plan(client, doctor, branch):
    patient = PatientFactory(branch=branch)
    client.force_login(doctor)
    assert client.get(f"/patients/{patient.pk}/plans/").status_code == 404
    plan_made(patient=patient, branch=branch, doctor=doctor.staff)
    assert client.get(f"/patients/{patient.pk}/plans/").status_code == 200


def test_the_palette_finds_services_with_prices(client, reception):
    ServiceFactory(name="Уникальная пломба", price="1234.00")
    client.force_login(reception)
    page = client.get("/palette/?q=уникальная").content.decode().replace("\xa0", " ")
    assert "Уникальная пломба" in page and "1 234" in page
