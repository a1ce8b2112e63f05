"""A refutation is handed on as a certificate that the stand-alone checker verifies."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, fmpq

import kl_regression as klr
from kl_regression.certify.balls import Balls
from kl_regression.falsify.draft import Draft
from kl_regression.falsify.enclosing import enclose
from kl_regression.falsify.evidence import evidence
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.falsify.sums import signed_sums
from kl_regression.verify import check

GAIN = "D(truth,teacher)-D(truth,student)"
SLACK = f"{GAIN}-D(student,teacher)"

STATED = {
    "gain theorem, student on the right": [SLACK],
    "gain theorem, class not convex": [SLACK],
    "gain theorem, truth anywhere": [SLACK],
    "left/outputs/KL/risk D(.,f)/misfit D(g,s): gain >= 0": ["D(teacher,truth)-D(student,truth)"],
    "right/outputs/KL/risk D(f,.)/misfit D(g,s): gain >= misfit": [f"{GAIN}-D(teacher,student)"],
    "left/outputs/SquaredError/risk D(f,.)/misfit D(s,g): gain = misfit": [
        "D(truth,student)+D(student,teacher)-D(truth,teacher)"
    ],
    "right/neither/GeneralizedKL/risk D(f,.)/misfit D(s,g): gain >= 0": [
        GAIN,
        "D(teacher,student)-D(teacher,other_1)",
    ],
    "left/neither/SquaredError/risk D(f,.)/misfit D(s,g): gain >= 0": [
        GAIN,
        "D(student,teacher)-D(other_1,teacher)",
    ],
}
ENCLOSED = [
    "right: four points, truth anywhere",
    "risk bound by roots, another loss",
    "calibration with each model conditioned on its own score",
]
UNCOVERED = [
    "right/logits/KL/risk D(f,.)/misfit D(s,g): gain >= 0",
    "right/neither/ItakuraSaito/risk D(f,.)/misfit D(s,g): gain >= 0",
]


def exactly(claim):
    """Return the ends of a claim in a certificate as fractions."""
    return [Fraction(int(m)) * Fraction(10) ** int(e) for m, e in (x.split("e") for x in claim)]


@pytest.mark.parametrize("name", STATED)
def test_the_certificate_states_the_violation(name, tmp_path):
    """Each quantity that makes the violation is negative in the file, and the checker agrees."""
    found = klr.falsify(KNOWN[name].conjecture)
    path = found.save(tmp_path / "false.json")
    assert [*tmp_path.iterdir()] == [path]
    claims = json.loads(path.read_text())["claims"]
    assert list(found.evidence.negative) == STATED[name]
    assert all(exactly(claims[quantity])[1] < 0 for quantity in found.evidence.negative)
    verdict, identity, balls = check(path.read_bytes(), tmp_path)
    assert verdict == "verified"
    assert all(balls[quantity] < 0 for quantity in found.evidence.negative)
    assert f"{identity[:17]}: {STATED[name][0]} <= -" in str(found)


def test_the_checker_as_a_command(tmp_path):
    """The stand-alone checker verifies the file, and refutes it with a claim that says more."""
    found = klr.falsify(KNOWN["gain theorem, student on the right"].conjecture)
    path = found.save(tmp_path / "false.json")
    verify = [sys.executable, "-m", "kl_regression.verify"]
    run = subprocess.run([*verify, str(path)], capture_output=True, text=True, check=False)
    assert (run.returncode, "verified" in run.stdout) == (0, True)
    low, high = found.certificate.fields["claims"][SLACK]
    path.write_text(path.read_text().replace(f'["{low}","{high}"]', f'["{low}","{low}"]'))
    run = subprocess.run([*verify, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 1


@pytest.mark.parametrize("name", ENCLOSED)
def test_what_no_sum_states_is_enclosed(name, tmp_path):
    """Errors and misfits are certified, the slack is in the record beside, and the print says so.

    The two enclosures, of the checker and of the hunt, meet.
    """
    found = klr.falsify(KNOWN[name].conjecture)
    path = found.save(tmp_path / "false.json")
    record = json.loads(path.with_suffix(".proof.json").read_text())
    assert record == found.record
    verdict, _, balls = check(path.read_bytes(), tmp_path)
    assert verdict == "verified"
    assert found.evidence.negative == ()
    assert "no signed sum" in str(found)
    named = {"error(teacher)": "D(truth,teacher)", "error(student)": "D(truth,student)"}
    for key, value in record["quantities"].items():
        quantity = named.get(key, key.replace(" ", "") if key != "gain" else GAIN)
        assert balls[quantity].overlaps(arb(value)), quantity


def test_calibration_errors_of_labels_are_enclosed():
    """A reader sees own-score calibration move by more than BH allows, from enclosures alone."""
    claim = KNOWN["calibration with each model conditioned on its own score"].conjecture
    claims = klr.falsify(claim).certificate.claims
    ends = [claims[f"MCE(truth,{who})"] for who in ("teacher", "computed")]
    apart = max(ends[0][0] - ends[1][1], ends[1][0] - ends[0][1])
    assert apart > claims["BH(student,teacher)"][1]


@pytest.mark.parametrize("name", UNCOVERED)
def test_what_no_certificate_covers(name, tmp_path):
    """The record is what is written, and the print says that there is no certificate."""
    found = klr.falsify(KNOWN[name].conjecture)
    path = found.save(tmp_path / "false.json")
    assert found.certificate is None
    assert "no certificate: none covers" in str(found)
    assert json.loads(path.read_text()) == found.record


@pytest.mark.parametrize("name", STATED)
def test_the_certificate_is_of_the_instance_found(name):
    """Its teacher, models and truth are the table's fractions."""
    found = klr.falsify(KNOWN[name].conjecture)
    fields = found.certificate.fields
    unit = fields.get("unit")

    def meaning(rows):
        return [[str(Fraction(x, unit or sum(row))) for x in row] for row in rows]

    assert meaning(fields["teacher"]) == found.record["teacher"]
    others = [fields["truths"][key] for key in sorted(fields.get("truths", {})) if "other" in key]
    models = [meaning(rows) for rows in [*fields["models"], *others]]
    assert sorted(models) == sorted(found.record["models"])
    if "members" in fields:
        assert fields["members"] == {"truth": ["0x1", *["0x0"] * (len(models) - 1)]}
        assert models[0] == found.record["truth"]
    else:
        assert meaning(fields["truths"]["truth"]) == found.record["truth"]


