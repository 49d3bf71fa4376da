"""Treatment's part of the API: plans from draft to done, diagnoses of teeth."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from catalog.models import LONGEST_HEALING, Service
from clinic.models import Branch, Staff
from clinic.selectors import branches_visible_to, staff_visible_to
from clinical import permissions, services
from clinical.listings import PlanListing
from clinical.models import PlanLine, ToothDiagnosis, TreatmentPlan
from clinical.selectors import PlanView, chart_of, plan_get, plan_view, shares_of
from clinical.services import LineIn
from core.access import check
from core.api import Amount, Body, Id, Moment, Out, Router, if_match
from core.errors import Invalid, NotFound
from patients.selectors import patient_get

router = Router("clinical")
SUMS = permissions.SEE_PLAN_SUMS


class Days(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LONGEST_HEALING, **options)


class LineBody(Body):
    id = Id(required=False, help_text="a line of this plan that stays")
    service = Id()
    teeth = serializers.ListField(
        child=serializers.IntegerField(min_value=11, max_value=85), max_length=52, required=False
    )
    quantity = serializers.IntegerField(min_value=1, max_value=999, default=1)
    phase = serializers.IntegerField(min_value=1, max_value=20, default=1)
    price = Amount(min_value=0, required=False, help_text="other than the list's: needs clinical.set_plan_price")
    discount = Amount(
        min_value=0,
        required=False,
        help_text="money off the line: needs clinical.set_plan_price; left out: what promotions give",
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    doctor = Id(
        required=False, allow_null=True, help_text="who does it; else the service's profession or the plan's doctor"
    )
    healing_days = Days(required=False, allow_null=True, help_text="before the next visit; else those of the service")
    healing_most = Days(required=False, allow_null=True)


class GapBody(Body):
    """Days of rest after a phase."""

    days = Days(default=0)
    most = Days(required=False, allow_null=True, default=None)


class PlanBody(Body):
    patient = Id()
    doctor = Id()
    branch = Id(required=False)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")
    phases = serializers.ListField(
        child=serializers.CharField(max_length=120, allow_blank=True), max_length=20, required=False, default=list
    )
    phase_gaps = GapBody(many=True, required=False, default=list, max_length=20)
    lines = LineBody(many=True, required=False, default=list, max_length=300)


class PlanPatch(Body):
    doctor = Id(required=False)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    phases = serializers.ListField(
        child=serializers.CharField(max_length=120, allow_blank=True), max_length=20, required=False
    )
    phase_gaps = GapBody(many=True, required=False, max_length=20)
    lines = LineBody(many=True, required=False, max_length=300)


class ApproveBody(Body):
    total = Amount(required=False, help_text="what the caller has seen; 409 prices_changed when it is another now")


class DeclineBody(Body):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RenderBody(Body):
    lines = serializers.ListField(child=Id(), min_length=1, max_length=300)
    doctor = Id(required=False)
    done_on = serializers.DateField(required=False)


class LineOut(Out):
    permissions = dict.fromkeys(("price", "discount", "discount_reason", "sum"), SUMS)

    id = serializers.IntegerField()
    service = serializers.IntegerField(source="service_id")
    service_code = serializers.CharField(source="service.code")
    service_name = serializers.CharField(source="service.__str__")
    teeth = serializers.ListField(child=serializers.IntegerField())
    quantity = serializers.IntegerField()
    phase = serializers.IntegerField()
    price = Amount()
    discount = Amount()
    discount_reason = serializers.CharField(source="discount_why", help_text="of a discount that promotions gave")
    sum = Amount()
    payer = serializers.CharField()
    state = serializers.CharField()
    done_on = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    healing_days = serializers.IntegerField(allow_null=True)
    healing_most = serializers.IntegerField(allow_null=True)


class GapOut(Out):
    days = serializers.IntegerField()
    most = serializers.IntegerField(allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return dict(zip(("days", "most"), instance, strict=True))


class PlanOut(Out):
    permissions = {"total": SUMS}

    id = serializers.IntegerField(source="plan.id")
    number = serializers.IntegerField(source="plan.number")
    patient = serializers.IntegerField(source="plan.patient_id")
    doctor = serializers.IntegerField(source="plan.doctor_id")
    branch = serializers.IntegerField(source="plan.branch_id")
    status = serializers.CharField(source="plan.status")
    name = serializers.CharField(source="plan.name")
    note = serializers.CharField(source="plan.note")
    phases = serializers.ListField(child=serializers.CharField(), source="plan.phases")
    phase_gaps = GapOut(many=True, source="plan.phase_gaps")
    priced_on = serializers.DateField(source="plan.priced_on", allow_null=True)
    approved_at = Moment(zone="plan.branch.timezone", source="plan.approved_at", allow_null=True)
    decline_reason = serializers.CharField(source="plan.decline_reason")
    version = serializers.IntegerField(source="plan.version")
    total = Amount()
    lines = LineOut(many=True)


class PlanRow(Out):
    """A plan in a list; its lines are at its own address."""

    permissions = {"total": SUMS}

    id = serializers.IntegerField()
    number = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    doctor = serializers.IntegerField(source="doctor_id")
    branch = serializers.IntegerField(source="branch_id")
    status = serializers.CharField()
    name = serializers.CharField()
    priced_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()
    total = Amount()


class ToothDiagnosisOut(Out):
    id = serializers.IntegerField()
    tooth = serializers.IntegerField(allow_null=True)
    surfaces = serializers.CharField()
    diagnosis = serializers.IntegerField(source="diagnosis_id")
    code = serializers.CharField(source="diagnosis.code")
    name = serializers.CharField(source="diagnosis.title")
    note = serializers.CharField()
    noted_on = serializers.DateField()
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    closed_on = serializers.DateField(allow_null=True)


class NoteBody(Body):
    diagnosis = Id()
    teeth = serializers.ListField(child=serializers.IntegerField(), max_length=52, required=False, default=list)
    surfaces = serializers.CharField(max_length=7, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    noted_on = serializers.DateField(required=False)


router.listing("treatment-plans/", PlanListing, gives=PlanRow)


@router.get("treatment-plans/<int:pk>/", permissions.SEE_PLANS, gives=PlanOut)
def plan(request: Request, pk: int) -> PlanView:
    """A plan with its lines. A draft's prices are today's; an approved one's are of the day `priced_on`."""
    return shown(plan_get(request.user, pk))


