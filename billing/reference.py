"""Cash articles of a new clinic; it adds its own."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Article


def load_articles() -> None:
    """Once: what the clinic has removed stays removed."""
    if Article.objects.exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        Article.objects.bulk_create(
            [
                Article(name=_("Change for the drawer"), direction="both", result=""),
                Article(name=_("Collection to the bank"), direction="out", result=""),
                Article(name=_("Household expenses"), direction="out", result="expenses"),
                Article(name=_("Advance to an employee"), direction="out", result="pay"),
                Article(name=_("Other income"), direction="in", result="other_income"),
            ]
        )
