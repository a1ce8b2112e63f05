"""Files made to deceive, to crash or to exhaust the checker: none is verified, each is answered."""

import hashlib
import json
import struct

import pytest

from kl_regression import verify
from kl_regression.certify.certificate import canonical
from kl_regression.verify import BYTES, LISTS, check
from tests.certify.files import verdict
from tests.certify.second_verdict import second_verdict

WIDE = ["-1e3", "1e3"]
EDGE = 49_553_548_982_628_554_930
"""10^20 u, where u solves 9 logit((1 + 9u) / 10) + logit((9 + u) / 10) = log 99."""


def hull(**fields):
    """Return the fields of a small left hull, some replaced."""
    return {
        "schema": "kl-regression/certificate/1",
        "theorem": "KL-HULL/1",
        "points": 1,
        "classes": 2,
        "point_weights": [1],
        "teacher": [[1, 1]],
        "models": [[[1, 2]]],
        "student": ["0x1"],
        "claims": {"gap": ["0e0", "1e0"]},
    } | fields


def poly(features=None, **fields):
    """Return the fields of a small left polyhedral class, some replaced."""
    found = hull(theorem="KL-POLY/1", constraints=[], multipliers=[], student=[["0x1", "0x1"]])
    del found["models"]
    return found | ({"features": features} if features else {}) | fields


def blocks(**fields):
    """Return the fields of a small monotone class, some replaced."""
    found = hull(theorem="KL-MONOTONE/1", student=[1])
    del found["models"]
    return found | fields


def a_gap_that_is_no_number():
    """A block whose only weight is on a 0: its slope 1 / (c (1 - c)) times 0 is no number.

    The other block is wrong: the true student is the teacher there, and D(f, student) is 0.
    """
    return blocks(
        theorem="KL-MONOTONE-RIGHT/1",
        points=4,
        point_weights=[1, 0, 1, 1],
        teacher=[[1, 0], [1, 1], [7, 3], [1, 9]],
        student=[2, 4],
        truths={"f": [[1, 0], [1, 1], [7, 3], [1, 9]]},
        claims={"D(f,student)": ["1e-2", "1e0"]},
    )


def a_face_that_no_weight_sees():
    """At the edge of V, which points of weight 0 bound, D(f,s) = 0.4152 < D(f,g) - D(s,g)."""
    return poly(
        features=[[10, 0], [0, 10], [9, 1], [1, 9]],
        points=4,
        point_weights=[0, 0, 1, 1],
        teacher=[[1, 1], [1, 1], [99, 1], [1, 1]],
        student=[[hex(10**20), "0x0"], [hex(EDGE), hex(10**20 - EDGE)]],
        members={"f": [["0x1", "0x1"], ["0x1", "0x1"]]},
        claims={"gap": ["0e0", "1e-6"], "D(f,student)": ["784e-3", "785e-3"]},
    )


def a_zero_of_the_computed_student_alone():
    """On the right, the true student has mass where teacher and computed student have none."""
    return hull(
        theorem="KL-HULL-RIGHT/1",
        classes=3,
        teacher=[[8_000_001, 2_000_000, 0]],
        models=[[[5, 5, 0]], [[6, 1, 3]]],
        student=["0x1", "0x0"],
        claims={"D(student,teacher)": WIDE},
    )


