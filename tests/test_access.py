"""Who may open what: asked of the running program, route by route (SET-22)."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.models import User
from core import modules, policies
from core.access import ANYBODY, PARTNER, PUBLIC, REGISTRY, SIGNED_IN, Route, requires, routes
from tests import access
from tests.cast import person, person_with
from tests.factories import BranchFactory
from tests.strangers import STRANGERS

pytestmark = [pytest.mark.django_db, pytest.mark.feature("SET-22")]
APPS = sorted({route.module for route in access.ours()})
OPEN = (PUBLIC, ANYBODY, SIGNED_IN, PARTNER)


def ask(client: Client, each: access.Asked) -> HttpResponse:
    """A request without content: what matters is who is let in, not what comes of it."""
    client.raise_request_exception = False
    if each.method == "GET":
        return client.get(each.route.path)
    send = getattr(client, each.method.lower())
    return send(each.route.path, {}, content_type="application/json") if each.is_api else send(each.route.path)


def asked_of(app: str) -> Iterator[access.Asked]:
    for route in access.ours():
        if route.module == app:
            yield from access.asked(route)


def by_rights(app: str, rights: Callable[[access.Asked], set[str]]) -> Iterator[tuple[set[str], list[access.Asked]]]:
    """What is asked with the same rights, so that one session asks it."""
    found: dict[frozenset[str], list[access.Asked]] = {}
    for each in asked_of(app):
        found.setdefault(frozenset(rights(each)), []).append(each)
    return ((set(codes), group) for codes, group in found.items())


def test_every_route_has_a_right_or_a_reason():
    assert access.unmarked() == []


def test_every_reason_belongs_to_a_route():
    assert access.foreign_without_use() == []


def test_an_open_page_of_ours_has_its_reason_beside_the_libraries():
    """PUBLIC on a view is not enough: config/public_routes.py says why."""
    assert [str(each) for route in access.ours() for each in access.asked(route) if each.needs is PUBLIC] == []


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS)
def test_nobody_is_asked_to_sign_in(client, director, app):
    wrong = []
    for each in asked_of(app):
        answer = ask(client, each)
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
        if not (answer.status_code == 401 if each.is_api else to_sign_in):
            wrong.append(f"{each}: {answer.status_code}")
    assert wrong == []


def granted(user: User, codes: set[str]) -> Client:
    """A fresh session of a user with exactly these rights, all branches."""
    user.granted = sorted(codes)
    user.save(update_fields=["granted"])
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS)
def test_with_every_right_but_the_one_it_is_403(db, app):
    user, wrong = person_with(username="almost"), []
    for lacks, group in by_rights(app, lambda each: set() if each.needs in OPEN else {each.needs.code}):
        client = granted(user, set(REGISTRY) - lacks)
        for each in group if lacks else ():
            answer = ask(client, each)
            if answer.status_code != 403:
                wrong.append(f"{each} without {each.needs.code}: {answer.status_code}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS)
def test_with_only_the_one_right_it_is_let_in(branch, app):
    user, wrong = person_with(username="only"), []
    for needed, group in by_rights(app, lambda each: each.all_needs & set(REGISTRY)):
        client = granted(user, needed)
        for each in group:
            if each.needs is PARTNER:
                continue
            status = ask(client, each).status_code
            if status in (401, 403) or status >= 500:
                wrong.append(f"{each} with {each.needs.code}: {status}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS)
def test_a_partners_user_finds_nothing_of_the_clinics(branch, app):
    client, wrong = Client(), []
    client.force_login(person("partner", "partner", partner_id=1))
    for each in asked_of(app):
        answer = ask(client, each)
        if each.needs not in (PARTNER, ANYBODY) and answer.status_code != 404:
            wrong.append(f"{each}: {answer.status_code}")
    assert wrong == []


@pytest.mark.slow
def test_to_the_clinics_people_the_portal_is_not_there(director):
    client, wrong = Client(), []
    client.force_login(director)
    for route in access.ours():
        for each in access.asked(route):
            if each.needs is PARTNER and (status := ask(client, each).status_code) != 404:
                wrong.append(f"{each}: {status}")
    assert wrong == []


# The matrix


def test_the_matrix_is_what_was_agreed():
    assert access.differences() == [], "run `make matrix` and look whether you meant it"


def test_the_matrix_thinks_of_roles_as_the_program_does(branch):
    for code in access.ROLES:
        user = person(f"one-{code}", code, partner_id=1 if code == "partner" else None)
        for needs in REGISTRY.values():
            assert access.may(code, needs) == (needs.code in user.permission_codes and not user.is_partner_user), (
                code,
                needs.code,
            )


# What is planted must be found


def page(request):
    return HttpResponse()


def planted(view, name="roles") -> list[Route]:
    """The real routes with one of them led to another view."""
    return [
        Route(route.path, route.name, route.route, view) if route.name == f"clinic:{name}" else route
        for route in routes()
    ]


def test_a_planted_view_without_a_mark_is_found():
    assert len(access.unmarked(planted(page))) == 1


def test_a_planted_loosened_mark_is_found():
    def loose(request):
        return HttpResponse()

    loose.__module__ = "clinic.views.rights"
    found = access.differences(planted(requires(SIGNED_IN)(loose)))
    assert any(line.startswith("+ GET") and "/roles/" in line and line.endswith("all") for line in found)


def test_a_planted_exchange_of_rights_is_found():
    def other(request):
        return HttpResponse()

    other.__module__ = "clinic.views.rights"
    found = access.differences(planted(requires(REGISTRY["clinic.see_staff"])(other)))
    assert len(found) == 4


def test_a_view_without_a_mark_is_403_to_the_director_too(director, settings):
    settings.ROOT_URLCONF = "tests.urls_unmarked"
    client = Client()
    client.force_login(director)
    assert client.get("/unmarked/").status_code == 403
    assert Client().get("/unmarked/").status_code == 403


# Modules that are off


OPTIONAL = sorted(name for name, module in modules.REGISTRY.items() if module.optional)


@pytest.fixture
def everything(branch):
    """A session of one who may everything."""
    client = granted(person_with(username="all"), set(REGISTRY))
    client.raise_request_exception = False
    return client


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONAL)
def test_a_module_that_is_off_leaves_no_trace_and_breaks_nothing(everything, name):
    policies.store(f"module.{name}", False)
    policies.forget()
    gone, wrong = modules.off(), []
    for route in access.ours():
        for each in access.asked(route):
            if each.method != "GET" or each.needs is PARTNER:
                continue
            is_gone = route.module in gone
            if not is_gone and "<" in route.route:
                continue
            status = ask(everything, each).status_code
            if status >= 500 or (is_gone and status != 404):
                wrong.append(f"{each} without {name}: {status}")
    assert wrong == []
    assert traces(everything, gone) == []


def traces(client: Client, gone: frozenset[str]) -> list[str]:
    """Addresses of modules that are off, found in the sidebar, the palette, the settings or the schema."""
    paths = {route.path for route in access.ours() if route.module in gone and "<" not in route.route}
    schema = client.get("/api/schema/?format=json").content.decode()
    pages = [
        client.get(address).content.decode() for address in ("/settings/", "/directories/", "/palette/?q=a", "/staff/")
    ]
    linked = {link for text in pages for link in re.findall(r'(?:href|hx-get|action)="([^"?#]+)', text)}
    in_schema = {address for address in paths if address.startswith("/api/") and f'"{address}"' in schema}
    return sorted((paths & linked) | in_schema)


# Strangers


@pytest.mark.slow
@pytest.mark.feature("SET-23")
@pytest.mark.parametrize("asking", sorted(STRANGERS))
def test_an_object_of_another_branch_is_404(branch, asking):
    name, _space, method = asking.partition(" ")
    user = person_with(*REGISTRY, username="stranger", branches=[branch])
    user.roles.create(code="bound", name="Bound", scope="branch")
    client = Client()
    client.force_login(user)
    BranchFactory()
    answer = getattr(client, (method or "GET").lower())(reverse(name, args=STRANGERS[asking](branch)))
    assert answer.status_code == 404
