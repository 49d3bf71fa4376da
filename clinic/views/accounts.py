"""Accounts: inviting, roles and branches, rights of one's own, open sessions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.forms import AccountForm, InviteForm
from clinic.permissions import EDIT_ROLES, EDIT_USERS
from clinic.selectors import account_of, branches_visible_to, person_of, rights_of, sessions_of, staff_without_account
from clinic.services import accounts, rights, signing_in
from core.access import is_allowed, requires
from core.audit import feed_lines, record_feed
from core.errors import NotFound
from core.forms import Done, form_page, given_version
from core.text import as_id, login_of

USERS = "clinic:users-list"
STATES = (
    ("role", gettext_lazy("As roles say")),
    ("granted", gettext_lazy("Give")),
    ("refused", gettext_lazy("Refuse")),
)


@requires(EDIT_USERS)
def invite(request: HttpRequest) -> HttpResponse:
    """A new account; afterwards its link is shown, to be handed over when no mail is set up."""
    form = InviteForm(
        request.POST or None, initial=proposed(request), branches=branches_visible_to(request.user),
        people=staff_without_account(request.user),
    )  # fmt: skip

    def save(form: InviteForm) -> Done:
        user, secret = accounts.user_invite(actor=request.user, **form.cleaned_data)
        keep_link(request, user, secret)
        return Done(user.get_absolute_url())

    return form_page(
        request, form, title=_("Invite a person"), save=save, submit_label=_("Invite"), cancel_url=reverse(USERS),
        crumbs=[(_("Users"), reverse(USERS))], active="settings",
    )  # fmt: skip


def proposed(request: HttpRequest) -> dict[str, Any]:
    """What an invitation from a person's card begins with."""
    asked = as_id(request.GET.get("staff", ""))
    if asked is None:
        return {}
    person = person_of(request.user, asked)
    role = ["doctor"] if person.is_doctor else []
    return {
        "staff": person.pk, "name": person.full_name, "email": person.email, "username": login_of(person.last_name),
        "branches": person.branches.all(), "roles": rights.roles_of_codes(role),
    }  # fmt: skip


def keep_link(request: HttpRequest, user: accounts.User, secret: str) -> None:
    """The link is shown once, on the next page, and mailed if there is an address."""
    url = request.build_absolute_uri(reverse("clinic:invitation", args=[secret]))
    request.session["invitation"] = {"user": user.pk, "url": url}
    accounts.mail_on_commit(user, url)


@requires(EDIT_USERS)
def user(request: HttpRequest, pk: int, tab: str = "rights") -> HttpResponse:
    """An account: what it may and why, where it is signed in, what was done to it."""
    if tab not in TABS:
        raise NotFound
    account = account_of(pk)
    kept = request.session.get("invitation") or {}
    link = request.session.pop("invitation")["url"] if kept.get("user") == pk else ""
    context = {"account": account, "title": str(account), "tabs": tabs_of(account, tab), "link": link, "tab_name": tab}
    context |= TABS[tab](request, account)
    is_tab = request.headers.get("HX-Target") == "tab"
    return render(request, "clinic/user.html#tab" if is_tab else "clinic/user.html", {**context, "active": "settings"})


def rights_tab(request: HttpRequest, account: accounts.User) -> dict[str, Any]:
    return {"groups": rights_of(account), "may_edit": is_allowed(request.user, EDIT_ROLES), "states": STATES}


def sessions_tab(request: HttpRequest, account: accounts.User) -> dict[str, Any]:
    return {"sessions": sessions_of(account), "token": signing_in.has_token(account)}


def events_tab(request: HttpRequest, account: accounts.User) -> dict[str, Any]:
    return {"events": feed_lines(record_feed(account, ["base"])[:100])}


TABS = {"rights": rights_tab, "sessions": sessions_tab, "events": events_tab}


def tabs_of(account: accounts.User, tab: str) -> list[dict[str, Any]]:
    titles = {"rights": _("Rights"), "sessions": _("Open sessions"), "events": _("Events")}
    return [
        {
            "key": key,
            "title": title,
            "url": reverse("clinic:user-tab", args=[account.pk, key]),
            "on": key == tab,
            "count": "",
        }
        for key, title in titles.items()
    ]


@requires(EDIT_USERS)
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(pk)
    form = AccountForm(request.POST or None, instance=account, branches=branches_visible_to(request.user))

    def save(form: AccountForm) -> Done:
        version = given_version(request)
        saved = accounts.user_save(pk=pk, values=form.cleaned_data, actor=request.user, version=version)
        return Done(saved.get_absolute_url(), _("Saved"), "users")

    return form_page(
        request, form, title=account, subtitle=_("Account"), save=save, current=account, cancel_url=account.get_absolute_url(),
        crumbs=[(_("Users"), reverse(USERS))], active="settings",
    )  # fmt: skip


@requires(EDIT_USERS)
@require_POST
def user_renew(request: HttpRequest, pk: int) -> HttpResponse:
    account, secret = accounts.invitation_renew(pk=pk, actor=request.user)
    keep_link(request, account, secret)
    return redirect(account)


@requires(EDIT_USERS)
@require_POST
def user_switch(request: HttpRequest, pk: int) -> HttpResponse:
    account = accounts.user_switch(pk=pk, on=request.POST.get("on") == "1", actor=request.user)
    messages.success(
        request, _("May sign in again") if account.is_active else _("Signed out everywhere, may not sign in")
    )
    return redirect(account)


@requires(EDIT_USERS)
@require_POST
def sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    """One session, or all of them together with the token of programs."""
    asked = as_id(request.POST.get("session", ""))
    accounts.sessions_end(pk=pk, session_id=asked, actor=request.user)
    if asked is None:
        signing_in.token_revoke(user=account_of(pk), actor=request.user)
    messages.success(request, _("Signed out"))
    return redirect("clinic:user-tab", pk=pk, tab="sessions")


@requires(EDIT_ROLES)
@require_POST
def right_set(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's own addition or refusal; answers with the right's row."""
    code = request.POST.get("code", "")
    rights.right_own_set(pk=pk, code=code, state=request.POST.get("state", ""), actor=request.user)
    account = account_of(pk)
    row = next(each for group in rights_of(account) for each in group.rows if each.permission.code == code)
    return render(request, "clinic/_right.html", {"row": row, "account": account, "may_edit": True, "states": STATES})
