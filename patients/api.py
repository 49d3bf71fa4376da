"""Cards for other programs."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clinic.models import Branch, Sex, Staff
from core.access import check
from core.api import Body, Id, Out, Router, if_match
from core.audit import text_of
from core.errors import Invalid, NotFound
from core.listing import MAX_PAGE_SIZE, PAGE_SIZE
from patients import permissions, selectors, services
from patients.listings import PatientFeed
from patients.models import Group, Patient, Source, Stage
from patients.selectors.search import person_of

router = Router("patients")
REFERENCES = {"source": Source, "group": Group, "coordinator": Staff, "doctor": Staff, "branch": Branch, "stage": Stage}
CONTACTS = ("phone", "home_phone", "email")


class BadgeOut(Out):
    label = serializers.CharField()
    tone = serializers.CharField()
    code = serializers.CharField()


class PatientOut(Out):
    permissions = dict.fromkeys(CONTACTS, permissions.SEE_CONTACTS)

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    card_number = serializers.CharField()
    last_name = serializers.CharField()
    first_name = serializers.CharField()
    middle_name = serializers.CharField()
    sex = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    phone = serializers.CharField()
    home_phone = serializers.CharField()
    email = serializers.CharField()
    comment = serializers.CharField()
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    source = serializers.IntegerField(source="source_id", allow_null=True)  # type: ignore[assignment]
    source_note = serializers.CharField()
    group = serializers.IntegerField(source="group_id", allow_null=True)
    coordinator = serializers.IntegerField(source="coordinator_id", allow_null=True)
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    stage = serializers.IntegerField(source="stage_id", allow_null=True)
    status = serializers.IntegerField(source="status_id", allow_null=True)
    mailing_allowed = serializers.BooleanField()
    reminders_allowed = serializers.BooleanField()
    language = serializers.CharField()
    kind = serializers.CharField()
    treatment_status = serializers.CharField()
    is_active = serializers.BooleanField()
    next_call_on = serializers.DateField(allow_null=True)
    custom = serializers.SerializerMethodField()
    badges = BadgeOut(many=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    created_at = serializers.DateTimeField()

    def get_custom(self, row: Patient) -> dict[str, Any]:
        if not row.custom:
            return {}
        user = self.context["request"].user
        if not hasattr(self, "_open_codes"):
            self._open_codes = {field.code for field in services.fields_for(user)}
        return {code: value for code, value in row.custom.items() if code in self._open_codes}


class PatientCreatedOut(PatientOut):
    possible_duplicates = serializers.ListField(child=serializers.IntegerField())


class PatientIn(Body):
    """Shape only; services say what is allowed."""

    last_name = serializers.CharField(max_length=80)
    first_name = serializers.CharField(max_length=80)
    middle_name = serializers.CharField(max_length=80, allow_blank=True, required=False)
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True, required=False)
    birth_date = serializers.DateField(allow_null=True, required=False)
    phone = serializers.CharField(max_length=40, allow_blank=True, required=False)
    home_phone = serializers.CharField(max_length=40, allow_blank=True, required=False)
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    comment = serializers.CharField(max_length=4000, allow_blank=True, required=False)
    branch = Id(allow_null=True, required=False)
    source = Id(allow_null=True, required=False)  # type: ignore[assignment]
    source_note = serializers.CharField(max_length=200, allow_blank=True, required=False)
    group = Id(allow_null=True, required=False)
    coordinator = Id(allow_null=True, required=False)
    doctor = Id(allow_null=True, required=False)
    stage = Id(allow_null=True, required=False)
    card_number = serializers.CharField(max_length=20, allow_blank=True, required=False)
    mailing_allowed = serializers.BooleanField(required=False)
    reminders_allowed = serializers.BooleanField(required=False)
    language = serializers.ChoiceField(choices=("ru", "en", "ro"), allow_blank=True, required=False)
    next_call_on = serializers.DateField(allow_null=True, required=False)
    treatment_status = serializers.ChoiceField(choices=Patient.TreatmentStatus.choices, required=False)
    is_active = serializers.BooleanField(required=False)
    custom = serializers.DictField(required=False)


class PatientPatch(PatientIn):
    last_name = serializers.CharField(max_length=80, required=False)
    first_name = serializers.CharField(max_length=80, required=False)


class PageIn(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)


class EventOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    code = serializers.CharField()
    text = serializers.SerializerMethodField()
    actor = serializers.CharField(source="actor_name")
    compartment = serializers.CharField()
    object_kind = serializers.CharField()
    object_id = serializers.IntegerField()

    def get_text(self, row: Any) -> str:
        return text_of(row)


class TimelineOut(serializers.Serializer[Any]):
    results = EventOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


router.listing("patients/", PatientFeed, gives=PatientOut)


@router.post("patients/", permissions.ADD, takes=PatientIn, gives=PatientCreatedOut, status=201)
def create(request: Any, data: dict[str, Any]) -> Patient:
    """Open a card. A likely double is told in `possible_duplicates`, not refused."""
    treatment, is_active = data.pop("treatment_status", None), data.pop("is_active", None)
    fields = resolved(request.user, data)
    fields.setdefault("branch", selectors.branch_for_new(request.user))
    patient = services.patient_register(actor=request.user, **fields)
    patient = changed_further(request.user, patient, treatment, is_active)
    patient.possible_duplicates = [
        other.pk for other in selectors.similar_patients(request.user, person_of(patient), exclude=patient.pk)
    ]
    return shown(request.user, patient)


@router.get("patients/<int:pk>/", permissions.SEE, gives=PatientOut)
def detail(request: Any, pk: int) -> Patient:
    """One card; a retired one answers with `merged_into`."""
    patient = selectors.patient_get(request.user, pk)
    services.patient_opened(patient=patient, actor=request.user)
    return shown(request.user, patient)


@router.patch("patients/<int:pk>/", permissions.EDIT, takes=PatientPatch, gives=PatientOut)
def change(request: Any, pk: int, data: dict[str, Any]) -> Patient:
    """Change fields of a card; If-Match guards against overwriting."""
    patient = selectors.patient_get(request.user, pk)
    treatment, is_active = data.pop("treatment_status", None), data.pop("is_active", None)
    patient = services.patient_change(
        patient_id=pk, changes=resolved(request.user, data), actor=request.user, expected_version=if_match(request)
    )
    return shown(request.user, changed_further(request.user, patient, treatment, is_active))


@router.delete("patients/<int:pk>/", permissions.DELETE)
def remove(request: Any, pk: int) -> None:
    """Move a card to the trash."""
    services.patient_trash(patient_id=selectors.patient_get(request.user, pk).pk, actor=request.user)


@router.get("patients/<int:pk>/timeline/", permissions.SEE, asks=PageIn, gives=TimelineOut)
def timeline(request: Any, pk: int, query: dict[str, Any]) -> dict[str, Any]:
    """What happened to a patient, newest first, within the caller's compartments."""
    patient = selectors.patient_get(request.user, pk)
    size, page = query["page_size"], query["page"]
    start = (page - 1) * size
    rows = list(selectors.timeline_of(patient, request.user)[start : start + size + 1])
    if page > 1 and not rows:
        raise NotFound
    return {"results": rows[:size], "next": link(request, page + 1) if len(rows) > size else None,
            "previous": link(request, page - 1) if page > 1 else None}  # fmt: skip


