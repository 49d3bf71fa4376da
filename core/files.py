"""Files: typed by content, limited, kept once, served only through the permission check of their purpose."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import puremagic
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from core.access import SIGNED_IN, requires
from core.errors import Invalid
from core.models import StoredFile

MB = 1024 * 1024
IMAGES = ("image/png", "image/jpeg", "image/webp")
DOCUMENTS = (*IMAGES, "application/pdf")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEETS = (XLSX, "text/csv")
REGISTRY: dict[str, "Purpose"] = {}


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a file is kept: what types and size it may have, and who may read it."""

    name: str
    types: tuple[str, ...]
    may_read: Callable[[Any, StoredFile], bool] = field(compare=False)
    max_size: int = 20 * MB

    def __post_init__(self) -> None:
        REGISTRY[self.name] = self


def content_type(head: bytes, name: str) -> str:
    """The type by the content's first bytes; a text table has none and counts as CSV when it reads as text."""
    try:
        found = puremagic.from_string(head, mime=True, filename=name)
    except (puremagic.PureError, ValueError):
        found = ""
    if head[:4] == b"PK\x03\x04":
        return XLSX if b"xl/" in head or name.lower().endswith(".xlsx") else "application/zip"
    if found in DOCUMENTS:
        return found
    is_text = b"\x00" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff")  # UTF-16 is full of zero bytes
    if is_text and name.lower().rsplit(".", 1)[-1] in {"csv", "txt"}:
        return "text/csv"
    return found or "application/octet-stream"


def checked(upload: UploadedFile, purpose: Purpose, name: str = "file") -> str:
    """The upload's type, or Invalid naming the field: too large, empty, or not what its name says."""
    if not upload.size:
        raise Invalid(fields={name: _("The file is empty.")})
    if upload.size > purpose.max_size:
        raise Invalid(fields={name: _("The file is larger than %(mb)s MB.") % {"mb": purpose.max_size // MB}})
    found = content_type(upload.read(8192), upload.name or "")
    upload.seek(0)
    if found not in purpose.types:
        raise Invalid(fields={name: _("A file of this type cannot be taken here.")})
    return found


def file_store(upload: UploadedFile, *, purpose: Purpose, actor: Any, patient_id: int | None = None) -> StoredFile:
    """Check and keep an upload. Raises Invalid with the field `file`."""
    found = checked(upload, purpose)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return StoredFile.objects.create(
        purpose=purpose.name,
        name=(upload.name or "file")[-255:],
        content_type=found,
        size=upload.size or 0,
        sha256=digest.hexdigest(),
        content=upload,
        patient_id=patient_id,
        uploaded_by=actor,
    )


@requires(SIGNED_IN)
def file_view(request: HttpRequest, key: str) -> FileResponse:
    """Serve a stored file to those who may read its purpose; a stranger's file is 404."""
    row = StoredFile.objects.filter(key=key, deleted_at__isnull=True).first()
    if row is None or not REGISTRY[row.purpose].may_read(request.user, row):
        raise Http404
    inline = row.content_type in DOCUMENTS and "download" not in request.GET
    return FileResponse(
        row.content.open("rb"), as_attachment=not inline, filename=row.name, content_type=row.content_type
    )
