"""What a file does not tell of the true student is undecided: never verified, never refuted."""

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from kl_regression.certify.certificate import canonical
from kl_regression.certify.claims import default_claims
from kl_regression.certify.sealing import SCHEMA, WIDE, seal
from kl_regression.errors import InputError, SolverError
from kl_regression.verify import check
from tests.certify.second_verdict import second_verdict

ANY = {"gap": ["0e0", WIDE[1]], "D(computed,teacher)": WIDE, "D(truth,teacher)": WIDE}


def file(theorem, teacher, *, claims, **fields):
    """Return the bytes of a file with points of equal weight."""
    return canonical(
        {
            "schema": SCHEMA,
            "theorem": theorem,
            "points": len(teacher),
            "classes": len(teacher[0]),
            "point_weights": [1] * len(teacher),
            "teacher": teacher,
            "claims": claims,
            **fields,
        }
    )


def both(content):
    """Return what the two checkers say, which has to be the same."""
    first, second = check(content, ".")[0], second_verdict(content)
    assert first == second
    return first


@pytest.mark.parametrize("side", ["", "-RIGHT"])
def test_a_poor_student_does_not_tell_its_part(side):
    """The second part holds the teacher, its computed student is farther than the first part's."""
    order = "teacher,student" if side else "student,teacher"
    for claims in ({f"D({order})": ["3e-1", "6e-1"]}, {f"D({order})": WIDE}, ANY):
        content = file(
            f"KL-UNION{side}/1",
            [[1, 1]],
            models=[[[90, 10]], [[99, 1]], [[50, 50]]],
            parts=[1, 2],
            student=["0x1", "0x64", "0x1"],
            truths={"truth": [[1, 3]]},
            claims=claims,
        )
        assert both(content) == "undecided"


def test_tied_parts_have_no_gap():
    """Two parts as far as each other: the gap is 0 on each, and nobody knows on which it counts."""
    models = [[[1, 3]], [[3, 1]]]
    for claims in ({"gap": ["0e0", "0e0"]}, {"D(computed,teacher)": WIDE}):
        content = file(
            "KL-UNION/1", [[1, 1]], models=models, parts=[1, 1], student=["0x1"] * 2, claims=claims
        )
        assert both(content) == "undecided"


@pytest.mark.parametrize("order", [1, -1])
def test_parts_that_floats_do_not_tell_apart(order):
    """Divergences that differ by 1e-28 are told apart, whichever part stands first."""
    near = [[102354536985692, 409418147942768, 51177268492846]]
    far = [[102354536985695, 409418147942767, 51177268492844]]
    content = file(
        "KL-UNION/1",
        [[1, 1, 1]],
        models=[near, far][::order],
        parts=[1, 1],
        student=["0x1", "0x1"],
        claims={"D(student,teacher)": WIDE, "D(computed,teacher)": WIDE},
    )
    verdict, _, balls = check(content, ".")
    assert verdict == second_verdict(content) == "verified"
    only = file(
        "KL-HULL/1",
        [[1, 1, 1]],
        models=[near],
        student=["0x1"],
        claims={"D(student,teacher)": WIDE},
    )
    assert check(only, ".")[2]["D(student,teacher)"].overlaps(balls["D(student,teacher)"])


@pytest.mark.parametrize("mixture", [["0x1", "0x0"], ["0x0", "0x1"], ["0x1", "0x1"]])
def test_two_zeros_of_a_teacher_leave_the_right_student_open(mixture):
    """Every mixture of the two models is as near: a gap of 0 does not say which is the student."""
    content = file(
        "KL-HULL-RIGHT/1",
        [[1, 0, 0]],
        models=[[[2, 2, 0]], [[2, 0, 2]]],
        student=mixture,
        members={"f": ["0x1", "0x0"]},
        claims={"gap": ["0e0", "0e0"], "D(f,student)": WIDE},
    )
    assert both(content) == "undecided"
    assert both(content.replace(b'"D(f,student)"', b'"D(teacher,student)"')) == "verified"


def test_one_zero_of_a_teacher_is_told_by_the_others():
    """Rows have equal sums, so that the student is known where all but one of its entries are."""
    content = file(
        "KL-HULL-RIGHT/1",
        [[1, 1, 0]],
        models=[[[1, 1, 2]], [[1, 1, 2]]],
        student=["0x1", "0x0"],
        claims={"D(student,computed)": ["0e0", "0e0"]},
    )
    assert both(content) == "verified"


