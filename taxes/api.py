"""The API of tax certificates: what a year comes to, issuing, correcting, cancelling, registers."""

from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request as ApiRequest

from billing.selectors.patients import patient_for_money
from core.api import Amount, Body, Id, Moment, Out, Router
from taxes import permissions, rules, services
from taxes.listings import CertificateListing, RegisterListing
from taxes.models import Certificate, Relation, TaxRegister
from taxes.rules import Person
from taxes.selectors import certificate_get, payers_of, person_told, register_get, year_of

router = Router("taxes")


class PersonIn(Body):
    """Only what differs from the cards need be given."""

    last_name = serializers.CharField(max_length=60, required=False)
    first_name = serializers.CharField(max_length=60, required=False)
    middle_name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    inn = serializers.CharField(max_length=12, required=False, allow_blank=True)
    birth_date = serializers.DateField(required=False)
    document_code = serializers.CharField(max_length=2, required=False, allow_blank=True)
    document_number = serializers.CharField(max_length=25, required=False, allow_blank=True)
    document_on = serializers.DateField(required=False, allow_null=True)


class WordsIn(Body):
    payer_person = PersonIn(required=False)
    patient_person = PersonIn(required=False)
    payments = serializers.ListField(
        child=Id(), required=False, allow_null=True, default=None, max_length=1000, help_text="empty: all that are free"
    )
    signer = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="empty: the head of the legal entity"
    )
    authority = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class IssueIn(WordsIn):
    year = serializers.IntegerField(min_value=2000, max_value=2200)
    payer = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="patient/17, representative/5; empty: the patient"
    )  # fmt: skip
    relation = serializers.ChoiceField(
        choices=Relation.choices, required=False, allow_blank=True, default="", help_text="of a member of the family"
    )
    legal_entity = Id(required=False, allow_null=True, default=None)


class CorrectIn(WordsIn):
    reason = serializers.CharField(max_length=300)


class ReasonIn(Body):
    reason = serializers.CharField(max_length=300)


class PaidOut(Out):
    payment = serializers.IntegerField(source="payment_id")
    paid_on = serializers.DateField()
    code1 = Amount()
    code2 = Amount()


class CertificateOut(Out):
    id = serializers.IntegerField()
    number = serializers.CharField(source="number.__str__")
    correction = serializers.IntegerField(help_text="0 first, 1… corrected, 999 cancels")
    year = serializers.IntegerField(source="number.year")
    state = serializers.SerializerMethodField()
    patient = serializers.IntegerField(source="patient_id")
    payer = serializers.CharField(source="payer_name")
    relation = serializers.CharField()
    code1 = Amount()
    code2 = Amount()
    total = Amount()
    issued_on = serializers.DateField()
    issued_at = Moment()
    reason = serializers.CharField()

    def get_state(self, row: Certificate) -> str:
        return row.state[0]


class CertificateFullOut(CertificateOut):
    payments = PaidOut(many=True, source="payments.all")


class OfferOut(Out):
    payment = serializers.IntegerField(source="paid.payment")
    paid_on = serializers.DateField(source="paid.paid_on")
    code1 = Amount(source="paid.code1")
    code2 = Amount(source="paid.code2")
    certificate = serializers.CharField(source="taken_by", help_text="the number that has it")
    is_free = serializers.BooleanField()


class LeftOutOut(Out):
    why = serializers.CharField()
    amount = Amount()


class YearOut(Out):
    code1 = Amount()
    code2 = Amount()
    payments = OfferOut(many=True)
    left_out = LeftOutOut(many=True)
    payers = serializers.ListField(child=serializers.DictField())


class RegisterIn(Body):
    legal_entity = Id()
    year = serializers.IntegerField(min_value=2000, max_value=2200)


class RegisterOut(Out):
    id = serializers.IntegerField()
    legal_entity = serializers.IntegerField(source="legal_entity_id")
    year = serializers.IntegerField()
    count = serializers.IntegerField()
    code1 = Amount()
    code2 = Amount()
    file_name = serializers.CharField(source="file.name")
    made_on = serializers.DateField()


class YearAsk(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=2000, max_value=2200)
    payer = serializers.CharField(max_length=40, required=False, default="")
    legal_entity = Id(required=False, allow_null=True, default=None)


