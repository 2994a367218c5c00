"""The product's source files as syntax trees, and what the rules of the architecture ask of them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("feeds", "geo", "ioc", "store")
STARTS_SOMETHING = {
    *("open_engine", "create_engine", "create_async_engine", "connect", "Dash", "FastAPI", "create_app", "Thread", "Popen", "run"),
    *(
        "socket",
        "open",
        "read_text",
        "read_bytes",
        "write_text",
        "mkdir",
        "getenv",
        "Settings",
        "upgrade",
        "basicConfig",
        "BackgroundScheduler",
    ),
}


@dataclass(frozen=True)
class Module:
    """One source file. path: relative to the repository."""

    path: Path
    source: str

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.source)

    def __str__(self) -> str:
        return str(self.path)


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the packages."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(Module(path.relative_to(ROOT), path.read_text(encoding="utf-8")) for path in paths)


@cache
def files_of_the_repository() -> tuple[Path, ...]:
    """Every file that is in git or would be with the next `git add`; none outside a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def imports(module: Module) -> set[str]:
    """Everything imported, at whatever depth, with dots: "from a.b import c" is "a.b.c"."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{_origin(module, node)}.{alias.name}" for alias in node.names}
    return found


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = module.name.split(".") if module.path.stem == "__init__" else module.name.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def reads_environment(module: Module) -> bool:
    """Whether it names os.environ or os.getenv, however imported."""
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return bool((attributes | imports(module)) & {"os.environ", "os.getenv", "os.environb", "os.getenvb"})


def module_level_effects(module: Module) -> list[str]:
    """What happens when the module is imported and should not: "line: call"."""
    return [f"{node.lineno}: {ast.unparse(node)[:80]}" for node in _effects(module.tree.body)]


def _effects(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.For | ast.While | ast.With | ast.Try) or _is_call(statement):
            yield statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield from (call for call in _calls_now(statement.value) if _called(call) in STARTS_SOMETHING)
        elif isinstance(statement, ast.ClassDef):
            yield from _effects(statement.body)
        elif isinstance(statement, ast.If) and "__name__" not in ast.unparse(statement.test):
            yield from _effects(statement.body + statement.orelse)


def _is_call(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)


def _calls_now(expression: ast.AST) -> Iterator[ast.Call]:
    """Calls in an expression that are made when it is evaluated, not those in a lambda."""
    if isinstance(expression, ast.Lambda):
        return
    if isinstance(expression, ast.Call):
        yield expression
    for child in ast.iter_child_nodes(expression):
        yield from _calls_now(child)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def functions_longer_than(module: Module, lines: int) -> list[str]:
    """Names and lengths, decorators not counted."""
    functions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions]
    return [f"{name}: {length} lines" for name, length in lengths if length > lines]
