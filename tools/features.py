"""Print which rows of the feature list have a test: `@pytest.mark.feature("SCH-38")`."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def marked(tree: ast.AST) -> list[str]:
    """Every id in a call of something.feature(...), on a test, a class or a module."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    ours = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "feature"]
    return [word.value for call in ours for word in call.args if isinstance(word, ast.Constant)]


def main() -> None:
    """One line a feature, with the files that prove it."""
    proofs: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for feature in marked(ast.parse(path.read_text("utf8"))):
            proofs[str(feature)].add(str(path.relative_to(ROOT)))
    for feature in sorted(proofs):
        print(f"{feature:<10} {', '.join(sorted(proofs[feature]))}")
    print(f"{len(proofs)} features have a test", file=sys.stderr)


if __name__ == "__main__":
    main()
