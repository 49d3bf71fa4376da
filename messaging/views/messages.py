"""Pages of messages: one message, writing one, templates."""

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import requires
from core.errors import DomainError, Stale
from core.text import as_id
from messaging import rules, selectors, services
from messaging.forms import MessageForm, TemplateForm
from messaging.models import Message
from messaging.permissions import EDIT_TEMPLATES, SEE_MESSAGES, SEND_MESSAGES
from messaging.purposes import HAND_SAMPLES, MANUAL, REGISTRY, RELATIVES
from messaging.recipients import Near, Recipient, near_of, recipients_of
from messaging.recipients import visible_to as selectors_visible


def found(request: HttpRequest, pk: int) -> Message:
    row = selectors.message_visible_to(request.user, pk)
    if row is None:
        raise Http404
    return row


@requires(SEE_MESSAGES)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(request, pk)
    context = {
        "message": row,
        "history": selectors.history_of(row),
        "tone": selectors.TONES[row.state],
        "active": "messages",
    }
    return render(request, "messaging/message.html", context)


def given_recipient(request: HttpRequest) -> Recipient | None:
    """`?patient=` of a card that opened the form; a stranger's card is no recipient."""
    asked = as_id(request.GET.get("patient", ""))
    if asked is None or asked not in selectors_visible(request.user, [asked]):
        return None
    return (recipients_of([asked]) or {}).get(asked)


@requires(SEND_MESSAGES)
def message_new(request: HttpRequest) -> HttpResponse:
    """Write one message (MSG-03), to the patient or to who is near him (MSG-18), with ready words and a preview."""
    to = given_recipient(request)
    near = near_of(to.patient_id) if to and to.patient_id else []
    ready = selectors.templates_by_hand(to.language if to else "")
    chosen = next((row for row in ready if str(row.pk) == request.GET.get("template")), None)
    initial = {"phone": request.GET.get("phone") or (to.phone if to else ""), "text": chosen.text if chosen else ""}
    form = MessageForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            send(request, to, near, form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        else:
            return done(request, _("The message is in the queue"))
    context = {"near": near, "to": to, "ready": ready, "base": base_of(request), "now_phone": initial["phone"]}
    title, subtitle = _("Write a message"), to.name if to else ""
    return form_page(
        request, form, title=title, subtitle=subtitle, extra="messaging/writing.html", submit_label=_("Send"), **context
    )


def send(request: HttpRequest, to: Recipient | None, near: list[Near], given: dict[str, Any]) -> None:
    """To the patient himself his consent and his channels count; a near one's phone is only a phone."""
    is_near = any(one.phone == given["phone"] for one in near) and to is not None and given["phone"] != to.phone
    more = {"purpose": RELATIVES.code, "wanted": "sms"} if is_near else {}
    services.message_send_by_hand(
        **given,
        **more,
        recipient=to,
        branch=request.branch,
        actor=request.user,
        key=key_of(request),  # type: ignore[attr-defined]
    )


def base_of(request: HttpRequest) -> str:
    """The form's own address without what is chosen in it."""
    kept = request.GET.copy()
    for name in ("template", "phone"):
        kept.pop(name, None)
    return f"{request.path}?{kept.urlencode()}&" if kept else f"{request.path}?"


def key_of(request: HttpRequest) -> uuid.UUID | None:
    """The form's own key: a second click is the same message."""
    try:
        return uuid.UUID(request.POST.get("idempotency_key", ""))
    except ValueError:
        return None


def version_seen(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else None


def refuse(form: Any, error: DomainError) -> None:
    for name, texts in error.fields.items() or {None: [str(error)]}.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


def done(request: HttpRequest, text: str, url: str = "") -> HttpResponse:
    toasts.success(request, text)
    url = url or reverse("messaging:messages-list")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": request.headers.get("HX-Current-URL") or url})
    return redirect(url)


def form_page(request: HttpRequest, form: Any, **context: Any) -> HttpResponse:
    template = "form.html#fields" if request.headers.get("HX-Request") else "form.html"
    status = context.pop("status", 422 if form.is_bound and form.errors else 200)
    return render(request, template, {"form": form, "active": "messages", **context}, status=status)


@requires(SEND_MESSAGES)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """How many parts a text has and what it costs, while it is being typed."""
    text = request.POST.get("text", "")[:1000]
    purpose = REGISTRY.get(request.POST.get("purpose", ""), MANUAL)
    to = given_recipient(request)
    is_by_hand = purpose is MANUAL or purpose.is_by_hand
    facts = services.hand_facts(to, request.branch) if to and is_by_hand else dict(purpose.samples or HAND_SAMPLES)  # type: ignore[attr-defined]
    shown = rules.render(text, facts)
    length, is_latin = rules.units(shown)
    parts = rules.segments(shown)
    context = {
        "shown": shown if shown != text else "",
        "length": length,
        "is_latin": is_latin,
        "cost": services.cost_of(parts),
    }
    context |= {"parts": parts, "parts_tone": "amber" if parts > 2 else "grey"}
    return render(request, "messaging/preview_text.html", context)


@requires(SEND_MESSAGES)
@require_POST
def message_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    services.message_withdraw(message_id=found(request, pk).pk, reason=_("by hand"), actor=request.user)
    return done(request, _("The message will not be sent"), reverse("messaging:message", args=[pk]))


@requires(SEND_MESSAGES)
@require_POST
def message_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """What a trigger proposes goes (MSG-16)."""
    services.message_approve(message_id=found(request, pk).pk, actor=request.user)
    return done(request, _("The message is in the queue"), reverse("messaging:message", args=[pk]))


@requires(SEND_MESSAGES)
@require_POST
def message_repeat(request: HttpRequest, pk: int) -> HttpResponse:
    again = services.message_repeat(message_id=found(request, pk).pk, actor=request.user, key=key_of(request))
    toasts.success(request, _("The message is in the queue"))
    url = again.get_absolute_url()
    return (
        HttpResponse(status=204, headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)
    )


@requires(EDIT_TEMPLATES)
def templates(request: HttpRequest) -> HttpResponse:
    """The words of every purpose with a sample of how they read."""
    rows = [
        {"row": row, "purpose": REGISTRY[row.purpose], "sample": (sample := rules.render(row.text, REGISTRY[row.purpose].samples)),
         "parts": rules.segments(sample)}
        for row in selectors.templates_editable()
    ]  # fmt: skip
    return render(request, "messaging/templates.html", {"rows": rows, "active": "messages"})


@requires(EDIT_TEMPLATES)
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = selectors.template_get(pk)
    if row is None:
        raise Http404
    form = TemplateForm(request.POST or None, initial={"text": row.text})
    context = {
        "title": row.purpose_title, "subtitle": row.get_language_display(), "version": row.version, "template": row,
        "extra": "messaging/places.html", "purpose": REGISTRY[row.purpose],
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            services.template_save(
                template_id=pk,
                text=form.cleaned_data["text"],
                actor=request.user,
                expected_version=version_seen(request),
            )
        except Stale:
            differences = [{
                "name": "text", "label": _("Text"), "theirs": row.text, "theirs_raw": row.text,
                "yours": form.cleaned_data["text"], "yours_raw": form.cleaned_data["text"],
            }]  # fmt: skip
            stale = {"by": "", "at": row.changed_at, "differences": differences}
            return form_page(request, form, **context, stale=stale, status=412)
        except DomainError as error:
            refuse(form, error)
        else:
            return done(request, _("Saved"), reverse("messaging:templates"))
    return form_page(request, form, **context)
