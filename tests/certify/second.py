"""A second checker of certificates: other code, other arithmetic (fractions and mpmath.iv).

It follows the format in the docstring of kl_regression/verify.py and shares nothing with it.
"""

import contextlib
import hashlib
import json
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np

KINDS = ("HULL", "UNION", "POLY", "MONOTONE")
LIMIT = 2**53


class Rejected(Exception):  # noqa: N818 - a verdict, not an error of ours
    """The file breaks the format."""


class Undecided(Exception):  # noqa: N818 - a verdict, not an error of ours
    """Intervals overlap where a comparison is needed."""


def require(condition):
    """Reject the file unless the condition holds."""
    if not condition:
        raise Rejected


@contextlib.contextmanager
def precision(bits):
    """Work with intervals of so many bits."""
    before = mpmath.iv.prec
    mpmath.iv.prec = bits
    try:
        yield mpmath.iv
    finally:
        mpmath.iv.prec = before


def interval(x):
    """Return a fraction as an interval."""
    x = Fraction(x)
    return mpmath.iv.mpf(x.numerator) / mpmath.iv.mpf(x.denominator)


def hull_of(low, high):
    """Return the interval from the lower end of one to the upper end of another."""
    return mpmath.iv.mpf([mpmath.iv.mpf(low).a, mpmath.iv.mpf(high).b])


def greatest(values):
    """Return an interval of the maximum."""
    values = [mpmath.iv.mpf(v) for v in values]
    return mpmath.iv.mpf([max(v.a for v in values), max(v.b for v in values)])


def least(values):
    """Return an interval of the minimum."""
    return -greatest([-v for v in values])


def whole(x, low=0):
    """Return an integer in range."""
    require(isinstance(x, int) and not isinstance(x, bool) and low <= x <= LIMIT)
    return x


def hexadecimal(x):
    """Return a canonical nonnegative hexadecimal integer."""
    require(isinstance(x, str) and len(x) <= 1026)
    require(re.fullmatch(r"0x[0-9a-f]+", x) is not None and hex(int(x, 16)) == x)
    return int(x, 16)


def nested(x, *shape):
    """Return nested lists of a shape, checked; None is any length."""
    require(isinstance(x, list) and shape[0] in (None, len(x)))
    if len(shape) > 1:
        for part in x:
            nested(part, *shape[1:])
    return x