@router.post("treatment-plans/", permissions.EDIT_PLANS, takes=PlanBody, gives=PlanOut, status=201)
def plan_add(request: Request, data: dict[str, Any]) -> PlanView:
    """A draft with the patient's next ordinal number. Wrong lines are 400 with `lines.<n>.<field>`."""
    patient = patient_get(request.user, data["patient"])
    doctor = doctor_of(request.user, data["doctor"])
    made = services.plan_create(
        patient_id=patient.pk, doctor=doctor, branch=branch_of(request.user, data.get("branch"), patient, doctor),
        lines=lines_in(request.user, data["lines"]), actor=request.user, name=data["name"], note=data["note"],
        phases=data["phases"], phase_gaps=gaps_in(data["phase_gaps"]),
    )  # fmt: skip
    return shown(plan_get(request.user, made.pk))


@router.patch("treatment-plans/<int:pk>/", permissions.EDIT_PLANS, takes=PlanPatch, gives=PlanOut)
def plan_patch(request: Request, pk: int, data: dict[str, Any]) -> PlanView:
    """Change a draft; `lines` replace all of it, those with `id` stay. 409 `plan_approved` for anything but a draft."""
    plan_get(request.user, pk)
    changes: dict[str, Any] = dict(data)
    if "doctor" in changes:
        changes["doctor"] = doctor_of(request.user, changes["doctor"])
    if "phase_gaps" in changes:
        changes["phase_gaps"] = gaps_in(changes["phase_gaps"])
    if "lines" in changes:
        changes["lines"] = lines_in(request.user, changes["lines"], pk)
    services.plan_change(plan_id=pk, actor=request.user, expected_version=if_match(request), **changes)
    return shown(plan_get(request.user, pk))


@router.post("treatment-plans/<int:pk>/approve/", permissions.APPROVE_PLANS, takes=ApproveBody, gives=PlanOut)
def plan_approve(request: Request, pk: int, data: dict[str, Any]) -> PlanView:
    """Freeze the prices of this day."""
    plan_get(request.user, pk)
    version = if_match(request)
    services.plan_approve(plan_id=pk, actor=request.user, expected_version=version, seen_total=data.get("total"))
    return shown(plan_get(request.user, pk))


@router.post("treatment-plans/<int:pk>/reopen/", permissions.APPROVE_PLANS, gives=PlanOut)
def plan_reopen(request: Request, pk: int) -> PlanView:
    """Back to a draft, while nothing is done or invoiced: 409 `plan_in_use`."""
    plan_get(request.user, pk)
    services.plan_reopen(plan_id=pk, actor=request.user, expected_version=if_match(request))
    return shown(plan_get(request.user, pk))


@router.post("treatment-plans/<int:pk>/decline/", permissions.APPROVE_PLANS, takes=DeclineBody, gives=PlanOut)
def plan_decline(request: Request, pk: int, data: dict[str, Any]) -> PlanView:
    """The patient has chosen otherwise."""
    plan_get(request.user, pk)
    version = if_match(request)
    services.plan_decline(plan_id=pk, reason=data["reason"], actor=request.user, expected_version=version)
    return shown(plan_get(request.user, pk))


