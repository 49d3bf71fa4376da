"""The message log, replies, mailings."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.access import is_allowed
from core.listing import Action, Column, Create, Listing, Total
from core.text import digits
from messaging import services
from messaging.models import Channel, Incoming, Mailing, MailingPerson, Message, Trigger
from messaging.permissions import EDIT_TEMPLATES, EDIT_TRIGGERS, SEE_MESSAGES, SEND_MAILINGS, SEND_MESSAGES
from messaging.purposes import REGISTRY, title_of
from messaging.selectors import TONES, incoming_visible_to, messages_visible_to
from messaging.selectors.mailings import TONES as MAILING_TONES
from messaging.selectors.mailings import counted, mailings_visible_to, people_visible_to
from messaging.selectors.threads import INCOMING_TONES, MEANING_TONES
from messaging.selectors.triggers import triggers_all


class MessageFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    sent = django_filters.DateFromToRangeFilter(field_name="sent_at", label=_("Sent"))
    channel = django_filters.MultipleChoiceFilter(choices=Channel.choices, label=_("Channel"))
    phone = django_filters.CharFilter(method="by_phone", label=_("Phone"))
    text = django_filters.CharFilter(method="by_text", label=_("Text"))
    state = django_filters.MultipleChoiceFilter(choices=Message.State, label=_("Status"))
    purpose = django_filters.ChoiceFilter(
        choices=lambda: [(code, made.title) for code, made in REGISTRY.items()], label=_("Reason")
    )
    segments = django_filters.RangeFilter(label=_("SMS parts"))
    mailing = django_filters.NumberFilter(
        field_name="mailing_id", label=_("Mailing"), widget=django_filters.widgets.forms.HiddenInput
    )
    trigger = django_filters.NumberFilter(
        field_name="trigger_id", label=_("Trigger"), widget=django_filters.widgets.forms.HiddenInput
    )
    patient = django_filters.NumberFilter(
        field_name="patient_id", label=_("Patient"), widget=django_filters.widgets.forms.HiddenInput
    )

    def find(self, rows: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        number = digits(value)
        return rows.filter(
            Q(name__icontains=value)
            | Q(text__icontains=value)
            | (Q(phone__contains=number) if len(number) > 2 else Q())
        )

    def by_text(self, rows: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return rows.filter(Q(text__icontains=value) | Q(handed_text__icontains=value))

    def by_phone(self, rows: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return rows.filter(phone__contains=digits(value).removeprefix("8")[-10:] or "-")


def withdraw_many(ids: list[int], actor: Any, data: Any) -> str:
    done = services.messages_withdraw_chosen(message_ids=ids, reason=str(_("by hand")), actor=actor)
    return str(_("Withdrawn: %(done)s of %(all)s") % {"done": done, "all": len(ids)})


def approve_many(ids: list[int], actor: Any, data: Any) -> str:
    done = services.messages_approve(message_ids=ids, actor=actor)
    return str(_("Approved: %(done)s of %(all)s") % {"done": done, "all": len(ids)})


class MessageListing(Listing):
    slug = "messages"
    title = _("Messages")
    permission = SEE_MESSAGES
    filterset = MessageFilter
    order = "-created_at"
    search_placeholder = _("Name, phone or text")
    row_panel = False
    empty_title = _("No messages yet")
    empty_text = _("Reminders of tomorrow's visits appear here by themselves. You can also write one by hand.")
    columns = (
        Column("created_at", _("Queued"), kind="datetime", sort="created_at", shown=False),
        Column("name", _("To whom"), kind="link", value=lambda row: row.name or row.phone),
        Column("phone", _("Phone"), kind="phone"),
        Column("text", _("Text"), "shown_text", kind="excerpt", file="text"),
        Column("channel", _("Channel"), "get_channel_display"),
        Column(
            "state",
            _("Status"),
            kind="badge",
            value=lambda row: (row.get_state_display(), TONES[row.state]),
            sort="state",
        ),
        Column("sent_at", _("Sent"), kind="datetime", sort="sent_at"),
        Column("send_after", _("Not before"), kind="datetime", sort="send_after", shown=False),
        Column("segments", _("SMS parts"), kind="number", sort="segments"),
        Column("cost", _("Cost"), kind="money"),
        Column("purpose", _("Reason"), value=lambda row: title_of(row.purpose)),
        Column("branch", _("Branch"), shown=False),
        Column("created_by", _("Author"), kind="user", shown=False),
    )
    totals = (Total("segments", _("SMS parts"), Sum("segments"), kind="number"), Total("cost", _("Cost"), Sum("cost")))
    bulk = (
        Action("approve", _("Approve"), SEND_MESSAGES, approve_many, icon="check"),
        Action(
            "withdraw",
            _("Withdraw"),
            SEND_MESSAGES,
            withdraw_many,
            icon="message-off",
            confirm=_("The chosen messages that still wait will not be sent."),
        ),
    )
    creates = Create(_("Write a message"), "messaging:message-new", SEND_MESSAGES)

    def queryset(self) -> QuerySet[Message]:
        return messages_visible_to(self.user)

    @property
    def views(self) -> list[dict[str, Any]]:
        """The usual questions as tabs: what went wrong, what waits for a person."""
        now = self.params.getlist("state")
        known = [("", _("All"), []), ("?state=proposed", _("To be approved"), ["proposed"]),
                 ("?state=waiting", _("Waiting"), ["waiting"]), ("?state=failed&state=unknown", _("Not delivered"),
                 ["failed", "unknown"])]  # fmt: skip
        return [{"title": title, "url": self.url + tail, "active": states == now} for tail, title, states in known]

    @property
    def head_actions(self) -> list[dict[str, Any]]:
        shown = [
            (SEND_MAILINGS, _("Make a mailing"), "speakerphone", "messaging:mailing-new"),
            (EDIT_TRIGGERS, _("Triggers"), "bolt", "messaging:triggers"),
            (EDIT_TEMPLATES, _("Templates"), "message-cog", "messaging:templates"),
        ]
        return [
            {"label": label, "icon": icon, "url": reverse(name)}
            for needed, label, icon, name in shown
            if is_allowed(self.user, needed)
        ]


class IncomingFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    state = django_filters.MultipleChoiceFilter(choices=Incoming.State.choices, label=_("Status"))
    meaning = django_filters.MultipleChoiceFilter(choices=Incoming.Meaning.choices, label=_("Meaning"))
    channel = django_filters.MultipleChoiceFilter(choices=Channel.choices, label=_("Channel"))
    received_at = django_filters.DateFromToRangeFilter(label=_("Came in"))

    def find(self, rows: QuerySet[Incoming], name: str, value: str) -> QuerySet[Incoming]:
        number = digits(value)
        return rows.filter(
            Q(name__icontains=value)
            | Q(text__icontains=value)
            | (Q(phone__contains=number) if len(number) > 2 else Q())
        )


def handle_many(ids: list[int], actor: Any, data: Any) -> str:
    done = services.incoming_handle_many(incoming_ids=ids, actor=actor)
    return str(_("Dealt with: %(count)s") % {"count": done})


class IncomingListing(Listing):
    slug = "incoming"
    title = _("Replies")
    permission = SEE_MESSAGES
    filterset = IncomingFilter
    order = "-received_at"
    active = "incoming"
    search_placeholder = _("Name, phone or text")
    empty_title = _("No replies yet")
    empty_text = _("What patients answer to SMS and write in messengers comes here. “1” confirms a visit by itself.")
    columns = (
        Column("received_at", _("Came in"), kind="datetime", sort="received_at"),
        Column("name", _("From whom"), kind="link", value=lambda row: row.name or row.phone or row.address, file="name"),
        Column("text", _("Text"), kind="excerpt"),
        Column(
            "meaning", _("Meaning"), kind="badge", file="get_meaning_display",
            value=lambda row: (row.get_meaning_display(), MEANING_TONES[row.meaning]),
        ),
        Column(
            "state", _("Status"), kind="badge", sort="state", file="get_state_display",
            value=lambda row: (row.get_state_display(), INCOMING_TONES[row.state]),
        ),
        Column("channel", _("Channel"), "get_channel_display"),
        Column("phone", _("Phone"), kind="phone", shown=False),
        Column("branch", _("Branch"), "branch.name", shown=False),
        Column("handled_by", _("Who dealt with it"), kind="user", shown=False),
    )  # fmt: skip
    bulk = (Action("handle", _("Dealt with"), SEND_MESSAGES, handle_many, icon="check"),)

    def queryset(self) -> QuerySet[Incoming]:
        return incoming_visible_to(self.user)

    @property
    def views(self) -> list[dict[str, Any]]:
        now = self.params.getlist("state")
        known = [("", _("All"), []), ("?state=new", _("Wait for an answer"), ["new"])]
        return [{"title": title, "url": self.url + tail, "active": states == now} for tail, title, states in known]


class MailingFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    state = django_filters.MultipleChoiceFilter(choices=Mailing.State.choices, label=_("Status"))
    created_at = django_filters.DateFromToRangeFilter(label=_("Created"))


class MailingListing(Listing):
    slug = "mailings"
    title = _("Mailings")
    permission = SEND_MAILINGS
    filterset = MailingFilter
    order = "-created_at"
    active = "mailings"
    search_placeholder = _("Name of the mailing")
    empty_title = _("No mailings yet")
    empty_text = _("Open the list of patients, choose by filters whom to write to, and press “Make a mailing”.")
    columns = (
        Column("name", _("Name"), kind="link", sort="name"),
        Column(
            "state", _("Status"), kind="badge", sort="state", file="get_state_display",
            value=lambda row: (row.get_state_display(), MAILING_TONES[row.state]),
        ),
        Column("wanted", _("People"), kind="number", file="wanted"),
        Column("out", _("Left out"), kind="number", file="out"),
        Column("goes_at", _("Goes at"), kind="datetime", sort="goes_at"),
        Column("created_by", _("Author"), kind="user"),
        Column("created_at", _("Created"), kind="datetime", sort="created_at", shown=False),
        Column("text", _("Text"), kind="excerpt", shown=False),
    )  # fmt: skip
    creates = Create(_("Mailing"), "messaging:mailing-new", SEND_MAILINGS, panel=False)

    def queryset(self) -> QuerySet[Mailing]:
        return counted(mailings_visible_to(self.user))


class MailingPersonFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    mailing = django_filters.NumberFilter(
        field_name="mailing_id", label=_("Mailing"), widget=django_filters.widgets.forms.HiddenInput
    )
    state = django_filters.MultipleChoiceFilter(choices=MailingPerson.State.choices, label=_("Status"))
    why = django_filters.MultipleChoiceFilter(choices=MailingPerson.Why.choices, label=_("Why left out"))


PERSON_TONES = {"in": "blue", "out": "grey", "queued": "green", "dropped": "red"}


class MailingPersonListing(Listing):
    """The whole audience of a mailing, with why somebody gets nothing."""

    slug = "mailing-people"
    title = _("People of a mailing")
    permission = SEND_MAILINGS
    filterset = MailingPersonFilter
    order = ("mailing_id", "pk")
    active = "mailings"
    search_placeholder = _("Name")
    empty_title = _("The list was empty")
    columns = (
        Column("name", _("Patient"), kind="link", value=lambda row: row.name or row.phone or "—", sort="name", file="name"),
        Column("phone", _("Phone"), kind="phone"),
        Column("mailing", _("Mailing"), value=lambda row: row.mailing.name),
        Column(
            "state", _("Status"), kind="badge", sort="state", file="get_state_display",
            value=lambda row: (row.get_state_display(), PERSON_TONES[row.state]),
        ),
        Column("why", _("Why left out"), "get_why_display"),
    )  # fmt: skip

    def queryset(self) -> QuerySet[MailingPerson]:
        return people_visible_to(self.user)

    def row_url(self, row: MailingPerson) -> str:
        return reverse("messaging:mailing", args=[row.mailing_id])


class TriggerListing(Listing):
    """Triggers for other programs; people have a page of their own."""

    slug = "triggers"
    title = _("Triggers")
    permission = EDIT_TRIGGERS
    order = ("name", "pk")
    columns = (Column("name", _("Name"), sort="name"),)

    @property
    def url(self) -> str:  # type: ignore[override]
        return reverse("messaging:triggers")

    def queryset(self) -> QuerySet[Trigger]:
        return triggers_all()
