"""How a person likes his calendar: named views, and the last one (SCH-02, SCH-03). Nobody else sees them: no audit."""

from typing import Any

from core.command import command
from core.models import SavedView
from scheduling.selectors.choices import LAST, VIEWS, views_of


@command
def view_keep(*, title: str, query: str, actor: Any) -> SavedView:
    """Keep a view under a name; the same name is written over. Reverse: view_drop."""
    row, _new = SavedView.objects.update_or_create(
        owner=actor, listing=VIEWS, role_code="", title=title.strip()[:80], defaults={"query": query[:500]}
    )
    return row


@command
def view_drop(*, view_id: int, actor: Any) -> None:
    views_of(actor).filter(pk=view_id).delete()


@command
def view_remember(*, query: str, actor: Any) -> None:
    SavedView.objects.update_or_create(
        owner=actor, listing=LAST, role_code="", title=LAST, defaults={"query": query[:500]}
    )
