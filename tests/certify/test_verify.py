"""The stand-alone checker: one readable file that imports nothing of ours, and its exit codes."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from kl_regression import verify
from kl_regression.certify.certificate import Certificate
from tests.certify.files import originals, rewritten

SOURCE = Path(verify.__file__)


def imported():
    """Return the top-level names that the checker imports."""
    names = set()
    for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(node.module.split(".")[0])
    return names


def test_it_imports_the_standard_library_and_flint():
    """Nothing of ours, no solver, no NumPy."""
    assert imported() - {"flint"} <= sys.stdlib_module_names


def test_it_uses_no_floating_point():
    """No float literal, and float() only to choose between balls that are compared again."""
    text = SOURCE.read_text("utf-8")
    numbers = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.NUMBER
    ]
    assert all(re.fullmatch(r"\d+", number) for number in numbers)
    assert text.count("float(") <= 1


def run(*arguments, folder=None, program=SOURCE):
    """Return the finished process of the checker alone, without the package on its path."""
    return subprocess.run(
        [sys.executable, "-I", str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


def test_a_downloaded_copy_works_alone(tmp_path):
    """One certificate and one copied file, in a folder of their own."""
    program = tmp_path / "verify.py"
    program.write_bytes(SOURCE.read_bytes())
    certificate = next(iter(originals().values()))
    certificate.save(tmp_path / "instance.json")
    found = run("instance.json", folder=tmp_path, program=program)
    assert found.returncode == 0
    assert certificate.id in found.stdout
    assert not found.stderr


def test_exit_codes(tmp_path):
    """0 verified, 1 refuted or undecided, 2 rejected; of several files the worst."""
    certificate = next(iter(originals().values()))
    good, wrong, bad = (tmp_path / f"{name}.json" for name in ("good", "wrong", "bad"))
    certificate.save(good)
    false = rewritten(certificate, lambda fields: fields["claims"].update(gap=["0e0", "1e-99"]))
    wrong.write_bytes(false)
    bad.write_bytes(false[:-1])
    assert run(good).returncode == 0
    assert run(good, wrong).returncode == 1
    assert run(good, wrong, bad).returncode == 2
    assert run(tmp_path / "missing.json").returncode == 2
    assert run().returncode == 2


def test_help_is_what_the_file_says_of_itself():
    """--help prints the format and the theorems."""
    found = run("--help")
    assert found.returncode == 0
    assert found.stdout.strip() == verify.__doc__.strip()


def test_json(tmp_path):
    """With --json each file is a line of JSON."""
    certificate = next(iter(originals().values()))
    path = certificate.save(tmp_path / "instance.json")
    found = run("--json", path)
    (line,) = found.stdout.splitlines()
    result = json.loads(line)
    assert result["verdict"] == "verified"
    assert result["id"] == certificate.id
    assert set(result["claims"]) == set(certificate.claims)


def test_as_a_module_it_loads_nothing_heavy():
    """``python -m kl_regression.verify`` starts without NumPy."""
    code = (
        "import runpy, sys; sys.argv = ['-m']; sys.orig_argv = ['python', '-m',"
        " 'kl_regression.verify'];"
        "\ntry: runpy.run_module('kl_regression.verify', run_name='__main__')"
        "\nexcept SystemExit as end: print(end.code, 'numpy' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split()[-2:] == ["2", "False"]


@pytest.mark.parametrize("name", sorted(originals()))
def test_the_docstring_names_every_field(name):
    """What a file holds, the checker's docstring describes."""
    for field in Certificate(originals()[name].content).fields:
        assert re.search(rf"\b{field}\b", verify.__doc__)
