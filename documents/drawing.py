"""How the spots of a paper look: lines for a pen, or what the signer has drawn and typed."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from documents import rules
from documents.places import INITIALS, SIGNATURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What stands under a signed paper. `image` is a data URL of a PNG; `sha256` is that of the copy that was signed."""

    name: str
    at: datetime
    address: str
    sha256: str
    image: str
    initials: str = ""


def sheet_body(body: str, language: str, signed: Signed | None = None) -> SafeString:
    """The text with its spots; a text without a place for the signature gets one at its end."""
    with translation.override(language):
        spots = {SIGNATURE: signature_spot(signed), INITIALS: initials_spot(signed)}
        foot = signed_foot(signed) if signed else ""
    text, _blanks = rules.filled(body, spots)
    end = "" if SIGNATURE in rules.places_of(body) else format_html('<p class="sign-end">{}</p>', spots[SIGNATURE])
    return mark_safe(f"{text}{end}{foot}")


def signature_spot(signed: Signed | None) -> SafeString:
    if signed is None:
        return format_html(
            '<span class="sign-spot"><span class="sign-line"></span><small>{}</small></span>', _("signature")
        )
    return format_html(
        '<span class="sign-spot"><img class="sign-image" src="{}" alt="{}"><small>{}</small></span>',
        signed.image, _("Signature"), signed.name,
    )  # fmt: skip


def initials_spot(signed: Signed | None) -> SafeString:
    return format_html('<span class="initials">{}</span>', signed.initials if signed else "")


def signed_foot(signed: Signed) -> SafeString:
    return format_html(
        '<div class="sign-proof">{}<br>{} · {} · {}<br>{} <span class="hash">{}</span></div>',
        _("Signed by link with a simple electronic signature: drawn on the screen of the signer's device."),
        signed.name, f"{signed.at:%d.%m.%Y %H:%M:%S %Z}", f"IP {signed.address}" if signed.address else "—",
        _("SHA-256 of the copy that was signed:"), signed.sha256,
    )  # fmt: skip


def needs_initials(body: str) -> bool:
    return INITIALS in rules.places_of(body)
