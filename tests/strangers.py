"""Objects of another branch, and the addresses at which a stranger must get 404, not 403 and not the object.

`STRANGERS["clinic:branch"] = function(branch) -> arguments of the address`; each app adds its own below or from its
tests. A page that needs the object is asked by GET, everything else by the method named after the space.
"""

from collections.abc import Callable
from typing import Any

from barter.models import Beneficiary
from barter.services import contract_create
from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory, UserFactory

STRANGERS: dict[str, Callable[[Any], list[Any]]] = {}


def bound_doctor(branch: Any) -> list[Any]:
    doctor = DoctorFactory()
    doctor.branches.add(branch)
    return [doctor.pk]


def strange_entry(branch: Any) -> list[Any]:
    """An entry of barter whose card is another branch's."""
    boss = UserFactory()
    contract = contract_create(kind="public_person", actor=boss)
    card = PatientFactory(branch=BranchFactory())
    return [Beneficiary.objects.create(contract=contract, number=1, patient=card, state="invited").pk]


STRANGERS |= {
    "barter:entry": strange_entry,
    "barter:entry-grant": strange_entry,
    "clinic:branch": lambda branch: [BranchFactory().pk],
    "clinic:branch-edit": lambda branch: [BranchFactory().pk],
    "clinic:branch-hours POST": lambda branch: [BranchFactory().pk],
    "clinic:branch-days-new": lambda branch: [BranchFactory().pk],
    "clinic:branch-trash POST": lambda branch: [BranchFactory().pk],
    "clinic:chair-edit": lambda branch: [ChairFactory().pk],
    "clinic:chair-move POST": lambda branch: [ChairFactory().pk],
    "clinic:chair-trash POST": lambda branch: [ChairFactory().pk],
    "clinic:person": lambda branch: bound_doctor(BranchFactory()),
    "clinic:person-edit": lambda branch: bound_doctor(BranchFactory()),
    "clinic:person-leave": lambda branch: bound_doctor(BranchFactory()),
    "clinic:person-return POST": lambda branch: bound_doctor(BranchFactory()),
    "clinic:person-trash POST": lambda branch: bound_doctor(BranchFactory()),
    "patients:card": lambda branch: [PatientFactory(branch=BranchFactory()).pk],
}
