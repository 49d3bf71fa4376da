"""The chat: rooms, one room, a new one, the room of a record."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.access import requires
from core.errors import Invalid
from core.forms import Done, add_errors, form_page
from work import selectors, services
from work.forms import MessageForm, RoomForm
from work.permissions import CHAT


@requires(CHAT)
def rooms(request: HttpRequest) -> HttpResponse:
    """One's rooms, the newest talk first."""
    return shown(request, None)


@requires(CHAT)
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it, and write into it."""
    found = selectors.room_get(request.user, pk)
    form = MessageForm(request.POST or None, request.FILES or None, readers=selectors.readers_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            services.message_post(
                room_id=found.pk, actor=request.user, text=form.cleaned_data["text"], upload=form.cleaned_data["file"],
                mention_ids=[user.pk for user in form.cleaned_data["mention"]],
            )  # fmt: skip
            form = MessageForm(readers=selectors.readers_of(found))
        except Invalid as error:
            add_errors(form, error)
    if request.method == "POST" and not form.is_bound and not request.headers.get("HX-Request"):
        return redirect(found)
    return shown(request, found, form)


def shown(request: HttpRequest, found: Any, form: Any = None) -> HttpResponse:
    if found is not None:
        services.room_read(room=found, user=request.user)
    context = {
        "rooms": selectors.rooms_of(request.user), "room": found, "form": form, "active": "chat", "title": _("Chat"),
        "talk": selectors.messages_of(found) if found else [],
    }  # fmt: skip
    status = 422 if form is not None and form.is_bound else 200
    name = {"talk": "work/chat.html#talk", "rooms": "work/chat.html#rooms"}.get(
        request.headers.get("HX-Target", ""), "work/chat.html"
    )
    return render(request, name, context, status=status)


@requires(CHAT)
def room_new(request: HttpRequest) -> HttpResponse:
    """With one colleague, or with several under a title."""
    form = RoomForm(request.POST or None, people=selectors.executors().exclude(pk=request.user.pk))

    def save(form: Any) -> Done:
        people, title = list(form.cleaned_data["people"]), form.cleaned_data["title"]
        if len(people) == 1 and not title:
            made = services.room_of_two(actor=request.user, other_id=people[0].pk)
        else:
            made = services.room_of_group(actor=request.user, title=title, person_ids=[user.pk for user in people])
        return Done(url=made.get_absolute_url(), follow=True)

    return form_page(request, form, title=_("New chat"), save=save, active="chat", submit_label=_("Begin"))


@requires(CHAT)
def room_about(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The room of a record; where there is none yet, a button that begins it (TSK-13)."""
    if request.method == "POST":
        return redirect(services.room_of_record(actor=request.user, kind=kind, pk=pk))
    about, known = selectors.room_about(request.user, kind, pk)
    if known is not None:
        return redirect(known)
    context = {"rooms": selectors.rooms_of(request.user), "begin": about.label, "active": "chat", "title": _("Chat")}
    return render(request, "work/chat.html", context)


@requires(CHAT)
def people(request: HttpRequest) -> JsonResponse:
    """Colleagues by name: [{value, text}]."""
    rows = selectors.people_found(request.user, request.GET.get("q", "").strip())
    return JsonResponse([{"value": user.pk, "text": str(user)} for user in rows], safe=False)
