"""The lists from whose filters a mailing can be made: the apps that have them say how a row leads to a patient."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.access import check
from core.errors import Invalid
from core.listing import REGISTRY as LISTINGS
from core.slots import Slot

# {"patients": "pk", "appointments": "patient_id"}: slug of a listing to the path of the patient's id.
AUDIENCES: Slot[dict[str, str]] = Slot("messaging.audiences")


def patients_of(*, listing: str, query: str, user: Any) -> QuerySet[Any]:
    """Ids of the patients that a list with these filters shows to the user. Raises Invalid, Forbidden."""
    shape, path = LISTINGS.get(listing), dict(pair for pairs in AUDIENCES for pair in pairs.items()).get(listing)
    if shape is None or path is None:
        raise Invalid(fields={"listing": _("A mailing is made from a list of patients or visits.")})
    check(user, shape.permission)
    screen = shape(user, QueryDict(query), asked_only=True)
    if not screen.is_valid:
        raise Invalid(fields={"listing": _("The filters of the list are wrong.")})
    rows = screen.filtered()
    chosen = [int(pk) for pk in QueryDict(query).getlist("chosen") if pk.isdigit()]
    return (rows.filter(pk__in=chosen) if chosen else rows).order_by().values_list(path, flat=True).distinct()
