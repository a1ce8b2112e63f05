"""A certificate as a Coq file: its data, its claims in plain terms, and one line of proof."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proofs_check.coq.hull_file import Decimal, HullFile
from proofs_check.coq.witness import Witness

TERM = re.compile(r"([+-]?)D\(([a-z0-9_]+),([a-z0-9_]+)\)")
PARTIES = {"teacher": "Teacher", "student": "Student", "computed": "Computed"}
PAIRS = {
    ("computed", "teacher"), ("student", "teacher"), ("computed", "student"),
    ("student", "computed"), ("truth", "teacher"), ("truth", "student"), ("truth", "computed"),
}  # fmt: skip
HULL = "hull sample {m} model"
JOIN = " /\\\n"


@dataclass(frozen=True)
class Statement:
    """A claim twice: for the checker, and as a reader sees it."""

    code: str
    plain: str
    of_student: bool


@dataclass(frozen=True)
class Exported:
    """The text of a Coq file, and the file's claims that it does not restate."""

    text: str
    left_out: tuple[str, ...]


def export(file: HullFile, witness: Witness) -> Exported:
    """Return the Coq file of a certificate; the gap of a file that claims none is the witness's."""
    found, left_out = [], []
    claims = {"gap": (Decimal(0, 0), witness.gap), **file.claims}
    for quantity, (low, high) in sorted(claims.items()):
        statements = _statements(file, quantity, low, high)
        found += statements
        if not statements:
            left_out.append(quantity)
    facts = [s for s in found if not s.of_student]
    student_facts = [s for s in found if s.of_student]
    parts = [_data(file), _claims(facts, student_facts), _check(file, witness)]
    parts.append(_theorem(file, facts, student_facts))
    return Exported(_head(file) + "\n".join(parts), tuple(left_out))


def _statements(file: HullFile, quantity: str, low: Decimal, high: Decimal) -> list[Statement]:
    """Return what Coq can say of a claim; nothing where it knows no such quantity."""
    lo, hi, hull = _real(low), _real(high), HULL.format(m=len(file.models))
    every = f"forall f, {hull} f -> finite sample f teacher ->"
    gain = "KL sample f teacher - KL sample f computed"
    if quantity == "gap":
        theorem = (
            f"{every}\n  finite sample f computed /\\\n"
            f"  KL sample f computed + KL sample computed teacher <= KL sample f teacher + {hi}"
        )
        ball = f"KL sample computed s + KL sample s computed <= {hi}"
        return [
            Statement(f"Gap {_code(high)}", theorem, of_student=False),
            Statement(f"Ball {_code(high)}", ball, of_student=True),
        ]
    if quantity == "radius":
        return [
            Statement(
                f"Radius {_code(high)}", f"distance sample computed s <= {hi}", of_student=True
            )
        ]
    if quantity == "least_gain":
        return [
            Statement(f"LeastGain {_code(low)}", f"{every}\n  {lo} <= {gain}", of_student=False)
        ]
    if quantity == "greatest_gain":
        return [
            Statement(f"GreatestGain {_code(high)}", f"{every}\n  {gain} <= {hi}", of_student=False)
        ]
    terms = TERM.findall(quantity)
    if "".join(f"{sign}D({x},{y})" for sign, x, y in terms) != quantity or not terms:
        return []
    kinds = [tuple("truth" if z in file.truths else z for z in (x, y)) for _, x, y in terms]
    return [_between(file, terms, low, high)] if set(kinds) <= PAIRS else []


def _between(
    file: HullFile, terms: Sequence[tuple[str, str, str]], low: Decimal, high: Decimal
) -> Statement:
    codes, finite, total = [], [], ""
    for sign, x, y in terms:
        minus = sign == "-"
        codes.append(f"Term {str(not minus).lower()} {_party(file, x)} {_party(file, y)}")
        finite.append(f"finite sample {_name(x)} {_name(y)}")
        kl = f"KL sample {_name(x)} {_name(y)}"
        total += f" {'-' if minus else '+'} {kl}" if total else f"{'- ' if minus else ''}{kl}"
    code = f"Between {_code(low)} [{'; '.join(codes)}] {_code(high)}"
    plain = " /\\ ".join(finite) + f" /\\\n  {_real(low)} <= {total} <= {_real(high)}"
    return Statement(code, plain, of_student=any("student" in term[1:] for term in terms))


def _party(file: HullFile, name: str) -> str:
    return PARTIES.get(name) or f"(Truth {file.truths.index(name)})"


def _name(name: str) -> str:
    """Return a party's name in the theorem: the true student is s, a truth's cannot clash."""
    if name in PARTIES:
        return "s" if name == "student" else name
    return name if name == "truth" else f"truth_{name}"


