"""The house: files on floors, imports go down only, rooms stay small."""

import ast
import subprocess
import sys

import pytest
import scipy

from tests.meta.sources import PACKAGE, imported, modules, tree

FLOORS = (
    ("errors", "verify"),
    ("tolerance", "progress", "writing", "workers"),
    ("arrays", "arrays_logs", "arrays_many"),
    ("arithmetic", "logarithms"),
    ("divergences", "bregman"),
    ("calibration.*",),
    ("classes.polyhedron", "classes.base"),
    ("gap",),
    ("solvers.attempts", "solvers.conic"),
    ("classes.*",),
    ("solvers.*",),
    ("projection",),
    ("many",),
    ("cases",),
    ("instance",),
    ("theorems.*",),
    ("checking",),
    ("certify.*",),
    ("falsify.*",),
    ("cite.*",),
    ("testing", "files"),
    ("data", "strategies"),
    ("figure.*",),
    ("audit.*", "sweep.*"),
)
LONGER = {
    "verify": (500, "it is downloaded alone: format, proofs and every check are one file's"),
}
"""Rooms that may be longer: below how many lines in all, and why."""
UPWARD = {
    ("classes.base", "classes.calculus"): "A & B and A | B are operators of every class",
}


def floor(module: str) -> int:
    """Return the number of the floor that a module stands on: its own entry, or its folder's."""
    for level, names in enumerate(FLOORS):
        if module in names:
            return level
    folder = module.split(".", maxsplit=1)[0]
    for level, names in enumerate(FLOORS):
        if f"{folder}.*" in names or folder in names:
            return level
    pytest.fail(f"{module} has no floor: say where it belongs")


@pytest.mark.parametrize("module", [name for name in modules() if name])
def test_imports_go_down(module):
    """A file imports only from its own floor or from floors below."""
    for other in imported(modules()[module]):
        allowed = floor(other) <= floor(module) or (module, other) in UPWARD
        assert allowed, f"{module} imports {other} from a floor above"


def test_nobody_imports_the_package_itself():
    """The public names are for users: inside, a file names the room that it needs."""
    public = [
        name
        for name in modules()
        if "from kl_regression import" in modules()[name].read_text("utf-8")
    ]
    assert set(public) <= {""}


@pytest.mark.parametrize("module", modules())
def test_rooms_are_small(module):
    """A file has fewer than 300 lines unless listed, a function at most 40 beside its docstring."""
    path = modules()[module]
    assert len(path.read_text("utf-8").splitlines()) < LONGER.get(module, (300, ""))[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            text = ast.get_docstring(node, clean=False) or ""
            lines = node.end_lineno - node.lineno + 1 - len(text.splitlines())
            assert lines <= 40, f"{module}.{node.name} has {lines} lines"


def test_cvxpy_has_one_door():
    """Only solvers/conic.py imports cvxpy."""
    doors = [
        module
        for module, path in modules().items()
        for node in ast.walk(tree(path))
        if (
            isinstance(node, ast.Import)
            and any(a.name.split(".")[0] == "cvxpy" for a in node.names)
        )
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cvxpy")
    ]
    assert set(doors) == {"solvers.conic"}


def test_the_import_is_light():
    """``import kl_regression`` loads neither cvxpy, matplotlib, sklearn, nor any part of SciPy."""
    heavy = {
        "cvxpy",
        "matplotlib",
        "sklearn",
        "hypothesis",
        "rich",
        "typer",
        "flint",
        *(f"scipy.{part}" for part in scipy.__all__),
    }
    code = f"import kl_regression, sys; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def literals(path):
    """Yield each number in a file that is small enough to be a tolerance, with its line."""
    for node in ast.walk(tree(path)):
        number = node.value if isinstance(node, ast.Constant) else None
        if isinstance(number, float) and 0.0 < abs(number) <= 1e-3:
            yield node.lineno, number


def test_tolerances_have_one_home():
    """No literal tolerance stands outside tolerance.py."""
    found = {
        module: list(literals(path)) for module, path in modules().items() if module != "tolerance"
    }
    assert not {module: where for module, where in found.items() if where}
    assert list(literals(PACKAGE / "tolerance.py"))
