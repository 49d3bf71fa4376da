"""Signing by link: a secret that is given, opened, used once or taken back; what was drawn becomes a copy of its own (DOC-13)."""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from core import clock
from core.audit import audit, sentence
from core.command import command, lock
from core.errors import Invalid, NotFound
from core.files import Purpose
from core.models import StoredFile
from documents import policies
from documents.drawing import Signed, needs_initials
from documents.errors import LinkClosed
from documents.links import code_of, nonce_made
from documents.models import Paper, Signature, SignLink
from documents.selectors import copy_of, why_closed
from documents.services.papers import paper_print, signable, signed_told

sentence("documents.link.given", gettext_lazy("Link for signing given: %(object)s"), "link", "blue")
sentence("documents.link.opened", gettext_lazy("Link for signing opened: %(object)s"), "eye", "grey")
sentence("documents.link.revoked", gettext_lazy("Link for signing taken back: %(object)s"), "link-off", "amber")

# Nobody reads a drawn signature by its key: it stands in the signed copy, which has its own guard.
DRAWN = Purpose("documents.signature", ("image/png",), may_read=lambda user, row: False)
HEAD = "data:image/png;base64,"
LARGEST = 400_000  # characters of the data URL
SIDE = 2400
INK_LEAST = 60  # dark points: a dot is no signature


@command
def link_give(*, paper_id: int, actor: Any) -> str:
    """A new secret for one paper; the former one works no more. Returns the code. Reverse: link_revoke.

    Raises PaperSignedAlready, TextChanged.
    """
    lock(("paper", paper_id))
    paper = Paper.objects.select_related("template__template").get(pk=paper_id)
    signable(paper)
    now = clock.now()
    SignLink.objects.filter(paper=paper, revoked_at__isnull=True).update(revoked_at=now)
    row = SignLink.objects.create(
        paper=paper, nonce=nonce_made(), made_by=actor, expires_at=now + timedelta(hours=policies.LINK_HOURS.get())
    )
    audit(actor, "documents.link.given", paper, patient_id=paper.patient_id, branch_id=paper.branch_id)
    return code_of(row)


@command
def link_revoke(*, paper_id: int, actor: Any) -> None:
    """The secret works no more. Reverse: link_give, which makes another one."""
    lock(("paper", paper_id))
    paper = Paper.objects.get(pk=paper_id)
    if not SignLink.objects.filter(paper=paper, revoked_at__isnull=True).update(revoked_at=clock.now()):
        raise NotFound
    audit(actor, "documents.link.revoked", paper, patient_id=paper.patient_id, branch_id=paper.branch_id)


@command
def link_opened(*, link_id: int) -> None:
    """The signer has seen the paper for the first time; the desk sees that."""
    if SignLink.objects.filter(pk=link_id, opened_at__isnull=True).update(opened_at=clock.now()):
        paper = SignLink.objects.select_related("paper").get(pk=link_id).paper
        audit(None, "documents.link.opened", paper, patient_id=paper.patient_id, branch_id=paper.branch_id)


@command
def paper_sign(
    *,
    link_id: int,
    name: str,
    drawing: str,
    has_read: bool,
    initials: str = "",
    address: str | None = None,
    device: str = "",
) -> Signature:
    """Sign a paper by its link: once, whatever is pressed twice (DOC-13). A consent is recorded with it (PAT-46).

    The signed copy holds the picture, the name, the time, the address and the hash of the copy that was signed.
    Raises LinkClosed with `why`, Invalid with the fields.
    """
    paper_id = SignLink.objects.values_list("paper_id", flat=True).get(pk=link_id)
    lock(("paper", paper_id))
    link = SignLink.objects.select_related("paper__branch", "paper__template__template").get(pk=link_id)
    if why := why_closed(link):
        raise LinkClosed(why=why)
    paper = link.paper
    name, initials = " ".join(name.split())[:240], " ".join(initials.split())[:12]
    body = drawing_checked(paper, name, initials, drawing, has_read)
    now, copy = clock.now(), copy_of(paper)
    signed = Signed(
        name=name, at=now.astimezone(ZoneInfo(paper.branch.timezone)), address=address or "", sha256=copy.file.sha256,
        image=HEAD + b64encode(body).decode(), initials=initials,
    )  # fmt: skip
    document = paper_print(paper=paper, actor=None, signature=signed)
    row = Signature.objects.create(
        paper=paper, channel=Signature.Channel.LINK, signer_name=name, initials=initials, signed_at=now, address=address,
        device=device[:300], sha256=copy.file.sha256, image=picture_keep(paper, body), document=document, link=link,
    )  # fmt: skip
    signed_told(paper, row, None)
    return row


def drawing_checked(paper: Paper, name: str, initials: str, drawing: str, has_read: bool) -> bytes:
    """The signature as a plain PNG, or Invalid that names every field that is wrong."""
    wrong: dict[str, Any] = {}
    if len(name) < 2:
        wrong["name"] = _("The name must be written.")
    if needs_initials(paper.body) and not initials:
        wrong["initials"] = _("Write your initials.")
    if not has_read:
        wrong["has_read"] = _("Confirm that you have read the document.")
    body = b""
    try:
        body = drawn_plain(drawing)
    except ValueError as error:
        wrong["drawing"] = str(error)
    if wrong:
        raise Invalid(fields=wrong)
    return body


def drawn_plain(drawing: str) -> bytes:
    """Black on white, cut to what is drawn. Raises ValueError with a sentence."""
    if not drawing.startswith(HEAD) or len(drawing) > LARGEST:
        raise ValueError(_("Draw your signature in the box."))
    try:
        with Image.open(BytesIO(b64decode(drawing.removeprefix(HEAD), validate=True)), formats=("PNG",)) as opened:
            if max(opened.size) > SIDE:
                raise ValueError(_("The signature cannot be read. Draw it again."))
            layer = opened.convert("RGBA")
    except (NotBase64, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(_("The signature cannot be read. Draw it again.")) from error
    sheet = Image.new("RGBA", layer.size, "white")
    sheet.alpha_composite(layer)
    grey = sheet.convert("L")
    ink = grey.point([255 if tone < 160 else 0 for tone in range(256)])
    box = ink.getbbox()
    if box is None or ink.histogram()[255] < INK_LEAST:
        raise ValueError(_("Draw your signature in the box."))
    body = BytesIO()
    grey.crop((max(0, box[0] - 6), max(0, box[1] - 6), box[2] + 6, box[3] + 6)).save(body, "PNG", optimize=True)
    return body.getvalue()


def picture_keep(paper: Paper, body: bytes) -> StoredFile:
    row = StoredFile(
        purpose=DRAWN.name, name="signature.png", content_type="image/png", size=len(body),
        sha256=hashlib.sha256(body).hexdigest(), patient_id=paper.patient_id,
    )  # fmt: skip
    row.content.save(row.name, ContentFile(body), save=True)
    return row
