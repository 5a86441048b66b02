"""Imports point one way: a package of the list may import only those before it (docs/contributing.md)."""

import ast
import graphlib
from pathlib import Path

import seq2exp_py

ROOT = Path(seq2exp_py.__file__).parent
LAYERS = (
    "genome tracks writers store evidence simulate kernels models training pretrain inference annotate browser evaluate report "
    "runtime cli"
).split()
SHARED = {"errors", "files", "machine", "options", "progress", "notes", "scores", "__init__"}
ALONE = {"genome": set(), "writers": {"genome"}, "kernels": set()}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
    return {n.split(".")[1] for n in names if n.startswith("seq2exp_py.")}


def test_imports_point_towards_the_value_types():
    wrong = []
    for layer, name in enumerate(LAYERS):
        allowed = ALONE.get(name, set(LAYERS[:layer])) | {name} | SHARED | {"__version__"}
        for path in (ROOT / name).rglob("*.py"):
            wrong += [f"{path.relative_to(ROOT)} imports {bad}" for bad in sorted(imports(path) - allowed)]
    assert not wrong, "\n".join(wrong)


def test_every_folder_is_a_layer():
    assert {p.parent.name for p in ROOT.glob("*/__init__.py")} == set(LAYERS)


def test_no_module_imports_itself_by_way_of_others():
    """Not for types alone either, nor inside a function."""
    modules = {
        f"seq2exp_py.{'.'.join(p.relative_to(ROOT).with_suffix('').parts)}".removesuffix(".__init__"): p for p in ROOT.rglob("*.py")
    }
    graph = {}
    for module, path in modules.items():
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        names = {(f"{n.module}.{a.name}", n.module) for n in nodes for a in n.names}
        graph[module] = {full if full in modules else within for full, within in names} & modules.keys() - {module}
    graphlib.TopologicalSorter(graph).prepare()  # raises a CycleError that lists the circle
