"""Valid objects for tests; states are made by calling services, never by writing columns."""

from datetime import time

import factory
from factory.django import DjangoModelFactory

from catalog.models import Category, Diagnosis, DiagnosisGroup, Service, ServicePrice
from clinic.models import Branch, BranchHours, Chair, LegalEntity, Profession, Role, Staff, User
from patients.models import Patient


class LegalEntityFactory(DjangoModelFactory):
    class Meta:
        model = LegalEntity

    name = "Общество с ограниченной ответственностью «Улыбка»"
    short_name = "ООО «Улыбка»"
    inn = "7707083893"


class BranchFactory(DjangoModelFactory):
    """Open every day from 9 to 21, Moscow time."""

    class Meta:
        model = Branch
        skip_postgeneration_save = True

    legal_entity = factory.SubFactory(LegalEntityFactory)
    name = factory.Sequence(lambda number: f"Филиал {number}")
    timezone = "Europe/Moscow"

    @factory.post_generation
    def hours(self, create, extracted, **kwargs):
        BranchHours.objects.bulk_create(
            [BranchHours(branch=self, weekday=day, opens=time(9), closes=time(21)) for day in range(7)]
        )


class ChairFactory(DjangoModelFactory):
    class Meta:
        model = Chair

    branch = factory.SubFactory(BranchFactory)
    name = factory.Sequence(lambda number: f"Кресло {number}")


class ProfessionFactory(DjangoModelFactory):
    class Meta:
        model = Profession

    name = factory.Sequence(lambda number: f"Терапевт {number}")


class StaffFactory(DjangoModelFactory):
    class Meta:
        model = Staff

    last_name = factory.Sequence(lambda number: f"Соколова{number}")
    first_name = "Марина"
    middle_name = "Андреевна"


class DoctorFactory(StaffFactory):
    is_doctor = True


class UserFactory(DjangoModelFactory):
    """`roles=["administrator"]`, `branches=[branch]`; the password is "secret"."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    password = factory.django.Password("secret")

    @factory.post_generation
    def roles(self, create, extracted, **kwargs):
        self.roles.set(Role.objects.filter(code__in=extracted or []))

    @factory.post_generation
    def branches(self, create, extracted, **kwargs):
        self.branches.set(extracted or [])


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda number: f"Терапия {number}")


class ServiceFactory(DjangoModelFactory):
    """`price="1500.00"` gives it a price from 2020 on."""

    class Meta:
        model = Service
        skip_postgeneration_save = True

    category = factory.SubFactory(CategoryFactory)
    code = factory.Sequence(lambda number: f"A16.07.{number:03}")
    name = factory.Sequence(lambda number: f"Лечение кариеса {number}")

    @factory.post_generation
    def price(self, create, extracted, **kwargs):
        ServicePrice.objects.create(service=self, starts_on="2020-01-01", amount=extracted or "1500.00")


class DiagnosisGroupFactory(DjangoModelFactory):
    class Meta:
        model = DiagnosisGroup

    name = factory.Sequence(lambda number: f"Болезни твёрдых тканей {number}")


class DiagnosisFactory(DjangoModelFactory):
    class Meta:
        model = Diagnosis

    group = factory.SubFactory(DiagnosisGroupFactory)
    code = factory.Sequence(lambda number: f"K99.{number}")
    name = "Кариес дентина"


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    card_number = factory.Sequence(lambda number: f"{number + 100000}")
    last_name = factory.Sequence(lambda number: f"Ёлкина{number}")
    first_name = "Анна"
    middle_name = "Петровна"
    phone = factory.Sequence(lambda number: f"+7900{number:07}")
