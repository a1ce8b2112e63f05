"""Thirty-nine ways to tamper with a certificate: what the checker says of each."""

import pytest

from tests.certify.files import originals, rewritten, verdict
from tests.certify.second_verdict import second_verdict

REJECTED, WRONG, VERIFIED = {"rejected"}, {"refuted", "undecided"}, {"verified"}


def original():
    """Return the left hull's certificate."""
    return next(iter(originals().values()))


BYTES = {
    "nothing": (lambda raw: raw, VERIFIED),
    "a space": (lambda raw: raw.replace(b',"', b', "', 1), REJECTED),
    "no newline": (lambda raw: raw[:-1], REJECTED),
    "a byte order mark": (lambda raw: b"\xef\xbb\xbf" + raw, REJECTED),
    "bytes after the end": (lambda raw: raw + b"x", REJECTED),
    "half a file": (lambda raw: raw[: len(raw) // 2], REJECTED),
    "a key twice": (lambda raw: raw.replace(b'{"claims"', b'{"classes":3,"claims"', 1), REJECTED),
    "a float": (lambda raw: raw.replace(b'"classes":3', b'"classes":3.0'), REJECTED),
    "NaN": (lambda raw: raw.replace(b'"classes":3', b'"classes":NaN'), REJECTED),
    "infinity by exponent": (lambda raw: raw.replace(b'"classes":3', b'"classes":1e999'), REJECTED),
    "a long integer": (
        lambda raw: raw.replace(b'"classes":3', b'"classes":' + b"9" * 10**6),
        REJECTED,
    ),
    "minus zero": (lambda raw: raw.replace(b'"classes":3', b'"classes":-0'), REJECTED),
    "hexadecimal with a zero before": (lambda raw: raw.replace(b'"0x1"', b'"0x01"', 1), REJECTED),
    "an Arabic digit": (lambda raw: raw.replace(b'"0x1"', '"0x١"'.encode(), 1), REJECTED),
    "deep lists": (lambda _: b"[" * 100_000, REJECTED),
    "deep dictionaries": (lambda _: b'{"a":' * 100_000, REJECTED),
    "deep mixtures": (lambda _: b'{"a":[' * 100_000, REJECTED),
    "nothing at all": (lambda _: b"", REJECTED),
    "null": (lambda _: b"null\n", REJECTED),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name):
    """Bytes that are not json.dumps' own are rejected."""
    change, allowed = BYTES[name]
    content = change(original().content)
    assert verdict(content) in allowed
    assert second_verdict(content) in allowed


def put(*path_and_value):
    """Return a change that sets the entry at a path."""
    *path, last, value = path_and_value

    def change(fields):
        for key in path:
            fields = fields[key]
        fields[last] = value(fields[last]) if callable(value) else value

    return change


def zeros(fields):
    """Two models that vanish together, and a teacher that does not."""
    fields |= {
        "models": [[[0, 1, 1]] * 6, [[0, 1, 1]] * 6],
        "teacher": [[1, 1, 1]] * 6,
        "student": ["0x1", "0x0"],
        "claims": {"gap": ["0e0", "1e0"]},
    }
    fields.pop("truths")
    fields.pop("members")


def uncovered(fields):
    """The student vanishes where the second model does not, which the teacher allows."""
    zeros(fields)
    fields["models"][1] = [[1, 1, 0]] * 6


def dead(fields):
    """The second model has mass where the teacher has none; the student leaves it alone."""
    uncovered(fields)
    fields["teacher"] = [[0, 1, 1]] * 6


def used(fields):
    """The student uses a model of infinite divergence."""
    dead(fields)
    fields["student"] = ["0x1", "0x1"]


def relabelled(fields):
    """Models, weights and mixtures in the opposite order: another file, as true."""
    for x in (fields["models"], fields["student"], fields["members"]["mix"]):
        x.reverse()


FIELDS = {
    "a key of one's own": (put("evil", 1), REJECTED),
    "another theorem": (put("theorem", "X"), REJECTED),
    "true for an integer": (lambda fields: fields.update(classes=True), REJECTED),
    "more points than rows": (put("points", 10**9), REJECTED),
    "a teacher's entry": (put("teacher", 0, 0, lambda x: x + 10), WRONG),
    "a model's entry": (put("models", 1, 3, 0, lambda x: x + 1), REJECTED),
    "a negative entry": (put("models", 1, 3, 0, -1), REJECTED),
    "a weight of many bits": (put("student", 0, "0x" + "f" * 3000), REJECTED),
    "a weight nudged": (put("student", 0, lambda x: hex(int(x, 16) + (1 << 160))), WRONG),
    "a weight's last bit": (put("student", 0, lambda x: hex(int(x, 16) + 1)), WRONG | VERIFIED),
    "a smaller gap": (put("claims", "gap", 1, "1e-99"), WRONG),
    "an exponent bomb": (put("claims", "gap", 1, "1e-9999"), REJECTED),
    "a larger exponent bomb": (put("claims", "gap", 1, "1e999999999"), REJECTED),
    "an error elsewhere": (put("claims", "D(mix,student)", ["1e-9", "2e-9"]), WRONG),
    "a claim of nobody": (put("claims", "D(nobody,student)", ["0e0", "1e0"]), REJECTED),
    "an empty row": (put("teacher", 0, [0, 0, 0]), REJECTED),
    "provenance": (put("provenance", "solver", "another"), VERIFIED),
    "another order": (relabelled, VERIFIED),
    "zeros that all share": (zeros, VERIFIED),
    "zeros of the student alone": (uncovered, REJECTED),
    "a model at infinity": (dead, VERIFIED),
    "a model at infinity in use": (used, REJECTED),
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    """A change of the fields is rejected, or undone by the numbers, unless it stays true."""
    change, allowed = FIELDS[name]
    content = rewritten(original(), change)
    assert verdict(content) in allowed
    assert second_verdict(content) in allowed


def test_provenance_is_outside_the_id():
    """A certificate says the same whoever made it."""
    from kl_regression.verify import parse

    content = rewritten(original(), put("provenance", "solver", "another"))
    assert parse(content)[1] == original().id
    assert parse(rewritten(original(), put("teacher", 0, 0, lambda x: x + 1)))[1] != original().id


def test_every_theorem_verifies_in_both():
    """A certificate of each theorem passes both checkers."""
    for name, certificate in originals().items():
        assert verdict(certificate.content) == "verified", name
        assert second_verdict(certificate.content) == "verified", name