def link(request: Any, page: int) -> str:
    params = request.query_params.copy()
    params["page"] = str(page)
    return str(request.build_absolute_uri(f"{request.path}?{params.urlencode()}"))


def resolved(user: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Ids of directories as rows; an unknown id is told beside its field, a strange branch does not exist."""
    if any(name in data for name in CONTACTS):
        check(user, permissions.SEE_CONTACTS)
    fields, errors = dict(data), {}
    for name, model in REFERENCES.items():
        if data.get(name) is None:
            continue
        fields[name] = model.objects.live().filter(pk=data[name]).first()
        is_strange = name == "branch" and data[name] not in user.branch_ids
        if fields[name] is None or is_strange:
            errors[name] = _("There is no such row.")
    if errors:
        raise Invalid(fields=errors)
    return fields


def changed_further(user: Any, patient: Patient, treatment: str | None, is_active: bool | None) -> Patient:
    """What a PATCH may carry and what has a verb of its own."""
    if treatment is not None:
        patient = services.treatment_status_set(patient_id=patient.pk, after=treatment, actor=user)
    if is_active is not None:
        patient = services.patient_activate(patient_id=patient.pk, is_active=is_active, actor=user)
    return patient


def shown(user: Any, patient: Patient) -> Patient:
    patient.badges = selectors.badges_for([patient], user).get(patient.pk, [])
    return patient


class DuplicateIn(Body):
    duplicate = Id()
    reason = serializers.CharField(max_length=300, allow_blank=True, required=False)
    solutions = serializers.DictField(child=serializers.CharField(max_length=60), required=False)


@router.post("patients/<int:pk>/merge/", permissions.MERGE, takes=DuplicateIn, gives=PatientOut)
def merge(request: Any, pk: int, data: dict[str, Any]) -> Patient:
    """Retire `duplicate` into this card; conflicts are 409 `merge_conflict` until `solutions` decides them."""
    for each in (pk, data["duplicate"]):
        selectors.patient_get(request.user, each)
    services.patients_merge(
        survivor_id=pk, duplicate_id=data["duplicate"], actor=request.user, reason=data.get("reason", ""),
        solutions=data.get("solutions"),
    )  # fmt: skip
    return shown(request.user, selectors.patient_get(request.user, pk))


@router.post("patients/<int:pk>/unmerge/", permissions.MERGE, takes=DuplicateIn, gives=PatientOut)
def unmerge(request: Any, pk: int, data: dict[str, Any]) -> Patient:
    """Two cards again: exactly what was moved returns."""
    for each in (pk, data["duplicate"]):
        selectors.patient_get(request.user, each)
    services.patients_unmerge(
        survivor_id=pk, duplicate_id=data["duplicate"], actor=request.user, reason=data.get("reason", "")
    )
    return shown(request.user, selectors.patient_get(request.user, pk))
