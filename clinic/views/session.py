"""Whose session this is: an invitation, another person by PIN, another branch, another's eyes."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import machines, sessions
from clinic.forms import NewPasswordForm, PinForm
from clinic.middleware import SESSION_KEY, VIEWING_KEY
from clinic.permissions import VIEW_AS
from clinic.selectors import account_of, people_of_machine
from clinic.services import accounts, pins
from core.access import PUBLIC, SIGNED_IN, requires
from core.errors import DomainError, NotFound
from core.forms import Done, add_errors, form_page
from core.text import as_id
from core.views import back_to


@requires(PUBLIC)
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of an invitation: set the first password and be signed in."""
    found = accounts.invitation_open(secret)
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            user = accounts.invitation_accept(secret=secret, password=form.cleaned_data["password"])
        except DomainError as error:
            add_errors(form, error)
        else:
            return signed_in(request, user)
    context = {"form": form, "who": found.user}
    return render(request, "clinic/invitation.html", context, status=422 if form.is_bound else 200)


def signed_in(request: HttpRequest, user: accounts.User) -> HttpResponse:
    """Straight in, unless the account has a second factor that has not been asked for."""
    if is_mfa_enabled(user):
        return redirect("account_login")
    response = redirect("/")
    sessions.begin_fully(request, response, user)
    return response


@requires(SIGNED_IN)
def pin(request: HttpRequest) -> HttpResponse:
    """Another person at this machine: choose, type the PIN."""
    machine = machines.machine_of(request)
    context = {"people": people_of_machine(machine.people), "chosen": request.POST.get("person", ""), "error": ""}
    if request.method == "POST":
        try:
            return take_over(request, machine)
        except DomainError as error:
            context["error"] = error
            return render(request, "clinic/pin.html", context, status=error.status)
    return render(request, "clinic/pin.html", context)


def take_over(request: HttpRequest, machine: machines.Machine) -> HttpResponse:
    pk = as_id(request.POST.get("person", "")) or 0
    user = pins.pin_check(pk=pk, pin=request.POST.get("pin", ""), machine=machine.key, known_ids=machine.people)
    branch = request.session.get(SESSION_KEY)
    sessions.begin(request, user)
    request.session[SESSION_KEY] = branch
    messages.success(request, _("Now working: %(name)s") % {"name": user})
    return back_to(request, request.POST.get("next") or "/")


@requires(SIGNED_IN)
def pin_set(request: HttpRequest) -> HttpResponse:
    """One's own PIN."""

    def save(form: PinForm) -> Done:
        pins.pin_set(user=request.user, actor=request.user, **form.cleaned_data)
        return Done("/pin/", _("The PIN is set. It opens this and every machine where you sign in with your password."))

    return form_page(
        request, PinForm(request.POST or None), title=_("My PIN"), save=save, cancel_url="/pin/",
        note=_("A PIN quickly changes the person at a machine where several people work."),
    )  # fmt: skip


@requires(SIGNED_IN)
@require_POST
def pin_drop(request: HttpRequest) -> HttpResponse:
    pins.pin_drop(pk=request.user.pk, actor=request.user)
    return redirect("clinic:pin")


@requires(SIGNED_IN)
@require_POST
def branch_choose(request: HttpRequest) -> HttpResponse:
    """Work in another branch: lists, the calendar and new documents are of that branch then."""
    asked = request.POST.get("branch", "")
    chosen = next((branch for branch in request.branches if str(branch.pk) == asked), None)
    if chosen is None:
        raise NotFound
    request.session[SESSION_KEY] = chosen.pk
    return back_to(request, request.POST.get("next") or "/")


@requires(VIEW_AS)
@require_POST
def view_as(request: HttpRequest) -> HttpResponse:
    """See the pages as a role in this branch, or as a person; nothing can be changed meanwhile."""
    if person := request.POST.get("user", ""):
        chosen = {"user": account_of(as_id(person) or 0).pk}
    else:
        chosen = {"role": request.POST.get("role", ""), "branch": request.branch.pk if request.branch else None}
    request.session[VIEWING_KEY] = chosen
    return redirect("/")


@requires(SIGNED_IN)
@require_POST
def view_as_stop(request: HttpRequest) -> HttpResponse:
    request.session.pop(VIEWING_KEY, None)
    return redirect("clinic:roles")