DECEITS = {
    "a gap that is no number": a_gap_that_is_no_number(),
    "a face that no weight sees": a_face_that_no_weight_sees(),
    "a zero of the computed student alone": a_zero_of_the_computed_student_alone(),
    "a bound of KL for squared error": hull(
        theorem="SQUARED-HULL/1", unit=1, claims={"BH(computed,teacher)": WIDE}
    ),
    "a truth and a member of one name": hull(
        truths={"f": [[9, 1]]}, members={"f": ["0x1"]}, claims={"D(f,teacher)": WIDE}
    ),
    "a truth whose name holds another quantity's": hull(
        truths={"again": [[9, 1]]}, claims={"D(again,teacher)": ["0e0", "2e-1"]}
    ),
    "features of unequal lengths": poly(
        features=[[1], [0, 0, 1]],
        points=2,
        point_weights=[1, 1],
        teacher=[[1, 1]] * 2,
        student=[["0x1", "0x1"]] * 2,
    ),
    "members of blocks": blocks(student=[1], members={"f": []}),
    "no blocks": blocks(student=[]),
    "blocks backwards": blocks(student=[2, 1]),
    "blocks that fall": blocks(
        points=2, point_weights=[1, 1], teacher=[[1, 3], [3, 1]], student=[1, 2]
    ),
    "blocks that are equal": blocks(
        theorem="KL-MONOTONE-RIGHT/1",
        points=3,
        point_weights=[1, 2, 1],
        teacher=[[1, 3], [2, 6], [3, 1]],
        student=[1, 2, 3],
    ),
    "a sidecar's name that is no text": hull(
        models={"models": 1, "sha256": "0" * 64, "sidecar": 5}
    ),
    "a sidecar elsewhere": hull(
        models={"models": 1, "sha256": "0" * 64, "sidecar": "../models.int64"}
    ),
    "a sidecar's name beyond the system's": hull(
        models={"models": 1, "sha256": "0" * 64, "sidecar": "a" * 5000}
    ),
    "a device for a sidecar": hull(models={"models": 1, "sha256": "0" * 64, "sidecar": "null"}),
    "no models": hull(models=[], student=[]),
    "a model of no points": hull(models=[[]]),
    "a single class": hull(classes=1, teacher=[[1]], models=[[[1]]]),
    "no weight": hull(point_weights=[0]),
    "all models dead": hull(teacher=[[1, 0]], models=[[[0, 1]]]),
    "parts of nothing": hull(theorem="KL-UNION/1", parts=[]),
    "a constraint of two numbers": poly(constraints=[[0, 1]], multipliers=["0x1"]),
    "an empty constraint": poly(constraints=[[]], multipliers=["0x1"]),
    "a constraint on another entry": poly(constraints=[[0, 2, 1]], multipliers=["0x1"]),
    "a negative member": poly(
        features=[[1, 0], [0, 1], [2, -1]],
        points=3,
        point_weights=[1] * 3,
        teacher=[[1, 1]] * 3,
        student=[["0x1", "0x3"], ["0x4", "0x0"]],
    ),
    "a claim upside down": hull(claims={"D(computed,teacher)": ["1e0", "0e0"]}),
    "a gap below 0": hull(claims={"gap": ["-1e0", "1e0"]}),
    "no claims": hull(claims={}),
    "an Arabic digit in a decimal": hull(claims={"gap": ["0e0", "\u0661e0"]}),
    "a full-width digit in a weight": hull(student=["0x\uff11"]),
}


@pytest.mark.parametrize("name", DECEITS)
def test_deceits(name):
    """Neither checker is taken in."""
    content = canonical(DECEITS[name])
    assert verdict(content) in {"rejected", "refuted", "undecided"}
    assert second_verdict(content) in {"rejected", "refuted", "undecided"}


BYTES_OF = {
    "too many bytes": lambda: b" " * (BYTES + 1),
    "too many lists": lambda: b'{"a":[' + b"[]," * LISTS + b"[]]}\n",
    "too many texts": lambda: b'{"a":[' + b'"",' * LISTS + b'""]}\n',
    "integers of a million digits": lambda: b'{"a":[-' + b"9" * 10**6 + b"]}\n",
    "a key twice within claims": lambda: canonical(hull()).replace(
        b'"claims":{', b'"claims":{"gap":["0e0","1e0"],'
    ),
    "keys out of order within claims": lambda: canonical(
        hull(claims={"gap": ["0e0", "1e0"], "D(teacher,teacher)": ["0e0", "0e0"]})
    ).replace(
        b'"D(teacher,teacher)":["0e0","0e0"],"gap":["0e0","1e0"]',
        b'"gap":["0e0","1e0"],"D(teacher,teacher)":["0e0","0e0"]',
    ),
}


def test_work_is_counted_before_it_is_done():
    """Many bits, many entries and many terms are one product."""
    n, k = 9_000, 50
    long = hull(
        points=n,
        classes=k,
        point_weights=[1] * n,
        teacher=[[1] * k] * n,
        models=[[[1] * k] * n],
        student=[hex((1 << 2048) - 1)],
        claims={
            f"{function}({x},{y})": WIDE
            for function in ("D", "BH", "RISK")
            for x, y in (("teacher", "computed"), ("computed", "teacher"))
        },
    )
    with pytest.raises(ValueError, match="too much work"):
        check(canonical(long), ".")