@router.post("treatment-plans/<int:pk>/render/", permissions.EDIT_PLANS, takes=RenderBody, gives=PlanOut)
def plan_render(request: Request, pk: int, data: dict[str, Any]) -> PlanView:
    """Mark lines done, by the caller or by `doctor`; lines that are done already stay as they are."""
    row = plan_get(request.user, pk)
    doctor = doctor_of(request.user, data["doctor"]) if "doctor" in data else request.user.staff or row.doctor
    services.lines_render(
        plan_id=pk, line_ids=data["lines"], doctor=doctor, actor=request.user, done_on=data.get("done_on")
    )
    return shown(plan_get(request.user, pk))


@router.get("patients/<int:pk>/diagnoses/", permissions.SEE_CHART, gives=ToothDiagnosisOut, many=True)
def chart(request: Request, pk: int) -> list[ToothDiagnosis]:
    """Diagnoses of the patient's teeth, closed ones too, newest first."""
    return chart_of(patient_get(request.user, pk).pk)


@router.post(
    "patients/<int:pk>/diagnoses/",
    permissions.EDIT_CHART,
    takes=NoteBody,
    gives=ToothDiagnosisOut,
    many=True,
    status=201,
)
def chart_note(request: Request, pk: int, data: dict[str, Any]) -> list[ToothDiagnosis]:
    """Note a diagnosis for several teeth, or for the whole mouth without any."""
    patient_get(request.user, pk)
    fields = {"diagnosis_id": data.pop("diagnosis"), **data}
    return services.diagnosis_note(patient_id=pk, actor=request.user, **fields)


@router.post("patients/<int:pk>/diagnoses/<int:row>/close/", permissions.EDIT_CHART, gives=ToothDiagnosisOut)
def chart_close(request: Request, pk: int, row: int) -> ToothDiagnosis:
    """Close a diagnosis with today's date; it stays in the history."""
    patient_get(request.user, pk)
    return services.diagnoses_close(patient_id=pk, ids=[row], actor=request.user)[0]


# Input


def doctor_of(user: Any, pk: int) -> Staff:
    row = staff_visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound(doctor=pk)
    if not row.is_doctor:
        raise Invalid(fields={"doctor": _("Choose a doctor.")})
    return row


def branch_of(user: Any, pk: int | None, patient: Any, doctor: Staff) -> Branch:
    """The branch named, else the patient's, else the doctor's, else the user's first."""
    rows = branches_visible_to(user)
    if pk is not None:
        row = rows.filter(pk=pk).first()
        if row is None:
            raise NotFound(branch=pk)
        return row
    found = rows.filter(pk=patient.branch_id).first() or rows.filter(staff=doctor).first() or rows.first()
    if found is None:
        raise NotFound
    return found


def lines_in(user: Any, asked: list[dict[str, Any]], plan_id: int | None = None) -> list[LineIn]:
    """Lines as the service takes them; own prices and discounts need their right, unless they are there already."""
    known = Service.objects.filter(pk__in={line["service"] for line in asked}).values_list("pk", flat=True)
    if unknown := {line["service"] for line in asked} - set(known):
        raise NotFound(service=min(unknown))
    if any(line.get("discount") or "price" in line for line in asked):
        refuse_new_sums(user, asked, plan_id)
    return [
        LineIn(
            service_id=line["service"], teeth=line.get("teeth", []), quantity=line["quantity"], phase=line["phase"],
            discount=line.get("discount"), price=line.get("price"), note=line["note"], id=line.get("id"),
            **{name: line.get(key) for name, key in
               (("doctor_id", "doctor"), ("healing_days", "healing_days"), ("healing_most", "healing_most"))},
        )
        for line in asked
    ]  # fmt: skip


def gaps_in(asked: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    return [(gap["days"], gap["most"]) for gap in asked]


def refuse_new_sums(user: Any, asked: list[dict[str, Any]], plan_id: int | None) -> None:
    """A sum that stands in the plan already may be sent back; any other needs the right to set it."""
    had = {line.pk: line for line in PlanLine.objects.filter(plan=plan_id)} if plan_id else {}
    for line in asked:
        old = had.get(line.get("id"))
        is_same_price = "price" not in line or (old is not None and old.has_own_price and old.price == line["price"])
        is_same_discount = not line.get("discount") or (old is not None and old.discount == line["discount"])
        if not (is_same_price and is_same_discount):
            check(user, permissions.SET_PLAN_PRICE)


def shown(plan: TreatmentPlan) -> PlanView:
    """The plan's view, its lines knowing who pays."""
    view = plan_view(plan)
    shares = shares_of(plan, view.lines)
    for line in view.lines:
        line.payer = shares[line.pk][0].kind if shares.get(line.pk) else "patient"
    return view
