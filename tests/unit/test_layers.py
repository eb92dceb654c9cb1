"""The laws of the source tree: who may import whom, where foreign libraries may appear, how large things grow."""

from __future__ import annotations

import ast
import functools
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "microharvest"
CONNECTORS = ROOT / "connectors"
if not PACKAGE.is_dir():
    pytest.skip("the source tree is out of the way: the wheel is under test", allow_module_level=True)

LAYERS = [  # top to bottom; what stands in one row may not import each other
    {"__main__"},
    {"cli"},
    {"cli_check", "cli_keeping", "cli_report", "cli_review", "cli_sources", "cli_vocab"},
    {"cli_options"},
    {"commands"},
    {"check"},
    {"service", "demo", "onboard"},
    {"pipeline", "explain", "report"},
    {"testing"},  # its contract checks carry out whole runs
    {"harvest", "link", "publish"},
    {"coding"},
    {"quality", "map", "store"},
    {"kit"},
    {"connectors"},
    {"model"},
    {"sources"},
    {"settings"},
    {"telemetry"},
    {"errors", "clock"},
]
RANK = {name: depth for depth, row in enumerate(LAYERS) for name in row}
CONNECTORS_MAY_IMPORT = {"kit", "model"}

HOMES = {  # a foreign library -> the places that may know it
    "sqlalchemy": ("store",),
    "sqlmodel": ("store",),
    "alembic": ("store",),
    "psycopg": ("store",),
    "sqlite3": ("store",),
    "aiohttp": ("harvest/fetch", "service", "testing"),
    "lxml": ("kit", "publish"),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
FORBIDDEN_VERBS = ("process", "handle", "manage")
GIVEN_NAMES = {
    *("process_bind_param", "process_result_value"),
    *("handle_starttag", "handle_startendtag", "handle_endtag", "handle_data", "handle_comment", "handle_decl"),
}
"""Hooks that SQLAlchemy and the standard library's HTML parser call by these names."""
MODULE_LINES, FUNCTION_LINES = 500, 60
CODE_LINES = 42_400
"""All of src and connectors: what a few people can know by heart. New weight pays by removal."""
LONG_FUNCTIONS: frozenset[str] = frozenset()
"""A ratchet: functions still over the limit, as `path:name`. It may only shrink."""


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules(*folders: Path) -> list[object]:
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return [pytest.param(file, id=str(file.relative_to(ROOT))) for file in files]


def imports(path: Path) -> Iterator[str]:
    """Every imported module, also inside functions; `from microharvest import x` counts as `microharvest.x`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield from [f"{module}.{name.name}" for name in node.names] if module == "microharvest" else [module]
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def parts_of_ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("microharvest.")} - {"__version__"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


ALL = modules(PACKAGE, CONNECTORS)


@pytest.mark.parametrize("path", modules(PACKAGE))
def test_imports_point_downwards(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        assert not parts_of_ours(path)
        return
    assert own in RANK, f"{own} has no layer: add it to LAYERS"
    wrong = {other for other in parts_of_ours(path) if other != own and RANK.get(other, -1) <= RANK[own]}
    assert not wrong, f"{own} imports {', '.join(sorted(wrong))}, which does not lie below it"


@pytest.mark.parametrize("path", modules(CONNECTORS))
def test_connectors_see_only_the_kit_and_the_model(path: Path) -> None:
    """And the modules of their own folder."""
    folder = ".".join(path.relative_to(CONNECTORS).parts[:2])
    for name in imports(path):
        if name.startswith(f"microharvest.connectors.{folder}"):
            continue
        if name.startswith("microharvest"):
            assert name.split(".")[1:2] != [], name
            assert name.split(".")[1] in CONNECTORS_MAY_IMPORT, name
        assert name.split(".")[0] not in {*HOMES, "socket", "urllib3", "requests", "subprocess"}, name


@pytest.mark.parametrize("path", modules(PACKAGE))
def test_foreign_libraries_stay_at_home(path: Path) -> None:
    place = path.relative_to(PACKAGE).with_suffix("").as_posix()
    for name in imports(path):
        homes = HOMES.get(name.split(".")[0])
        if homes is not None:
            at_home = any(place == home or place.startswith(f"{home}/") for home in homes)
            assert at_home, f"{place} imports {name}, which belongs in {', '.join(homes)}"


@pytest.mark.parametrize("path", ALL)
def test_names_say_what_is_there(path: Path) -> None:
    for part in path.relative_to(ROOT).with_suffix("").parts:
        assert part not in FORBIDDEN_NAMES, f"{path}: {part} says nothing"
        assert not part.startswith(FORBIDDEN_VERBS), f"{path}: {part} says nothing"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in GIVEN_NAMES:
            words = node.name.strip("_").split("_")
            assert words[0] not in {*FORBIDDEN_VERBS, "do"}, f"{path}:{node.lineno}: {node.name} says nothing"


@pytest.mark.parametrize("path", ALL)
def test_modules_and_functions_stay_small(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MODULE_LINES, f"{path.relative_to(ROOT)} has {lines} lines"
    if "versions" in path.parts:
        return  # a migration is one list of statements, written once
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            name = f"{path.relative_to(ROOT).as_posix()}:{node.name}"
            if name in LONG_FUNCTIONS:
                assert length > FUNCTION_LINES, f"{name} is short now: take it off the list"
            else:
                assert length <= FUNCTION_LINES, f"{name} has {length} lines"


@pytest.mark.parametrize("path", ALL)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{path} has no docstring"
    assert not re.search(r"#\s*(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8")), f"{path} has an open end"


@pytest.mark.parametrize("path", ALL)
def test_public_names_are_listed_and_exist(path: Path) -> None:
    """`__all__` is sorted out by people and by ruff; here it must be true."""
    defined: set[str] = set()
    listed: list[str] | None = None
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined.update((name.asname or name.name).split(".")[0] for name in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                defined.update(name.id for name in names if isinstance(name, ast.Name))
                if isinstance(target, ast.Name) and target.id == "__all__" and node.value is not None:
                    listed = [str(name) for name in ast.literal_eval(node.value)]
    assert set(listed or ()) <= defined, f"{path}: {sorted(set(listed or ()) - defined)} in __all__ do not exist"


def code_lines(path: Path) -> int:
    """Lines that hold code: blank lines, comments and docstrings explain, they do not weigh."""
    text = path.read_text(encoding="utf-8")
    explained: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                explained.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            held.update(range(token.start[0], token.end[0] + 1))
    return len(held - explained)


def test_the_code_stays_a_size_people_can_read() -> None:
    """Migrations are left out: they are written once, by Alembic, and never read along with the rest."""
    files = [file for top in (PACKAGE, CONNECTORS) for file in top.rglob("*.py") if "migrations" not in file.parts]
    lengths = [len(file.read_text(encoding="utf-8").splitlines()) for file in files]
    assert sum(code_lines(file) for file in files) <= CODE_LINES
    assert statistics.median(lengths) <= 120, "half of all modules should stay under 120 lines"


def test_broad_catches_stand_only_at_the_boundaries() -> None:
    """The outermost edge of a feed's run, of a web request, of the daemon's loop, of a parse process.

    A catch that ends in `raise` only tidies up and does not count.
    """
    found = []
    for top in (PACKAGE, CONNECTORS):
        for file in top.rglob("*.py"):
            for node in ast.walk(tree(file)):
                if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[-1], ast.Raise):
                    kind = node.type
                    if kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}):
                        found.append(f"{file.relative_to(ROOT).as_posix()}:{node.lineno}")
    assert not [place for place in found if place.startswith("connectors/")]
    assert len(found) <= 6, found
