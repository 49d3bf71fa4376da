"""Documents of identity, addresses, and those who speak for a patient; fewer people may read these than the card."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.trash import Trashable
from patients.models.cards import Patient


class DocumentKind(Trashable):
    """A document of identity other than the passport of the country (PAT-05). `mask` is a regular expression."""

    name = models.CharField(_("name"), max_length=120)
    mask = models.CharField(
        _("form of the number"), max_length=120, blank=True, help_text=_("A regular expression; empty is anything.")
    )
    example = models.CharField(_("example"), max_length=60, blank=True)
    tax_code = models.CharField(_("code for tax certificates"), max_length=2, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("kind of document")
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at__isnull=True), name="document_kind_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """What the law asks of a patient: document, SNILS, INN, policy, addresses (PAT-04..06, PAT-27)."""

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="identity")
    passport_series = models.CharField(_("passport series"), max_length=4, blank=True)
    passport_number = models.CharField(_("passport number"), max_length=6, blank=True)
    issued_by = models.CharField(_("issued by"), max_length=300, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    issuer_code = models.CharField(_("code of the issuer"), max_length=7, blank=True)
    is_foreign = models.BooleanField(_("other document (foreign citizen)"), default=False)
    document_kind = models.ForeignKey(
        DocumentKind, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document")
    )
    document_number = models.CharField(_("series and number"), max_length=60, blank=True)
    citizenship = models.CharField(_("citizenship"), max_length=80, blank=True)
    snils = models.CharField(_("SNILS"), max_length=11, blank=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    policy_number = models.CharField(_("policy"), max_length=40, blank=True)
    insurance_company = models.CharField(_("insurance company"), max_length=160, blank=True)
    registered_address = models.CharField(_("registered at"), max_length=400, blank=True)
    is_same_address = models.BooleanField(_("lives at the same address"), default=True)
    actual_address = models.CharField(_("lives at"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("documents and addresses")

    def __str__(self) -> str:
        return str(self.patient)

    @property
    def address(self) -> str:
        """Where the patient lives."""
        return self.registered_address if self.is_same_address else self.actual_address

    @property
    def document(self) -> str:
        """The document in one line."""
        if self.is_foreign:
            return " ".join(filter(None, (str(self.document_kind or ""), self.document_number)))
        return " ".join(filter(None, (self.passport_series, self.passport_number)))


class Representative(models.Model):
    """A parent, guardian or relative: who answers under the contract, who pays, who signs (PAT-26)."""

    class Relation(models.TextChoices):
        MOTHER = "mother", _("Mother")
        FATHER = "father", _("Father")
        GUARDIAN = "guardian", _("Guardian")
        SPOUSE = "spouse", _("Spouse")
        CHILD = "child", _("Son or daughter")
        RELATIVE = "relative", _("Relative")
        OTHER = "other", _("Other")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="representatives", verbose_name=_("patient"))
    card = models.ForeignKey(
        Patient, models.SET_NULL, null=True, blank=True, related_name="represents", verbose_name=_("own card")
    )
    full_name = models.CharField(_("full name"), max_length=240)
    relation = models.CharField(_("who it is"), max_length=10, choices=Relation, default=Relation.MOTHER)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    document = models.CharField(_("document"), max_length=300, blank=True)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    authority = models.CharField(_("on what ground"), max_length=200, blank=True)
    is_responsible = models.BooleanField(_("responsible under the contract"), default=False)
    pays = models.BooleanField(_("pays"), default=False)
    signs = models.BooleanField(_("signs documents"), default=False)
    may_know = models.BooleanField(_("may be told about health"), default=False)

    class Meta:
        verbose_name = _("representative")
        ordering = ("-is_responsible", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(is_responsible=True), name="representative_one_responsible_a_patient"
            ),
            models.CheckConstraint(condition=~Q(card=models.F("patient")), name="representative_is_not_the_patient"),
        ]

    def __str__(self) -> str:
        return self.full_name
