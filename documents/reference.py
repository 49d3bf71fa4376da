"""Templates to begin with: a clinic changes them as it likes, what it has changed or deleted stays so."""

from pathlib import Path

from documents import rules
from documents.models import CONSENT_OF, Template, TemplateVersion

TEXTS = Path(__file__).parent / "starters"
# file, kind, name
STARTERS = (
    ("contract", "contract", "Договор на оказание платных медицинских услуг"),
    ("personal_data", "personal_data", "Согласие на обработку персональных данных"),
    ("intervention", "intervention", "Согласие на медицинское вмешательство"),
    ("marketing", "marketing", "Согласие на получение рекламы"),
    ("photo", "photo", "Согласие на фото- и видеосъёмку"),
    ("informed_anaesthesia", "informed", "ИДС: местная анестезия"),
    ("informed_extraction", "informed", "ИДС: удаление зуба"),
    ("informed_implant", "informed", "ИДС: имплантация"),
    ("informed_endo", "informed", "ИДС: лечение корневых каналов"),
    ("informed_prosthetics", "informed", "ИДС: протезирование"),
    ("informed_hygiene", "informed", "ИДС: профессиональная гигиена и отбеливание"),
    ("plan", "plan", "План лечения"),
    ("act", "act", "Акт оказанных услуг"),
    ("barter", "barter", "Регламент обслуживания по бартеру"),
    ("guarantee", "guarantee", "Гарантийное письмо"),
    ("memo", "memo", "Памятка пациенту"),
)


def load() -> None:
    """Idempotent: only a clinic that has never had a template gets them."""
    if TemplateVersion.objects.exists():
        return
    rows = Template.objects.bulk_create(
        Template(
            name=name, kind=kind, language="ru", consent=CONSENT_OF.get(kind, ""),
            body=rules.cleaned((TEXTS / "ru" / f"{file}.html").read_text("utf8")),
        )
        for file, kind, name in STARTERS
    )  # fmt: skip
    TemplateVersion.objects.bulk_create(TemplateVersion(template=row, number=1, body=row.body) for row in rows)
