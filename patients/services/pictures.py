"""Photographs of a patient and scans of his papers, taken at the desk by camera or file (PAT-36)."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from core import clock
from core.access import check, is_allowed
from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid, NotFound
from core.files import DOCUMENTS, IMAGES, Purpose, checked, file_store
from core.models import StoredFile
from patients import permissions
from patients.errors import PhotoConsentNeeded
from patients.selectors.cards import patients_visible_to
from patients.selectors.pictures import PAPER, PHOTO
from patients.selectors.records import has_consent
from patients.services.cards import patient_locked

sentence("patients.picture.added", _("%(kind)s added"), "camera", "blue")
sentence("patients.picture.removed", _("%(kind)s taken away"), "trash", "red")

LARGEST = 2000  # pixels of a side: a passport can be read, and a page with many opens at once
KINDS = {"photo": (PHOTO, _("Photograph")), "paper": (PAPER, _("Copy of a document"))}


def may_read(user: Any, row: StoredFile) -> bool:
    """Whoever sees the card sees its photographs; copies of documents, who sees documents."""
    needed = permissions.SEE if row.purpose == PHOTO else permissions.SEE_IDENTITY
    return is_allowed(user, needed) and patients_visible_to(user).filter(pk=row.patient_id).exists()


PURPOSES = {"photo": Purpose(PHOTO, IMAGES, may_read), "paper": Purpose(PAPER, DOCUMENTS, may_read)}


@command
def picture_add(*, patient_id: int, kind: str, upload: UploadedFile, actor: Any) -> StoredFile:
    """Keep a photograph, or a copy of a document (PAT-36). Reverse: picture_remove.

    A face is photographed only under a signed consent. What a camera writes beside the picture (place, device) is not
    kept. Raises Invalid for what is no picture, PhotoConsentNeeded.
    """
    if kind not in KINDS:
        raise NotFound
    check(actor, permissions.TAKE_PHOTOS if kind == "photo" else permissions.EDIT_IDENTITY)
    patient = patient_locked(patient_id)
    if kind == "photo" and not has_consent(patient.pk, "photo"):
        raise PhotoConsentNeeded
    found = checked(upload, PURPOSES[kind])
    kept = drawn_anew(upload) if found in IMAGES else upload
    row = file_store(kept, purpose=PURPOSES[kind], actor=actor, patient_id=patient.pk)
    audit(actor, "patients.picture.added", patient, patient_id=patient.pk, kind=KINDS[kind][1], file=str(row.key))
    return row


def drawn_anew(upload: UploadedFile) -> UploadedFile:
    """The picture upright, of a sensible size, without what the camera wrote about itself."""
    try:
        with Image.open(upload) as opened:
            picture: Any = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((LARGEST, LARGEST))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid(fields={"file": _("This picture cannot be read.")}) from error
    body = BytesIO()
    picture.save(body, "JPEG", quality=85)
    name = f"{(upload.name or 'photo').rsplit('.', 1)[0][:240]}.jpg"
    size = body.tell()
    body.seek(0)
    return InMemoryUploadedFile(body, "file", name, "image/jpeg", size, None)


@command
def picture_remove(*, patient_id: int, key: Any, actor: Any) -> StoredFile:
    """Take a picture away; the file stays in the archive and is shown to nobody. Reverse: a new picture."""
    patient = patient_locked(patient_id)
    row = StoredFile.objects.filter(key=key, patient_id=patient.pk, purpose__in=(PHOTO, PAPER), deleted_at=None).first()
    if row is None or not may_read(actor, row):
        raise NotFound
    kind = "photo" if row.purpose == PHOTO else "paper"
    check(actor, permissions.TAKE_PHOTOS if kind == "photo" else permissions.EDIT_IDENTITY)
    row.deleted_at = clock.now()
    row.save(update_fields=["deleted_at"])
    audit(actor, "patients.picture.removed", patient, patient_id=patient.pk, kind=KINDS[kind][1], file=str(row.key))
    return row
