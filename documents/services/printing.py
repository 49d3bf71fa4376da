"""A template with a context becomes HTML, PDF, and a copy that is kept."""

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import translation

from core.command import command
from core.files import Purpose
from core.models import StoredFile
from documents.errors import PdfUnavailable
from documents.models import Document

# Nobody reads a copy by its key alone: each document's own address checks the rights of its subject.
PRINTED = Purpose("documents.printed", ("application/pdf",), may_read=lambda user, row: row.uploaded_by_id == user.pk)
BASE = "https://paper.invalid/"
DRAWN = "data:image/png;base64,"  # a signature that stands in the sheet itself


def html_render(template: str, context: Mapping[str, Any], language: str) -> str:
    """The sheet as HTML in a language of its own, whatever the reader's is."""
    with translation.override(language):
        return render_to_string(template, dict(context))


def pdf_render(html: str) -> bytes:
    """PDF of a sheet. Only our own static files are read: a sheet cannot fetch anything. Raises PdfUnavailable."""
    try:  # half a second and a system library: only for who prints
        from weasyprint import HTML  # noqa: PLC0415
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415
    except OSError as error:
        raise PdfUnavailable from error

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            body, kind = drawn(url) if url.startswith(DRAWN) else own_file(url)
            return URLFetcherResponse(url, body, {"Content-Type": kind})

    return bytes(HTML(string=html, base_url=BASE, url_fetcher=OwnFiles(fail_on_errors=True)).write_pdf())


def drawn(url: str) -> tuple[bytes, str]:
    return b64decode(url.removeprefix(DRAWN)), "image/png"


def own_file(url: str) -> tuple[bytes, str]:
    """A style or image by its /static/ address; anything else is refused."""
    path = url.removeprefix(BASE.rstrip("/"))
    name = path.removeprefix(settings.STATIC_URL) if path.startswith(settings.STATIC_URL) else ""
    found = (finders.find(name) or Path(settings.STATIC_ROOT) / name) if name and ".." not in name else None
    file = Path(str(found)) if found else None
    if file is None or not file.is_file():
        raise ValueError(f"a sheet may not fetch {url}")
    kinds = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
    return file.read_bytes(), kinds.get(file.suffix, "application/octet-stream")


@command
def document_print(
    *, kind: str, title: str, template: str, context: Mapping[str, Any], language: str, subject: Any, actor: Any,
    patient_id: int | None = None,
) -> Document:  # fmt: skip
    """Print a sheet and keep the copy; the same content printed again gives the copy that is there (DOC-15)."""
    html = html_render(template, context, language)
    digest = hashlib.sha256(html.encode()).hexdigest()
    known = {"subject_kind": subject._meta.label_lower, "subject_id": subject.pk, "content_hash": digest}
    found = Document.objects.select_related("file").filter(**known).first()
    if found is not None:
        return found
    body = pdf_render(html)
    name = f"{title}.pdf".replace("/", "-")
    file = StoredFile(
        purpose=PRINTED.name, name=name[-255:], content_type="application/pdf", size=len(body),
        sha256=hashlib.sha256(body).hexdigest(), patient_id=patient_id, uploaded_by=actor,
    )  # fmt: skip
    file.content.save(name, ContentFile(body), save=True)
    row, _made = Document.objects.get_or_create(
        **known,
        defaults={
            "kind": kind, "title": title[:200], "language": language, "patient_id": patient_id, "file": file, "made_by": actor,
        },
    )  # fmt: skip
    return row