router.listing("tax-certificates/", CertificateListing, gives=CertificateOut)
router.listing("tax-registers/", RegisterListing, gives=RegisterOut)


@router.get("patients/<int:pk>/tax-year/", permissions.ISSUE, gives=YearOut, asks=YearAsk)
def tax_year(request: ApiRequest, pk: int, query: dict[str, Any]) -> dict[str, Any]:
    """What a certificate of the year would say, which payments make it, what stays out and why, who may ask for one."""
    patient = patient_for_money(pk, request.user)
    entity = services.entity_meant(patient, query["legal_entity"], request.user)
    payer = services.payer_chosen(patient, query["payer"] or f"patient/{patient.pk}")
    told = year_of(patient, entity_id=entity.pk, year=query["year"], payer_card=payer.card_id)
    code1, code2 = rules.sums_of(told.free)
    payers = [{"payer": each.key, "name": each.name, "relation": each.relation} for each in payers_of(patient)]
    return {"code1": code1, "code2": code2, "payments": told.offers, "left_out": told.left_out, "payers": payers}


@router.post(
    "patients/<int:pk>/tax-certificates/", permissions.ISSUE, takes=IssueIn, gives=CertificateFullOut, status=201
)
def issue(request: ApiRequest, data: dict[str, Any], pk: int) -> Certificate:
    """Issue a certificate; barter and insurance alone are 409 no_tax_certificate with `facts.reasons`."""
    patient = patient_for_money(pk, request.user)
    entity = services.entity_meant(patient, data["legal_entity"], request.user)
    payer = services.payer_chosen(patient, data["payer"] or f"patient/{patient.pk}")
    asked = services.Request(
        payer=spoken(person_told(patient, payer, request.user), data.get("payer_person")),
        subject=spoken(person_told(patient, None, request.user), data.get("patient_person")),
        relation=data["relation"], payments=data["payments"], signer=data["signer"] or entity.director_name,
        authority=data["authority"],
    )  # fmt: skip
    made = services.certificate_issue(
        patient_id=patient.pk, year=data["year"], payer_key=payer.key, entity_id=entity.pk, request=asked, actor=request.user
    )  # fmt: skip
    return certificate_get(request.user, made.pk)


def spoken(known: Person, given: dict[str, Any] | None) -> Person:
    return replace(known, **(given or {}))


@router.get("tax-certificates/<int:pk>/", permissions.SEE, gives=CertificateFullOut)
def certificate(request: ApiRequest, pk: int) -> Certificate:
    return certificate_get(request.user, pk)


@router.post(
    "tax-certificates/<int:pk>/correct/", permissions.ISSUE, takes=CorrectIn, gives=CertificateFullOut, status=201
)
def correct(request: ApiRequest, data: dict[str, Any], pk: int) -> Certificate:
    """A new certificate of the same number with the next correction; the old one stays as it was."""
    found = certificate_get(request.user, pk)
    asked = services.Request(
        payer=spoken(rules.person_of(found.payer), data.get("payer_person")),
        subject=spoken(rules.person_of(found.subject), data.get("patient_person")), relation=found.relation,
        payments=data["payments"], signer=data["signer"] or found.signer, authority=data["authority"] or found.authority,
    )  # fmt: skip
    made = services.certificate_correct(certificate_id=pk, request=asked, reason=data["reason"], actor=request.user)
    return certificate_get(request.user, made.pk)


@router.post(
    "tax-certificates/<int:pk>/cancel/", permissions.ISSUE, takes=ReasonIn, gives=CertificateFullOut, status=201
)
def cancel(request: ApiRequest, data: dict[str, Any], pk: int) -> Certificate:
    """A cancellation (correction 999); the payments are free again."""
    certificate_get(request.user, pk)
    made = services.certificate_cancel(certificate_id=pk, reason=data["reason"], actor=request.user)
    return certificate_get(request.user, made.pk)


@router.post("tax-registers/", permissions.REGISTER, takes=RegisterIn, gives=RegisterOut, status=201)
def register_make(request: ApiRequest, data: dict[str, Any]) -> TaxRegister:
    """A file of everything that no register holds yet of this year; its page gives the XML."""
    made = services.register_make(entity_id=data["legal_entity"], year=data["year"], actor=request.user)
    return register_get(request.user, made.pk)