def test_totals_too_large_for_a_file_are_rounded():
    """A hull whose models need a larger common total than 2^53 is certified next to itself."""
    primes = [10007, 10009, 10037, 10039, 10061, 10067]
    table = np.array(
        [[[5, 3, 4]] * 3, *([[[p - 300, 200, 100] for p in primes[i : i + 3]] for i in (0, 3)])]
    )
    ranges = klr.Ranges(side="right", points=(3, 3), outputs=(3, 3), models=(2, 2))
    claim = klr.Conjecture(
        statement="less than nothing", claim=lambda at: -at.misfit, requires=abs, given=ranges
    )
    total = np.lcm.reduce(np.array(primes, dtype=object))
    assert total > 1 << 53
    found = evidence(table, claim, ranges)
    assert found.negative == ("-D(student,teacher)",)
    models = np.array(found.certificate.fields["models"], dtype=object)
    assert set(models.sum(axis=2).ravel()) == {1 << 53}
    assert np.abs(models / 2**53 - table[1:] / table[1:].sum(axis=2, keepdims=True)).max() < 2**-50


def case(rows, **given):
    """Return the case of integer rows in balls."""
    with Balls(320) as x:
        return enclose(np.array(rows), klr.Ranges(**given), x)


ROWS = [[[1, 1]], [[3, 2]], [[1, 2]]]


@pytest.mark.parametrize(
    ("claim", "stated"),
    [
        (lambda at: at.slack, [SLACK]),
        (lambda at: 2 * at.gain - 2.0 * at.misfit, [SLACK]),
        (
            lambda at: at.misfit / 2 - at.gain / 2,
            ["D(student,teacher)+D(truth,student)-D(truth,teacher)"],
        ),
        (lambda at: 0 - at.reverse_misfit + 0, ["-D(teacher,student)"]),
        (
            lambda at: at.gain - np.float64(1.5) * at.misfit,
            [
                "D(truth,teacher)+D(truth,teacher)-D(truth,student)-D(truth,student)"
                + 3 * "-D(student,teacher)"
            ],
        ),
        (
            lambda at: at.x.minimum(at.misfit, 2 * at.misfit) - at.teacher_error,
            ["D(student,teacher)-D(truth,teacher)", "-D(student,teacher)"],
        ),
        (
            lambda at: at.x.maximum(at.misfit, 2 * at.misfit) - at.teacher_error,
            [
                "D(student,teacher)+D(student,teacher)-D(truth,teacher)",
                "-D(student,teacher)",
            ],
        ),
        (lambda at: -at.x.absolute(-at.misfit), ["-D(student,teacher)"]),
        (lambda at: -abs(at.misfit), ["-D(student,teacher)"]),
        (lambda at: at.misfit - 0.25, []),
        (lambda at: at.gain - at.misfit / 50, []),
        (lambda at: at.x.sqrt(at.misfit), []),
        (lambda at: np.sqrt(at.misfit), []),
        (lambda at: at.expect(at.truth), []),
        (lambda at: at.gain * at.misfit, []),
        (lambda at: at.gain / at.misfit, []),
        (lambda at: at.d(at.truth / 2, at.student), []),
        (lambda at: at.truth.sum() + at.gain, []),
        (lambda at: at.x.absolute(at.misfit - at.misfit), []),
    ],
)
def test_claims_read_as_signed_sums(claim, stated):
    """Sums, multiples, absolute values, maxima and minima of divergences; nothing else."""
    law = klr.Conjecture(statement="", claim=claim, requires=abs)
    assert signed_sums(law, case(ROWS, truth="anywhere")) == stated


def test_a_listed_student_is_the_nearest():
    """Among three numbers the certificate's class is the one that is nearest to the teacher."""
    ranges = klr.Ranges(
        students="points", models=(3, 3), outputs=(1, 1), loss=klr.SquaredError, truth="first"
    )
    draft = Draft(np.array([[[7]], [[1]], [[6]], [[9]]]), ranges)
    assert (draft.student, draft.fields["models"].tolist()) == (1, [[[6]]])
    assert draft.fields["truths"] == {"truth": [[1]], "other_1": [[1]], "other_2": [[9]]}
    assert fmpq(1) == draft.unit


@pytest.mark.parametrize("truth", ["first", "anywhere"])
def test_nothing_is_stated_of_what_holds(truth):
    """A table that meets the claim, strictly or with equality, has no negative quantity."""
    claim = klr.Conjecture(
        statement="the gain theorem",
        claim=lambda at: at.slack,
        requires=abs,
        given=klr.Ranges(truth=truth, models=(2, 2), points=(1, 1)),
    )
    table = np.array([[[1, 9]], [[3, 2]], [[4, 1]], [[3, 2]]][: 3 + (truth == "anywhere")])
    found = evidence(table, claim, claim.given)
    assert found.certificate.claims[SLACK][1] >= 0
    assert found.negative == ()