@pytest.mark.parametrize("name", BYTES_OF)
def test_bytes_that_exhaust(name):
    """The bytes are rejected before they are understood."""
    with pytest.raises(ValueError, match=r"large|long|canonical"):
        check(BYTES_OF[name](), ".")


def test_the_smallest_files():
    """One point, one model, and a teacher's zero at a point of weight 0."""
    least = hull(theorem="SQUARED-HULL/1", unit=1, classes=1, teacher=[[2]], models=[[[-3]]])
    assert verdict(canonical(least | {"claims": {"D(computed,teacher)": ["25e0", "25e0"]}})) == (
        "verified"
    )
    unseen = hull(
        points=2,
        point_weights=[1, 0],
        teacher=[[1, 1], [1, 0]],
        models=[[[1, 2], [0, 3]], [[2, 1], [3, 0]]],
        student=["0x1", "0x1"],
    )
    for x in (least, unseen):
        assert verdict(canonical(x)) == second_verdict(canonical(x)) == "verified"


def test_a_term_said_often_is_evaluated_once(monkeypatch):
    """Repeated terms cost no more passes over the entries than the limit of work counts."""
    passes = []
    plain = verify.entries

    def counting(c, name):
        passes.append(name)
        return plain(c, name)

    monkeypatch.setattr(verify, "entries", counting)
    again = "+".join(["RISK(teacher,computed)"] * 7)
    claims = {f"{again}-D({x},teacher)": WIDE for x in ("teacher", "computed")}
    assert check(canonical(hull(claims=claims)), ".")[0] == "verified"
    assert len(passes) == 2 * len({"D(s,t)", "D(t,c)", "D(t,t)", "m of RISK(t,c)"})


def sidecar(folder, models):
    """Write models beside a certificate; return its fields."""
    numbers = [x for model in models for row in model for x in row]
    content = struct.pack(f"<{len(numbers)}q", *numbers)
    (folder / "m.int64").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    place = {"sidecar": "m.int64", "sha256": digest, "models": len(models)}
    return hull(models=place, student=["0x1", "0x1"])


def test_sidecars(tmp_path):
    """The integers of a sidecar are those of a file; other ones, and other names, are rejected."""
    models = [[[1, 2]], [[2, 1]]]
    fields = sidecar(tmp_path, models)
    inside = canonical(fields | {"models": models})
    balls = check(canonical(fields), tmp_path)
    assert balls[0] == "verified"
    assert balls[2]["gap"].overlaps(check(inside, tmp_path)[2]["gap"])
    assert second_verdict(canonical(fields), tmp_path) == "verified"
    for count in (1, 3):
        other = fields | {"models": fields["models"] | {"models": count}}
        other["student"] = ["0x1"] * count
        with pytest.raises(ValueError, match="size or SHA-256"):
            check(canonical(other), tmp_path)
    path = tmp_path / "m.int64"
    for content in (
        path.read_bytes()[:-8],
        path.read_bytes() + b"\0",
        b"\2" + path.read_bytes()[1:],
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="size or SHA-256"):
            check(canonical(fields), tmp_path)
    for bad in ([[[-1, 4]], [[2, 1]]], [[[1, 2]], [[2, 2]]], [[[0, 0]], [[0, 0]]]):
        with pytest.raises(ValueError, match=r"range|totals"):
            check(canonical(sidecar(tmp_path, bad)), tmp_path)


def test_a_sidecar_is_read_once(tmp_path, monkeypatch):
    """What was hashed is what is computed with: the file is opened a single time."""
    fields = canonical(sidecar(tmp_path, [[[1, 2]], [[2, 1]]]))
    opened = []
    path_type = type(tmp_path)
    plain = path_type.open

    def counting(self, *arguments, **options):
        opened.append(self.name)
        return plain(self, *arguments, **options)

    monkeypatch.setattr(path_type, "open", counting)
    assert check(fields, tmp_path)[0] == "verified"
    assert opened == ["m.int64"]


def test_texts_of_provenance_are_free():
    """Quotes, escapes and what looks like a table there do not matter."""
    told = {"a": '"\\\n\u00e9 "provenance":{} [[[[[', "b": -3}
    content = canonical(hull(provenance=told))
    assert verdict(content) == second_verdict(content) == "verified"
    assert verdict(content.replace(b"\\u00e9", b"\\u00E9")) == "rejected"
    assert json.loads(content)["provenance"] == told
