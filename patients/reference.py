"""What a clinic needs before its first patient: documents that are signed, documents of identity, statuses."""

from patients.models import ConsentKind, DocumentKind, Stage, Status

# code, name, name in English, asked of everybody
CONSENTS = (
    ("contract", "Договор на оказание платных медицинских услуг", "Contract for paid services", True),
    ("personal_data", "Согласие на обработку персональных данных", "Consent to processing of personal data", True),
    ("marketing", "Согласие на получение рекламы", "Consent to marketing messages", False),
    ("intervention", "Согласие на медицинское вмешательство", "Consent to medical intervention", False),
    ("photo", "Согласие на фото- и видеосъёмку", "Consent to photography", False),
)
# name, form of the number, example, code for tax certificates
DOCUMENTS = (
    ("Паспорт иностранного гражданина", "", "", "10"),
    ("Вид на жительство", r"\d{2} ?(№ ?)?\d{7}", "82 1234567", "12"),
    ("Разрешение на временное проживание", "", "", "15"),
    ("Свидетельство о рождении", r"[IVXLC]{1,6}-[А-ЯЁ]{2} ?(№ ?)?\d{6}", "IV-МЮ 123456", "03"),
    ("Военный билет", r"[А-ЯЁ]{2} ?(№ ?)?\d{7}", "АБ 1234567", "07"),
    ("Удостоверение беженца", "", "", "13"),
    ("Загранпаспорт", r"\d{2} ?(№ ?)?\d{7}", "75 1234567", "10"),
)
STAGES = (("Новый", "blue"), ("Консультация", "teal"), ("Лечение", "violet"), ("Наблюдение", "green"), ("Ушёл", "grey"))
STATUSES = (
    ("Спящий", "grey", [{"fact": "months_since_visit", "op": "gte", "value": "12"}]),
    ("Постоянный", "green", [{"fact": "visits_count", "op": "gte", "value": "5"}]),
    ("Новый", "blue", [{"fact": "visits_count", "op": "lte", "value": "1"}]),
)


def load() -> None:
    """Idempotent: what the clinic has changed or deleted stays so."""
    for position, (code, name, name_en, is_asked) in enumerate(CONSENTS):
        if not ConsentKind.objects.filter(code=code).exists():
            ConsentKind.objects.create(code=code, name=name, name_en=name_en, is_asked=is_asked, position=position)
    if not DocumentKind.objects.exists():
        DocumentKind.objects.bulk_create(
            DocumentKind(name=name, mask=mask, example=example, tax_code=code, position=position)
            for position, (name, mask, example, code) in enumerate(DOCUMENTS)
        )
    if not Stage.objects.exists():
        Stage.objects.bulk_create(Stage(name=name, tone=tone, position=n) for n, (name, tone) in enumerate(STAGES))
    if not Status.objects.exists():
        Status.objects.bulk_create(
            Status(name=name, tone=tone, position=n, conditions=rules) for n, (name, tone, rules) in enumerate(STATUSES)
        )
