"""Patients who do something themselves, without a sign-in: what the services know of them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.models import Role


@dataclass(frozen=True, slots=True)
class ByLink:
    """The patient himself, who follows a link: bound to the branch of his visit, with no other rights."""

    branch_ids: tuple[int, ...]
    pk: None = None
    scope: str = Role.Scope.ALL
    is_partner_user: bool = False
    is_active: bool = True
    is_authenticated: bool = False
    staff_id: None = None
    role_codes: tuple[str, ...] = ()
    permission_codes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return _("the patient, by a link")


class Online(ByLink):
    """Somebody on the page of online booking."""

    __slots__ = ()

    def __str__(self) -> str:
        return _("the patient, online")
