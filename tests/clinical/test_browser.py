"""The doctor's screens in a browser: the chart by keys and by fingers, a plan made and approved on a telephone."""

import pytest

from catalog.models import Diagnosis
from clinical.models import ToothDiagnosis, TreatmentPlan
from tests.stories.conftest import DESK, PHONE, at_work, becomes, clinic  # noqa: F401  fixtures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.feature("CLN-01", "CLN-05", "CLN-14")]


def teeth_of(clinic, code="K02.1"):  # noqa: F811
    rows = ToothDiagnosis.objects.filter(patient=clinic.anna, diagnosis__code=code, closed_on=None)
    return sorted(rows.values_list("tooth", flat=True))


def chosen(page):
    return sorted(int(node.get_attribute("data-n")) for node in page.locator("#odo .th.sel").all())


def test_the_chart_by_keys_alone(clinic, at_work):  # noqa: F811
    """Two digits lead to a tooth, arrows on, the bar selects; what is typed finds the diagnosis, Enter sets it."""
    desk = at_work(clinic.people["doctor"], size=DESK)
    page = desk.go(f"/patients/{clinic.anna.pk}/diagnostics/").page
    page.locator("#odo [data-n='18']").focus()
    for key in ("4", "6", "Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    first, second = chosen(page)
    assert 46 in (first, second) and abs(first - second) == 1
    page.keyboard.press("Escape")
    assert chosen(page) == []
    for key in ("4", "6", "Space"):
        page.keyboard.press(key)
    assert chosen(page) == [46]
    page.locator("#diagnosis-q").focus()
    page.keyboard.type("K02.1")
    page.locator(f"[data-diagnosis='{clinic.caries.pk}']").wait_for()
    page.wait_for_function("() => document.querySelectorAll('#note-form [data-diagnosis]').length === 1")
    page.keyboard.press("Enter")
    becomes(lambda: teeth_of(clinic), [36, 46])


def test_diagnosis_and_plan_on_a_telephone(clinic, at_work):  # noqa: F811
    doctor = at_work(clinic.people["doctor"], size=PHONE)
    page = doctor.go(f"/patients/{clinic.anna.pk}/diagnostics/").page
    for tooth in (37, 36):
        page.locator(f"#odo [data-n='{tooth}']").tap()
    page.locator("#odo [data-n='37']").tap()  # a second touch takes it back
    assert chosen(page) == [36]
    page.locator("[data-dock-go]").tap()
    doctor.fill("q", "K04.0", "#note-form")
    pulpitis = Diagnosis.objects.get(code="K04.0")
    page.locator(f"#note-form [data-diagnosis='{pulpitis.pk}']").tap()
    becomes(lambda: teeth_of(clinic, "K04.0"), [36])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    doctor.go(f"/patients/{clinic.anna.pk}/plans/new/")
    page.locator(".picker [data-tooth='36']").tap()
    page.locator(f"#services [data-service='{clinic.service.pk}']").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("[data-save]").tap()
    page.wait_for_url("**/treatment-plans/*/")
    plan = TreatmentPlan.objects.filter(patient=clinic.anna).latest("pk")
    assert (plan.status, [line.teeth for line in plan.lines.all()]) == ("draft", [[36]])
    page.locator("[data-approve]").tap()
    becomes(lambda: TreatmentPlan.objects.get(pk=plan.pk).status, "approved")
