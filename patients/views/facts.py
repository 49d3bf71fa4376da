"""Lines of a card that are edited in place, each saved on its own with audit (PAT-09, PAT-10)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.access import check, is_allowed, requires
from core.command import check_version
from core.errors import Forbidden, Invalid, NotFound, Stale
from core.forms import add_errors, given_version
from core.templatetags.ui import day_short, phone
from patients import permissions, selectors, services
from patients.forms import GROUPS, GroupForm, facts_of
from patients.forms.cards import CUSTOM, FactGroup
from patients.listings import STATUS_TONES
from patients.models import CustomField, Identity, Patient
from patients.rules.identity import snils_shown
from patients.services.identity import FIELDS as IDENTITY_FIELDS


def group_of(user: Any, key: str) -> FactGroup:
    """The line by its key, or NotFound when it does not exist for this user."""
    if key.startswith(CUSTOM):
        return next((group for group in facts_of(user, "info") if group.key == key), None) or missing()
    return GROUPS.get(key) or missing()


def missing() -> Any:
    raise NotFound


@requires(permissions.SEE)
def fact(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """GET shows the line (`?edit=1` its form), POST saves it and shows it again; 422 and 412 keep what was typed."""
    patient = selectors.patient_get(request.user, pk)
    group = group_of(request.user, key)
    check(request.user, group.see)
    if request.method != "POST" and "edit" not in request.GET:
        return shown(request, patient, group)
    check(request.user, group.edit)
    identity = services.identity_of(patient)
    form = GroupForm(request.POST or None, user=request.user, group=group, patient=patient, identity=identity)
    if request.method != "POST":
        return form_of(request, patient, group, form)
    return saved(request, patient, group, form)


def saved(request: HttpRequest, patient: Patient, group: FactGroup, form: GroupForm) -> HttpResponse:
    if not form.is_valid():
        return form_of(request, patient, group, form, 422)
    try:
        fact_save(request.user, patient, form, given_version(request))
    except Stale as error:
        form.add_error(None, str(error))
        patient.refresh_from_db()
        return form_of(
            request, patient, group, form, 412, theirs=value_of(patient, services.identity_of(patient), group)
        )
    except Forbidden:
        raise
    except Invalid as error:
        add_errors(form, error)
        return form_of(request, patient, group, form, 422)
    patient.refresh_from_db()
    return shown(request, patient, group)


def fact_save(user: Any, patient: Patient, form: GroupForm, version: int | None) -> None:
    """One service call for the line; the version guards all of its fields."""
    names = list(form.fields)
    if names == ["treatment_status"]:
        check_version(version, patient.version)
        services.treatment_status_set(patient_id=patient.pk, after=form.cleaned_data["treatment_status"], actor=user)
    elif names[0] in IDENTITY_FIELDS:
        services.identity_change(
            patient_id=patient.pk, changes=form.taken(IDENTITY_FIELDS), actor=user, expected_version=version
        )
    else:
        changes = form.taken(name for name in names if not name.startswith(CUSTOM))
        if own := form.taken_custom():
            changes["custom"] = own
        services.patient_change(patient_id=patient.pk, changes=changes, actor=user, expected_version=version)


def shown(request: HttpRequest, patient: Patient, group: FactGroup) -> HttpResponse:
    row = row_of(request.user, patient, services.identity_of(patient), group)
    return render(request, "patients/_fact.html", {"row": row, "patient": patient, "is_fresh": True})


def form_of(
    request: HttpRequest, patient: Patient, group: FactGroup, form: GroupForm, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {"form": form, "group": group, "patient": patient, "version": patient.version}
    return render(request, "patients/_fact_form.html", context, status=status)


def fact_rows(user: Any, patient: Patient, tab: str) -> list[dict[str, Any]]:
    identity = services.identity_of(patient)
    return [row_of(user, patient, identity, group) for group in facts_of(user, tab)]


def row_of(user: Any, patient: Patient, identity: Identity, group: FactGroup) -> dict[str, Any]:
    may_edit = is_allowed(user, group.edit) and not patient.merged_into_id
    return {"key": group.key, "label": group.label, "may_edit": may_edit, **value_of(patient, identity, group)}


def value_of(patient: Patient, identity: Identity, group: FactGroup) -> dict[str, Any]:
    """What a line shows: `text`, and `kind` when it is more than text (phone, email, badge, secret)."""
    if group.key.startswith(CUSTOM):
        return {"text": custom_text(group.key, patient.custom.get(group.key.removeprefix(CUSTOM)))}
    special = SHOWN.get(group.key)
    if special:
        return special(patient, identity)
    value = getattr(identity if group.names[0] in IDENTITY_FIELDS else patient, group.names[0])
    return {"text": day_short(value) if hasattr(value, "year") else value}


def custom_text(key: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value and CustomField.objects.filter(code=key.removeprefix(CUSTOM), kind=CustomField.Kind.DATE).exists():
        return ".".join(reversed(str(value).split("-")))
    return value


def secret(text: str) -> dict[str, Any]:
    """Masked until it is pressed: neighbours at the desk see no passport (PAT-04)."""
    hidden = "".join(char if not char.isalnum() or index >= len(text) - 3 else "•" for index, char in enumerate(text))
    return {"kind": "secret", "text": text, "hidden": hidden} if text else {"text": ""}


def messages_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    said = [_("marketing") if patient.mailing_allowed else "", _("reminders") if patient.reminders_allowed else ""]
    return {"text": ", ".join(filter(None, said)) or _("none")}


def source_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    return {"text": ", ".join(filter(None, (str(patient.source or ""), patient.source_note)))}


def treatment_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    return {
        "kind": "badge",
        "text": patient.get_treatment_status_display(),
        "tone": STATUS_TONES[patient.treatment_status],
    }


def document_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    issued = ", ".join(filter(None, (identity.issued_by, day_short(identity.issued_on) if identity.issued_on else "",
                                     identity.issuer_code)))  # fmt: skip
    return {**secret(identity.document), "note": identity.citizenship if identity.is_foreign else issued}


def policy_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    return {**secret(identity.policy_number), "note": identity.insurance_company}


def address_of(patient: Patient, identity: Identity) -> dict[str, Any]:
    lives = "" if identity.is_same_address or not identity.actual_address else identity.actual_address
    return {
        "text": identity.registered_address or lives,
        "note": _("lives at: %(address)s") % {"address": lives} if lives else "",
    }


SHOWN = {
    "name": lambda patient, identity: {"text": patient.full_name},
    "phone": lambda patient, identity: {"kind": "phone", "text": patient.phone},
    "home_phone": lambda patient, identity: {"kind": "phone", "text": patient.home_phone},
    "more_phones": lambda patient, identity: {
        "text": ", ".join(phone(number) for number in patient.more_phones.split())
    },
    "email": lambda patient, identity: {"kind": "email", "text": patient.email},
    "doctor": lambda patient, identity: {"text": patient.doctor.short_name if patient.doctor else ""},
    "coordinator": lambda patient, identity: {"text": patient.coordinator.short_name if patient.coordinator else ""},
    "sex": lambda patient, identity: {"text": patient.get_sex_display()},
    "treatment_status": treatment_of,
    "messages": messages_of,
    "source": source_of,
    "document": document_of,
    "snils": lambda patient, identity: secret(snils_shown(identity.snils)),
    "inn": lambda patient, identity: secret(identity.inn),
    "policy": policy_of,
    "address": address_of,
}
