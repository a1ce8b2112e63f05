"""Coq: statements, proofs and what they rest on; certificates that become theorems."""

import fcntl
import json
import os
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from kl_regression.errors import InputError
from proofs_check import readme
from proofs_check.coq import __main__ as command
from proofs_check.coq import machine, statements
from proofs_check.coq.development import INSTALL, THEORY, CoqError, build, imports, run, sources
from proofs_check.coq.hull_file import Decimal, HullFile, read
from proofs_check.coq.names import COQ, COUNTEREXAMPLES, EXISTENCE, PARTLY
from proofs_check.coq.vernacular import export
from proofs_check.coq.witness import Witness, witness
from proofs_check.theory import THEORY as ENTRIES

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 'The term "eq_refl" has type "true = true" while'
SMALL = "gain-needs-a-truth-in-the-class"


@pytest.fixture(scope="session")
def theory():
    """Compile the theory once, whichever process comes first."""
    if shutil.which("coqc") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs Coq: {INSTALL}")
    with (THEORY / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return [made.name for made in build()]


def proves(file: HullFile, folder: Path, used: Witness | None = None) -> bool:
    """Tell whether Coq proves a certificate; any other complaint of Coq's is an error."""
    path = folder / f"{file.theorem}.v"
    path.write_text(export(file, used or witness(file)).text, "utf-8")
    try:
        run(path)
    except CoqError as error:
        if REFUSED in str(error):
            return False
        raise
    return True


def claiming(file: HullFile, **claims: tuple[Decimal, Decimal]) -> HullFile:
    """Return a file with other claims."""
    return replace(file, claims={**file.claims, **claims})


def halved(x: Decimal) -> Decimal:
    """Return half of a decimal."""
    return Decimal(5 * x.mantissa, x.digits + 1)


# statements and proofs


def test_every_statement_is_proved_without_gaps():
    """Each statement has a proof under its name, and no file leaves anything unproved."""
    assert set(statements.proved()) == set(statements.stated())
    assert not statements.unproved()


def test_every_statement_is_in_the_table():
    """The table names every statement and nothing else, under theorems that exist."""
    named = {name for names in COQ.values() for name in names}
    assert named | {*COUNTEREXAMPLES, EXISTENCE} == set(statements.stated())
    assert set(COQ) <= {entry.theorem.key for entry in ENTRIES}
    assert set(PARTLY) <= set(COQ)


def test_the_readme_is_the_table():
    """proofs_check/README.md is what python -m proofs_check.readme writes."""
    assert readme.README.read_text("utf-8") == readme.readme()


def test_ci_installs_what_the_message_says():
    """The packages of the message and those of .ci/run are the same."""
    packages = INSTALL.split("--no-install-recommends ")[1]
    assert packages in (ROOT / ".ci" / "run").read_text("utf-8")


def test_files_stay_small_and_in_order():
    """A Coq file has fewer than 300 lines and comes after those that it imports."""
    order = [path.stem for path in sources()]
    assert sorted(order) == sorted(path.stem for path in THEORY.glob("*.v"))
    for path in sources():
        assert len(path.read_text("utf-8").splitlines()) < 300, path.name
        assert all(order.index(name) < order.index(path.stem) for name in imports(path))


def test_nothing_beyond_the_classical_reals_is_assumed(theory):
    """Every proof rests on the allowed axioms; the checker on primitive integers besides."""
    assert theory
    names = [*statements.proved().values(), statements.SOUNDNESS]
    found = statements.assumptions(names)
    assert set(found) == set(names)
    assert all(axioms for axioms in found.values())
    assert not {
        name: statements.excess(name, found[name])
        for name in names
        if statements.excess(name, found[name])
    }


def test_other_axioms_are_seen():
    """An axiom of one's own, or integers where none are due, is more than allowed."""
    answer = (
        "Axioms:\nmine : 1 = 0\n"
        "Classical_Prop.classic : forall P : Prop,\n  P \\/ ~ P\nPrimInt63.int : Set\n"
    )
    found = statements.axioms(answer)
    assert found == {"mine", "Classical_Prop.classic", "PrimInt63.int"}
    assert statements.excess("Gain.gain_theorem", found) == {"mine", "PrimInt63.int"}
    assert statements.excess(statements.SOUNDNESS, found) == {"mine"}


def test_an_axiom_fails_the_check(monkeypatch):
    """A proof that rests on more is printed, and the check fails."""
    monkeypatch.setattr(statements, "assumptions", lambda names: {name: {"mine"} for name in names})
    console = Console(file=StringIO(), width=120)
    assert not machine.print_assumptions(console)
    assert "Gain.gain_theorem rests on mine" in console.file.getvalue()


def test_without_coq_it_says_how_to_install_it(monkeypatch):
    """Where there is no coqc the check names the packages, and nothing fails."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    console = Console(file=StringIO(), width=200)
    assert machine.print_machine(console)
    assert INSTALL in console.file.getvalue()


# certificates


@pytest.mark.parametrize("name", machine.examples())
def test_a_kept_theorem_is_the_certificate(name):
    """A kept Coq file is what its certificate exports to, and is named after its id."""
    text = (machine.INSTANCES / f"{name}.v").read_text("utf-8")
    assert text == machine.exported(name)
    assert f"\nTheorem {read(machine.GALLERY / f'{name}.json').theorem} :\n" in text


def test_real_data_is_among_the_kept():
    """Three certificates are kept, one of them of a data set."""
    assert len(machine.examples()) >= 3
    assert "wine-left" in machine.examples()


@pytest.mark.slow
@pytest.mark.parametrize("name", machine.examples())
def test_coq_proves_a_kept_theorem(name, theory):
    """A kept Coq file compiles as it stands."""
    assert theory
    assert machine.compile_example(name) > 0


@pytest.mark.slow
def test_coq_refuses_half_the_gap(theory, tmp_path):
    """With its gap halved a certificate does not compile, with any gap in the witness."""
    assert theory
    file = read(machine.GALLERY / f"{SMALL}.json")
    assert proves(file, tmp_path)
    false = claiming(file, gap=(Decimal(0, 0), halved(file.claims["gap"][1])))
    used = witness(file)
    assert not proves(false, tmp_path)
    assert not proves(false, tmp_path, replace(used, gap=halved(used.gap)))
    assert not proves(false, tmp_path, replace(used, gap=Decimal(0, 0)))


@pytest.mark.slow
@pytest.mark.parametrize("quantity", ["radius", "least_gain", "greatest_gain", "D(f,student)"])
def test_coq_refuses_a_wrong_claim(theory, tmp_path, quantity):
    """Moved by its own size, a claim does not compile."""
    assert theory
    file = read(machine.GALLERY / f"{SMALL}.json")
    low, high = file.claims[quantity]
    wrong = {
        "radius": (low, halved(high)),
        "least_gain": (halved(low), high) if low.mantissa < 0 else (high, high),
        "greatest_gain": (low, halved(high)) if high.mantissa > 0 else (low, low),
    }.get(quantity, (low, halved(high)))
    assert not proves(claiming(file, **{quantity: wrong}), tmp_path)


def uneven(student: list[str], gap: str = "1e-9") -> dict:
    """Return a certificate's fields with unequal totals, a weight 0, zeros and a dead model.

    At the second point, of weight 0, the first model has mass where the teacher has none. The third
    model is dead. Between the first two the student is the first point's projection: both models'
    rows there are (1, 3, 0)/4 and (3, 1, 0)/4, the teacher's is (1, 1, 0)/2, so weights 1 to 1.
    """
    return {
        "schema": "kl-regression/certificate/1",
        "theorem": "KL-HULL/1",
        "points": 2,
        "classes": 3,
        "point_weights": [5, 0],
        "teacher": [[3, 3, 0], [1, 1, 0]],
        "models": [
            [[1, 3, 0], [1, 1, 7]],
            [[600, 200, 0], [2, 9, 0]],
            [[1, 1, 1], [1, 1, 1]],
        ],
        "student": student,
        "members": {"mixed": ["0x1", "0x3", "0x0"]},
        "claims": {"gap": ["0e0", gap], "D(mixed,teacher)": ["3e-2", "4e-2"]},
    }


def written(fields: dict, folder: Path) -> Path:
    """Write fields as a file."""
    path = folder / "certificate.json"
    path.write_text(json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n", "ascii")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "proved"),
    [
        (["0x1", "0x1", "0x0"], True),
        (["0x3", "0x2", "0x0"], False),  # not the projection: its gap is larger
        (["0x1", "0x1", "0x1"], False),  # uses a model at infinity
        (["0x0", "0x0", "0x0"], False),  # no mixture
    ],
)
def test_zeros_totals_weights_and_dead_models(theory, tmp_path, student, proved):
    """Rows count by their shares, weight 0 does not count, a dead model may not be used."""
    assert theory
    file = read(written(uneven(student), tmp_path))
    used = Witness(128, 8, Decimal(1, 9))
    assert proves(file, tmp_path, used) is proved


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"weights": [0, 0]},
        {"weights": [5, -1]},
        {"teacher": [[3, 3, 0], [0, 0, 0]]},
        {"teacher": [[3, 3, 0], [1, 1]]},
        {"teacher": [[3, 3, 0], [2, 2, -2]]},
        {"members": {"mixed": [1, 3]}},
        {"tables": {"other": [[1, 1, 0], [0, 0, 0]]}},
    ],
    ids=str,
)
def test_malformed_data_prove_nothing(theory, tmp_path, change):
    """Totals of 0, negative integers and wrong lengths are refused inside the checker."""
    assert theory
    file = read(written(uneven(["0x1", "0x1", "0x0"]), tmp_path))
    assert not proves(replace(file, **change), tmp_path, Witness(128, 8, Decimal(1, 9)))


# the command


@pytest.mark.slow
def test_the_command_writes_a_proved_theorem(theory, tmp_path):
    """The command writes the Coq file, names the theorem, and leaves nothing else."""
    assert theory
    source = str(machine.GALLERY / f"{SMALL}.json")
    done = CliRunner().invoke(command.app, [source, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    name = read(Path(source)).theorem
    assert f"Theorem {name} proved" in done.output
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.v"]


@pytest.mark.slow
def test_the_command_refuses_half_the_gap(theory, tmp_path):
    """A wrong claim exits with 1, says that Coq refuses it, and writes nothing."""
    assert theory
    fields = json.loads((machine.GALLERY / f"{SMALL}.json").read_text("ascii"))
    mantissa, power = fields["claims"]["gap"][1].split("e")
    fields["claims"]["gap"][1] = f"{5 * int(mantissa)}e{int(power) - 1}"
    done = CliRunner().invoke(
        command.app, [str(written(fields, tmp_path)), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 1
    assert "Coq refuses" in done.output
    assert "its claims do not follow from its data" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"theorem": "KL-POLY/1"}, "certifies KL-POLY/1"),
        ({"theorem": None}, "certifies None"),
        ({"models": {"sidecar": "x"}}, "stand in a sidecar"),
        ({"student": ["1/2"]}, "is no certificate"),
        ({"claims": {"gap": ["0", "1"]}}, "is no decimal"),
        ({"members": {"a b": ["0x1"]}}, "a truth's name"),
        ({"teacher": [[1, 1, 1]] * 1000}, "needs 6000 logarithms"),
    ],
)
def test_other_files_get_a_clear_error(tmp_path, change, problem):
    """What is no hull certificate, or too large, is named, and the command exits with 2."""
    path = written({**uneven(["0x1", "0x1", "0x0"]), **change}, tmp_path)
    with pytest.raises(InputError, match=problem):
        read(path)
    assert CliRunner().invoke(command.app, [str(path)]).exit_code == 2


def test_a_gap_of_exactly_0_in_a_mixture_is_no_matter_for_intervals(tmp_path):
    """It is said so before Coq is asked."""
    fields = uneven(["0x1", "0x1", "0x0"], gap="0e0")
    with pytest.raises(InputError, match="exactly 0"):
        witness(read(written(fields, tmp_path)))
