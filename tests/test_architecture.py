"""The house is built as docs/architecture.md says; what the import contract cannot see is looked for here."""

import ast
import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import demo.load  # noqa: F401  its sentences are declared when a demo is loaded
from core import access, audit, listing
from tests import source
from tests.cast import person_with
from tests.listing_rows import ROWS

QUERY_WORDS = {"objects", "_default_manager", "_base_manager"}
OF_THE_WEB = ("django.http", "django.shortcuts", "django.template", "rest_framework", "celery", "django_htmx")
IMPURE = ("django", "core.clock", "core.models", "core.policies", "celery", "rest_framework", "requests", "redis")
# Imports inside functions: apps wire their handlers in ready(); the rest stands here with its reason.
LATE: dict[str, str] = {
    "core/listing.py": "modules reads policies, which need the apps to be ready",
}


def test_pages_and_api_ask_services_and_selectors_not_tables():
    """`Model.objects` in a view is a selector that nobody else can use and no test can find."""
    found = [
        source.place(path, node)
        for path in source.files("views", "api", "listings")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in QUERY_WORDS
    ]
    assert per_file(found) == QUERIES_YET


def per_file(places):
    return dict(Counter(place.rpartition(":")[0] for place in places))


# What is not yet so, by file: the lists only shrink, and a new place fails.
QUERIES_YET = {
    "core/views/shell.py": 1, "catalog/listings.py": 1,
    "patients/views/facts.py": 1, "patients/api.py": 1, "patients/listings.py": 2,
    "clinical/api.py": 2, "billing/listings.py": 3,
}  # fmt: skip
LOCKS_IN_SELECTORS_YET: dict[str, int] = {}
INNER_IMPORTS_YET = {"documents/services/printing.py": 2}


def test_services_know_nothing_of_the_web():
    """A use case runs from a page, the API, a job and a test alike."""
    found = [
        f"{source.place(path, node)} {name}"
        for path in source.files("services")
        for name, node in source.imported(path)
        if name.startswith(OF_THE_WEB) and not name.startswith(LETTERS)
    ]
    assert found == []


# The text of a letter is made by a template; a token is a row that a library happens to own.
LETTERS = ("django.template.loader", "rest_framework.authtoken.models")


def test_rules_are_pure():
    """Decisions on plain values can be tested by tables and hypothesis, without a database and a clock."""
    found = [
        f"{source.place(path, node)} {name}"
        for path in source.files("rules")
        for name, node in source.imported(path)
        if name.partition(".")[0] in IMPURE or name.startswith(IMPURE)
    ]
    assert found == []


def test_selectors_do_not_write():
    writes = {"create", "bulk_create", "update_or_create", "get_or_create", "bulk_update", "select_for_update"}
    found = [source.place(path, call) for path in source.files("selectors") for call in source.calls(path, *writes)]
    assert per_file(found) == LOCKS_IN_SELECTORS_YET


def test_nothing_is_imported_inside_a_function_to_hide_a_cycle():
    found = [
        source.place(path, node)
        for path in source.every()
        if path.name != "apps.py" and str(path.relative_to(source.ROOT)) not in LATE
        for node in source.inner_imports(path)
    ]
    assert per_file(found) == INNER_IMPORTS_YET


def test_every_declared_right_is_asked_for():
    """A right that nothing asks for is a tick in the matrix that does nothing."""
    spoken = {path: source.names(path) for path in source.every() if path.name != "permissions.py"}
    templates = "".join(path.read_text("utf8") for path in (source.ROOT / "templates").rglob("*.html"))
    # Rules import nothing of Django: a table of steps names the right of a step by its code.
    tables = "".join(path.read_text("utf8") for path in source.files("rules"))
    idle = []
    for path in source.files("permissions"):
        for node in source.tree(path).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and source_name(node.value) == "permission"
            ):
                name, code = node.targets[0].id, node.value.args[0].value
                if not any(name in names for names in spoken.values()) and f'"{code}"' not in templates + tables:
                    idle.append(code)
    assert idle == []


def source_name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def test_every_audit_code_has_its_sentence():
    used = set()
    for path in source.every():
        for call in source.calls(path, "audit", "entry"):
            code = call.args[1] if len(call.args) > 1 else None
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                used.add(code.value)
    assert used - set(audit.REGISTRY) == set()


def kept(code: str, text: str) -> bool:
    at = text.index(f'sentence("{code}"')
    line = text[text.rfind("\n", 0, at) + 1 : at]
    name = line.split("=")[0].strip()
    return bool(name) and text.count(name) > 1


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, verbosity=1)
    assert "No changes" in out.getvalue()


def test_a_part_that_refreshes_itself_does_not_lend_its_ways_to_its_buttons():
    """HTMX hands `hx-select` down: a button inside that opens the panel would empty it."""
    found = []
    for path in sorted((source.ROOT / "templates").rglob("*.html")):
        tags = re.findall(r"<(?:div|section|main|form|c-card)\b[^>]*\bhx-select=[^>]*>", path.read_text("utf8"))
        found += [
            f"{path.name}: {tag[:60]}" for tag in tags if not re.search(r'hx-disinherit="([^"]*hx-select|[*])', tag)
        ]
    assert found == []


@pytest.mark.parametrize("app", [app for app in source.MONEY_APPS if app in source.APPS])
def test_money_is_never_a_float(app):
    found = [
        source.place(path, call) for path in source.every((app,)) for call in source.calls(path, "float", "FloatField")
    ]
    found += [
        source.place(path, node)
        for path in [*source.files("rules", "services", "models", apps=(app,))]
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert found == []


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("slug", sorted(slug for slug in ROWS if slug in listing.REGISTRY))
def test_a_list_costs_the_same_for_two_rows_and_for_twenty(slug, branch):
    screen = listing.REGISTRY[slug]
    client = Client()
    client.force_login(person_with(*access.REGISTRY, username="all"))
    url = reverse(f"{screen.module}:{slug}-list") if slug != "professions" else "/api/v1/professions/"
    counts = []
    for count in (16, 22):  # past the few rows that a filter offers as ticks: a screen's rows may be its own choices
        ROWS[slug](count, branch)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_rows_are_made_for_screens_that_exist():
    assert set(ROWS) - set(listing.REGISTRY) == set()
