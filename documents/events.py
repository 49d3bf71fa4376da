"""What happens to papers."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRenewed(Event):
    """The text of a consent was changed so that it must be signed anew."""

    template_id: int
    consent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSigned(Event):
    """A paper has its signature; `consent` is the code of the consent that it gives, or empty."""

    paper_id: int
    patient_id: int
    kind: str
    consent: str
    representative_id: int | None
    document_id: int | None
    number: str
    is_on_paper: bool
    actor_id: int | None
