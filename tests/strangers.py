"""Objects of another branch, and the addresses at which a stranger must get 404, not 403 and not the object.

`STRANGERS["clinic:branch"] = function(branch) -> arguments of the address`; each app adds its own below or from its
tests. A page that needs the object is asked by GET, everything else by the method named after the space.
"""

from collections.abc import Callable
from typing import Any

from tests.factories import BranchFactory, ChairFactory, DoctorFactory, PatientFactory

STRANGERS: dict[str, Callable[[Any], list[Any]]] = {}


def bound_doctor(branch: Any) -> list[Any]:
    doctor = DoctorFactory()
    doctor.branches.add(branch)
    return [doctor.pk]


STRANGERS |= {
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
