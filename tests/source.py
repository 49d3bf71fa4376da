"""The program's own source as syntax trees, for the tests of its architecture."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
APPS = tuple(name for name in settings.OUR_APPS if (ROOT / name / "__init__.py").exists())
MONEY_APPS = ("billing", "ledger", "payroll", "insurance", "barter", "partners", "taxes")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf8"), str(path))


def files(*parts: str, apps: tuple[str, ...] = APPS) -> Iterator[Path]:
    """Modules called so, alone (`views.py`) or as a package (`views/…`), in every app; migrations are left out."""
    for app in apps:
        for part in parts:
            single = ROOT / app / f"{part}.py"
            if single.exists():
                yield single
            yield from sorted((ROOT / app / part).rglob("*.py"))


def every(apps: tuple[str, ...] = APPS) -> Iterator[Path]:
    for app in apps:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def imported(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Full names of what a module imports, from anywhere in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def inner_imports(path: Path) -> Iterator[ast.AST]:
    """Imports inside functions."""
    for outer in ast.walk(tree(path)):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (node for node in ast.walk(outer) if isinstance(node, ast.Import | ast.ImportFrom))


def names(path: Path) -> set[str]:
    """Every name and attribute that a module speaks of."""
    found = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    return found | {name.rpartition(".")[2] for name, _node in imported(path)}


def calls(path: Path, *names_: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names_:
                yield node
