"""The message log."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from core.listing import Action, Column, Create, Listing, Total
from core.text import digits
from messaging import services
from messaging.models import Message
from messaging.permissions import SEE_MESSAGES, SEND_MESSAGES
from messaging.purposes import REGISTRY, title_of
from messaging.selectors import TONES, messages_visible_to


class MessageFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="find", label=_("Search"))
    sent = django_filters.DateFromToRangeFilter(field_name="sent_at", label=_("Sent"))
    phone = django_filters.CharFilter(method="by_phone", label=_("Phone"))
    text = django_filters.CharFilter(field_name="text", lookup_expr="icontains", label=_("Text"))
    state = django_filters.MultipleChoiceFilter(choices=Message.State, label=_("Status"))
    purpose = django_filters.ChoiceFilter(
        choices=lambda: [(code, made.title) for code, made in REGISTRY.items()], label=_("Reason")
    )
    segments = django_filters.RangeFilter(label=_("SMS parts"))
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

    def by_phone(self, rows: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return rows.filter(phone__contains=digits(value).removeprefix("8")[-10:] or "-")


def withdraw_many(ids: list[int], actor: Any, data: Any) -> str:
    done = services.messages_withdraw_chosen(message_ids=ids, reason=str(_("by hand")), actor=actor)
    return str(_("Withdrawn: %(done)s of %(all)s") % {"done": done, "all": len(ids)})


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
        Column("text", _("Text"), kind="excerpt"),
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
