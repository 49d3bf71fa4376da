"""Print the longest files and functions, to be talked over; nothing is enforced."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".venv", "node_modules", "vendor", "var", "migrations"}
SUFFIXES = {".py", ".js", ".css", ".html"}
SHOWN = 15


def main() -> None:
    """Two short tables, and the sums by app."""
    files = [
        (path, path.read_text("utf8", "replace"))
        for path in ROOT.rglob("*")
        if path.suffix in SUFFIXES and not SKIPPED & set(path.relative_to(ROOT).parts)
    ]
    lengths = sorted(((text.count("\n"), str(path.relative_to(ROOT))) for path, text in files), reverse=True)
    table("longest files, lines", lengths)
    table("longest functions, lines", sorted(functions(files), reverse=True))
    sums: dict[str, int] = {}
    for lines, name in lengths:
        app = name.partition("/")[0]
        sums[app] = sums.get(app, 0) + lines
    table("lines by folder", sorted(((lines, name) for name, lines in sums.items()), reverse=True), most=40)


def functions(files: list[tuple[Path, str]]) -> list[tuple[int, str]]:
    """(lines, file:function) of every Python function."""
    return [
        (node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.name}")
        for path, text in files
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def table(title: str, rows: list[tuple[int, str]], most: int = SHOWN) -> None:
    """A title and its first rows."""
    print(title)
    for number, name in rows[:most]:
        print(f"{number:>7}  {name}")


if __name__ == "__main__":
    main()
