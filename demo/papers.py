"""Papers of the demo: contracts and consents of those who come today and tomorrow, some signed with a pen, some waiting."""

from demo.barter import coming
from demo.world import World
from documents.errors import PdfUnavailable
from documents.models import Template
from documents.reference import load
from documents.services.papers import paper_make, paper_sign_by_hand
from patients.models import Patient
from patients.papers import signer_of, subject_for
from patients.services.consents import in_force

# Kind of the template, whether it is signed; a row a patient.
STORY = (
    (("contract", True), ("informed", False)),
    (("contract", False),),
)


def build(world: World) -> None:
    """After the cards: what the desk has printed for them. A machine that cannot make PDF goes without."""
    load()
    try:
        for pk, papers in zip(coming(world), STORY, strict=False):
            patient = Patient.objects.select_related("branch__legal_entity").get(pk=pk)
            told(patient, papers, world)
    except PdfUnavailable:
        return


def told(patient: Patient, papers: tuple[tuple[str, bool], ...], world: World) -> None:
    boss = world.users["director"]
    subject = subject_for(patient, boss)
    for kind, is_signed in papers:
        template = Template.objects.filter(kind=kind, language="ru").order_by("pk").first()
        if template is None or in_force(patient.pk, template.consent, subject.day).exists():
            continue
        paper = paper_make(template_id=template.pk, subject=subject, signer_name=signer_of(subject), actor=boss)
        if is_signed:
            paper_sign_by_hand(paper_id=paper.pk, actor=boss)