class Reader:
    """A file's fields as fractions."""

    def __init__(self, raw, folder):
        """Read a file's bytes, or raise Rejected."""
        try:
            self.o = o = json.loads(raw.decode("ascii"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
            raise Rejected from error
        require(isinstance(o, dict))
        try:
            text = json.dumps(o, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"
        except (ValueError, RecursionError) as error:
            raise Rejected from error
        require(text.encode() == raw and o.get("schema") == "kl-regression/certificate/1")
        self.loss, self.kind, self.right = self._theorem(o.get("theorem"))
        self._keys()
        self.n, self.k = whole(o["points"], 1), whole(o["classes"], 1)
        self.unit = whole(o.get("unit", 1), 1)
        require(self.loss != "KL" or self.k > 1)
        require(self.kind != "MONOTONE" or self.k == 2)
        p = [whole(w) for w in nested(o["point_weights"], self.n)]
        require(sum(p) > 0)
        self.p = [Fraction(w, sum(p)) for w in p]
        self.g = self.table(o["teacher"])
        self.names = {"teacher": self.g}
        self._class(Path(folder))
        self._named()

    def _theorem(self, name):
        found = re.fullmatch(r"(KL|GKL|SQUARED)-([A-Z]+?)(-RIGHT)?/1", str(name))
        require(found is not None and found[2] in KINDS)
        require(found[1] == "KL" or (found[2] == "HULL" and not found[3]))
        return found[1], found[2], bool(found[3])

    def _keys(self):
        own = {
            "HULL": {"models"},
            "UNION": {"models", "parts"},
            "POLY": {"constraints", "multipliers"},
            "MONOTONE": set(),
        }[self.kind]
        own |= {"unit"} if self.loss != "KL" else set()
        own |= {
            "schema",
            "theorem",
            "points",
            "classes",
            "point_weights",
            "teacher",
            "student",
            "claims",
        }
        free = {"truths", "members", "provenance"}
        free |= {"features"} if self.kind == "POLY" else set()
        require(own <= set(self.o) <= own | free)

    def table(self, x):
        """Return n rows of k fractions."""
        nested(x, self.n, self.k)
        low = -LIMIT if self.loss == "SQUARED" else 0
        totals = [self.unit if self.loss != "KL" else sum(whole(v, low) for v in row) for row in x]
        require(min(totals) > 0)
        return [
            [Fraction(whole(v, low), total) for v in row]
            for row, total in zip(x, totals, strict=True)
        ]

    def _models(self, folder):
        x = self.o["models"]
        if isinstance(x, dict):
            require(set(x) == {"sidecar", "sha256", "models"})
            require(isinstance(x["sidecar"], str) and len(x["sidecar"]) <= 100)
            require(re.fullmatch(r"[A-Za-z0-9_][\w.-]*", x["sidecar"], re.ASCII) is not None)
            path = folder / x["sidecar"]
            require(path.is_file())
            data = path.read_bytes()
            require(hashlib.sha256(data).hexdigest() == x["sha256"])
            require(len(data) == 8 * whole(x["models"], 1) * self.n * self.k)
            x = np.frombuffer(data, "<i8").reshape(x["models"], self.n, self.k).tolist()
        require(isinstance(x, list) and x)
        if self.loss == "KL":
            for model in x:
                nested(model, self.n, self.k)
            require(len({sum(whole(v) for v in row) for model in x for row in model}) == 1)
        return [self.table(model) for model in x]

    def _class(self, folder):
        o = self.o
        if self.kind in ("HULL", "UNION"):
            self.models = self._models(folder)
            sizes = [whole(s, 1) for s in nested(o.get("parts", [len(self.models)]), None)]
            require(sum(sizes) == len(self.models))
            ends = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
            self.parts = [range(a, b) for a, b in pairwise(ends)]
        if self.kind == "POLY":
            identity = [[int(i == j) for j in range(self.n)] for i in range(self.n)]
            B = o.get("features", identity)
            nested(B, self.n, None)
            require(len({len(row) for row in B}) == 1)
            totals = {sum(whole(v, -LIMIT) for v in row) for row in B}
            require(len(totals) == 1 and max(totals) > 0 and len(B[0]) <= self.n)
            scale = max(totals)
            for j in range(len(B[0])):
                require([scale * (i == j) for i in range(len(B[0]))] in B)
            self.B = [[Fraction(v, scale) for v in row] for row in B]
            self.A = [
                [whole(v, -LIMIT) for v in nested(row, None)]
                for row in nested(o["constraints"], None)
            ]
            require(all(len(row) % 2 for row in self.A))
            require(all(0 <= e < self.n * self.k for row in self.A for e in row[1::2]))
            self.l = [hexadecimal(x) for x in nested(o["multipliers"], len(self.A))]

    def member(self, x):
        """Return the rows of a member at its coordinates."""
        if self.kind in ("HULL", "UNION"):
            z = [hexadecimal(v) for v in nested(x, len(self.models))]
            require([any(z[j] for j in part) for part in self.parts].count(True) == 1)
            return self.mixture(z)
        require(self.kind == "POLY")
        nested(x, len(self.B[0]), self.k)
        z = [[hexadecimal(v) for v in row] for row in x]
        totals = {sum(row) for row in z}
        require(len(totals) == 1 and max(totals) > 0)
        z = [[Fraction(v, max(totals)) for v in row] for row in z]
        f = [
            [sum(b * row[q] for b, row in zip(B, z, strict=True)) for q in range(self.k)]
            for B in self.B
        ]
        require(all(v >= 0 for row in f for v in row))
        flat = [v for row in f for v in row]
        for row in self.A:
            pairs = zip(row[1::2], row[2::2], strict=True)
            require(sum(a * flat[e] for e, a in pairs) >= row[0])
        return f

    def mixture(self, z):
        """Return the mixture of models with these weights."""
        total = sum(z)
        require(total > 0)
        return [
            [
                sum(a * v[i][q] for a, v in zip(z, self.models, strict=True)) / total
                for q in range(self.k)
            ]
            for i in range(self.n)
        ]

    def _named(self):
        o = self.o
        for field in ("truths", "members", "claims", "provenance"):
            x = o.get(field, {})
            require(isinstance(x, dict) and len(x) <= 64)
        for name, x in o.get("truths", {}).items():
            self._name(name)
            self.names[name] = self.table(x)
        for name, x in o.get("members", {}).items():
            self._name(name)
            require(name not in self.names)
            self.names[name] = self.member(x)
        require(all(type(v) in (str, int) for v in o.get("provenance", {}).values()))
        require(o["claims"])
        self.claims = {}
        for name, x in o["claims"].items():
            ends = []
            for end in nested(x, 2):
                require(isinstance(end, str) and re.fullmatch(r"-?\d{1,1000}e-?\d{1,4}", end))
                mantissa, power = end.split("e")
                require(
                    str(int(mantissa)).zfill(1) == mantissa.replace("-0", "-0") or mantissa == "-0"
                )
                require(
                    abs(int(power)) < 2000 and len(power.lstrip("-")) == len(str(abs(int(power))))
                )
                ends.append(Fraction(int(mantissa)) * Fraction(10) ** int(power))
            require(ends[0] <= ends[1])
            self.claims[name] = ends

    def _name(self, name):
        require(len(name) <= 200 and re.fullmatch(r"[a-z][a-z0-9_]*", name) is not None)
        require(name not in ("teacher", "student", "computed"))