def test_blocks_that_fall_are_no_student():
    """Two points in the wrong order: no claim about the function on them is verified."""
    for claims in ({"D(computed,teacher)": WIDE}, {"gap": ["0e0", WIDE[1]]}):
        content = file("KL-MONOTONE/1", [[1, 3], [3, 1]], student=[1, 2], claims=claims)
        assert both(content) == "undecided"


def test_sums_have_signs():
    """Two terms side by side read like a product, and are none."""
    fields = {"models": [[[1, 3]]], "student": ["0x1"]}
    for joined, verdict in (("", "rejected"), ("+", "verified"), ("-", "verified")):
        claims = {f"D(computed,teacher){joined}D(teacher,computed)": WIDE}
        content = file("KL-HULL/1", [[1, 1]], claims=claims, **fields)
        assert second_verdict(content) == verdict
        if verdict == "rejected":
            with pytest.raises(ValueError, match="a wrong name"):
                check(content, ".")
        else:
            assert check(content, ".")[0] == verdict


def test_a_bound_of_nothing_is_nothing():
    """BH and RISK of a divergence that is 0 are 0, not a root of something negative."""
    content = file(
        "KL-HULL/1",
        [[1, 2]],
        models=[[[1, 2]], [[2, 1]]],
        student=["0x1", "0x0"],
        claims={"BH(student,teacher)": ["0e0", "1e-9"], "RISK(student,teacher)": ["0e0", "1e-9"]},
    )
    balls = check(content, ".")[2]
    assert all(ball.is_finite() and ball < arb(10) ** -30 for ball in balls.values())


def test_members_are_counted_before_they_are_made():
    """Sixty members of many points are refused, not expanded."""
    n, k = 1000, 2
    size = {"models": [[[1, 1]] * n], "student": ["0x1"], "claims": {"gap": ["0e0", "0e0"]}}
    many = {f"m{i}": [f"0x1{'0' * 1000}"] for i in range(150)}
    few = dict(list(many.items())[:60])
    assert check(file("KL-HULL/1", [[1, 1]] * n, members=few, **size), ".")[0] == "verified"
    assert 150 * n * k * 4100 > 1 << 30
    with pytest.raises(ValueError, match="no dictionary, or a long one"):
        check(file("KL-HULL/1", [[1, 1]] * n, members=many, **size), ".")
    with pytest.raises(ValueError, match="of too many bits"):
        check(
            file(
                "KL-HULL/1", [[1, 1]] * 4 * n, members=few, **size | {"models": [[[1, 1]] * 4 * n]}
            ),
            ".",
        )


KINDS = (
    "KL-HULL/1",
    "KL-HULL-RIGHT/1",
    "KL-UNION/1",
    "KL-UNION-RIGHT/1",
    "GKL-HULL/1",
    "SQUARED-HULL/1",
)


@settings(max_examples=200)
@given(theorem=st.sampled_from(KINDS), seed=st.integers(0, 2**32 - 1))
def test_poor_students_claim_what_both_checkers_verify(theorem, seed):
    """A student of any weights, zeros in any table: one checker's enclosures hold in the other."""
    rng = np.random.default_rng(seed)
    n, k, m = (int(rng.integers(1, 4)) for _ in range(3))
    k += theorem.startswith("KL")
    low = int(rng.integers(0, 2))
    models = rng.integers(low, 5, size=(m + 1, n, k))
    if theorem.startswith("KL"):
        models[..., -1] = 5 * k - models[..., :-1].sum(axis=2)
    teacher = rng.integers(int(rng.integers(0, 2)), 5, size=(n, k))
    teacher[:, -1] += teacher.sum(axis=1) == 0
    fields = {
        "theorem": theorem,
        "points": n,
        "classes": k,
        "point_weights": [*rng.integers(0, 3, size=n - 1).tolist(), 1],
        "teacher": teacher.tolist(),
        "models": models.tolist(),
        "student": [hex(x) for x in rng.integers(0, 9, size=m).tolist()] + ["0x1"],
        "members": {"f": ["0x1"] + ["0x0"] * m},
        "truths": {"g": teacher[::-1].tolist()},
    }
    if "UNION" in theorem:
        fields["parts"] = [m, 1]
    if not theorem.startswith("KL"):
        fields["unit"] = 5
    claims = [*default_claims(theorem, ["f", "g"]), "D(teacher,student)", "MCE(g,computed)"]
    try:
        certificate = seal(fields, list(dict.fromkeys(claims)))
    except (InputError, SolverError):
        return
    assert second_verdict(certificate.content) == "verified"