def _code(x: Decimal) -> str:
    return f"(Decimal {_integer(x.mantissa)} {x.digits})"


def _real(x: Decimal) -> str:
    return f"{_integer(x.mantissa)} / 10 ^ {x.digits}"


def _integer(x: int) -> str:
    return str(x) if x >= 0 else f"({x})"


def _list(items: Iterable[object], indent: int = 2) -> str:
    inner = ";\n".join(textwrap.indent(str(item), " " * indent) for item in items)
    return f"[\n{inner}\n]" if inner else "[]"


def _integers(row: Iterable[int]) -> str:
    return f"[{'; '.join(map(str, row))}]"


def _head(file: HullFile) -> str:
    return (
        f"(** Certificate {file.identity[:17]}, theorem KL-HULL/1, as a Coq theorem.\n\n"
        f"    SHA-256 {file.identity[5:]}.\n"
        f"    Made by python -m proofs_check.coq; the words are those of Definitions.v. *)\n"
        "From Coq Require Import Reals ZArith List.\n"
        "From KLRegression Require Import Definitions Instance Checker Certified.\n"
        "Import ListNotations.\nOpen Scope R_scope.\n\n"
    )


def _data(file: HullFile) -> str:
    """Return the definitions of sample, teacher, models, computed student and truths."""
    k, m = len(file.teacher[0]), len(file.models)
    points = []
    for i, (weight, teacher) in enumerate(zip(file.weights, file.teacher, strict=True)):
        models = "; ".join(_integers(model[i]) for model in file.models)
        truths = "; ".join(_integers(table[i]) for table in file.tables.values())
        points.append(f"Point {_integer(weight)} {_integers(teacher)}\n  [{models}]\n  [{truths}]")
    lines = [
        "(** A row x of integers means x / sum x: a point's weight, the teacher's row, the models'",
        "    rows, the rows of truths that are no mixtures. *)",
        f"Definition points : list point := {_list(points)}%Z.",
        f"Definition student_weights : list Z := {_integers(file.student)}%Z.",
        "",
        f"Definition sample := sample_of {k} points.",
        "Definition teacher := teacher_of points.",
        "Definition model := model_of points.",
        f"Definition computed := mixture_of {m} points student_weights.",
    ]
    for name, weights in file.members.items():
        lines.append(f"Definition {_name(name)}_weights : list Z := {_integers(weights)}%Z.")
        lines.append(f"Definition {_name(name)} := mixture_of {m} points {_name(name)}_weights.")
    lines += [f"Definition {_name(x)} := table_of points {t}." for t, x in enumerate(file.tables)]
    given = [f"Mixture {_name(name)}_weights" for name in file.members]
    given += [f"Table {t}" for t in range(len(file.tables))]
    return "\n".join([*lines, f"Definition truths : list given := [{'; '.join(given)}].", ""])


def _claims(facts: Sequence[Statement], student_facts: Sequence[Statement]) -> str:
    return (
        "(** The claims, for the checker. *)\n"
        f"Definition facts : list claim := {_list(s.code for s in facts)}%Z.\n"
        f"Definition student_facts : list claim := {_list(s.code for s in student_facts)}%Z.\n"
    )


def _check(file: HullFile, witness: Witness) -> str:
    k, m = len(file.teacher[0]), len(file.models)
    return (
        f"Lemma checked : check {witness.bits} {witness.exponent} {_code(witness.gap)}"
        f" {k} {m} points\n"
        "  student_weights truths facts student_facts = true.\n"
        "Proof. vm_cast_no_check (eq_refl true). Qed.\n"
    )


def _theorem(file: HullFile, facts: Sequence[Statement], student_facts: Sequence[Statement]) -> str:
    hull = HULL.format(m=len(file.models))
    parts = [
        "(** About every mixture f of the models whose error is finite, and about the truths. *)",
        f"({JOIN.join(_clause(s.plain) for s in facts)}) /\\",
        "(** There is a true student, *)",
        f"(exists s, left_student sample ({hull}) teacher s) /\\",
        "(** and of every such s it is true that *)",
        f"(forall s, left_student sample ({hull}) teacher s ->",
        textwrap.indent(JOIN.join(_clause(s.plain) for s in student_facts), "  ") + ").",
    ]
    body = textwrap.indent("\n".join(parts), "  ")
    proof = "Proof. exact (certificate_sound _ _ _ _ _ _ _ _ _ _ checked). Qed."
    return f"Theorem {file.theorem} :\n{body}\n{proof}\n"


def _clause(plain: str) -> str:
    return f"({plain})"
