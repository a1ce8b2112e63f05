"""The second checker's arithmetic: gaps and quantities in mpmath.iv, and its verdict."""

import re
from fractions import Fraction

import mpmath

from tests.certify.second import (
    Reader,
    Rejected,
    greatest,
    hull_of,
    interval,
    least,
    precision,
    require,
)

iv = mpmath.iv
TERM = re.compile(r"([+-]?)(D|MCE|BH|RISK)\(([a-z0-9_]+),([a-z0-9_]+)\)")


class Undecidable(Exception):  # noqa: N818 - a verdict, not an error of ours
    """Intervals overlap where a comparison is needed."""


class Judge:
    """A file's gap and quantities as intervals."""

    def __init__(self, file):
        """Take a file that was read."""
        self.file = file
        self.points = [(i, p) for i, p in enumerate(file.p) if p]
        {"MONOTONE": self.monotone, "POLY": self.poly}.get(file.kind, self.hulls)()

    def gradient(self, c):
        """Return grad at rows of fractions, None where it is infinite and so not used."""
        file = self.file
        found = {}
        for i, _ in self.points:
            for q in range(file.k):
                a, g = c[i][q], file.g[i][q]
                if file.loss == "SQUARED":
                    found[i, q] = interval(2 * (a - g))
                elif file.right:
                    require(a or not g)
                    found[i, q] = -g / a if a else Fraction(0)
                else:
                    require(g or not a)
                    found[i, q] = iv.log(interval(a / g)) if a and g else None
        return found

    def against(self, slopes, v):
        """Return E <slopes, v>, exactly on the right; v vanishes where a slope is missing."""
        exact = self.file.right
        terms = (
            p * v[i][q] * slopes[i, q] if exact else interval(p * v[i][q]) * slopes[i, q]
            for i, p in self.points
            for q in range(self.file.k)
            if v[i][q] and slopes[i, q] is not None
        )
        return sum(terms, Fraction(0) if exact else iv.mpf(0))

    def hulls(self):
        """Set gap and rows: of the part whose divergence is certainly the least."""
        file = self.file
        z = [int(h, 16) for h in file.o["student"] if _hex(h)]
        require(len(z) == len(file.models))
        found = []
        for part in file.parts:
            c = file.mixture([a if j in part else 0 for j, a in enumerate(z)])
            slopes = self.gradient(c)
            missing = [e for e, s in slopes.items() if s is None]
            infinite = [e for e in missing if not file.g[e[0]][e[1]]]
            alive = [j for j in part if not any(file.models[j][i][q] for i, q in infinite)]
            require(alive)
            require(not any(file.models[j][i][q] for j in alive for i, q in missing))
            own = self.against(slopes, c)
            tilts = [self.against(slopes, file.models[j]) for j in alive]
            above = [own - t for t in tilts]
            gap = greatest([interval(x) if file.right else x for x in above])
            gap = gap if len(alive) > 1 else iv.mpf(0)
            self.computed, self.gap, self.tilts = c, gap, tilts
            file.names["computed"] = c
            objective = ("teacher", "student") if file.right else ("student", "teacher")
            found.append((self.divergence(*objective), c, gap, tilts))
        found.sort(key=lambda v: v[0].b)
        best = found[0]
        self.decided = all(best[0].b < other[0].a for other in found[1:])
        _, self.computed, self.gap, self.tilts = best
        file.names["computed"] = self.computed

    def poly(self):
        """Set gap and rows, by weak duality."""
        file = self.file
        self.decided = True
        self.computed = file.names["computed"] = file.member(file.o["student"])
        total = sum(int(v, 16) for v in file.o["student"][0])
        slopes = self.gradient(self.computed)
        require(all(s is not None or not file.g[e[0]][e[1]] for e, s in slopes.items()))
        lifted = [[iv.mpf(0)] * file.k for _ in range(file.n)]
        for i, p in self.points:
            for q in range(file.k):
                lifted[i][q] = -interval(p) * as_interval(slopes[i, q] or 0)
        gap = as_interval(self.against(slopes, self.computed))
        for row, h in zip(file.A, file.l, strict=True):
            multiplier = interval(Fraction(h, total))
            gap -= multiplier * row[0]
            for e, a in zip(row[1::2], row[2::2], strict=True):
                lifted[e // file.k][e % file.k] += multiplier * a
        for j in range(len(file.B[0])):
            column = [
                sum(
                    (interval(file.B[i][j]) * lifted[i][q] for i in range(file.n) if file.B[i][j]),
                    iv.mpf(0),
                )
                for q in range(file.k)
            ]
            gap += greatest(column)
        self.gap = gap

    def monotone(self):
        """Set gap and rows from the blocks."""
        file, start, rows, last = self.file, 0, [], None
        ends = file.o["student"]
        require(isinstance(ends, list) and ends and all(type(e) is int for e in ends))
        require(ends == sorted(set(ends)) and ends[0] >= 1 and ends[-1] == file.n)
        self.gap, self.decided = iv.mpf(0), True
        for end in ends:
            inside = range(start, end)
            require(sum(file.p[i] for i in inside) > 0)
            if not file.right:
                require(all(file.g[i][0] and file.g[i][1] for i in inside))
            scores = [
                interval(file.g[i][1])
                if file.right
                else iv.log(interval(file.g[i][1] / file.g[i][0]))
                for i in inside
            ]
            pairs = list(zip([interval(file.p[i]) for i in inside], scores, strict=True))
            mean = sum((p * u for p, u in pairs), iv.mpf(0)) / interval(
                sum(file.p[i] for i in inside)
            )
            self.decided &= last is None or mean.a > last.b
            last, prefix, worst = mean, iv.mpf(0), [iv.mpf(0)]
            constant = len({file.g[i][1] for i in inside}) == 1
            for p, u in [] if constant else pairs[:-1]:
                prefix += p * (mean - u)
                worst.append(prefix)
            if file.right and not constant:
                within = mean.a > 0 and mean.b < 1
                worst = [x / (mean * (1 - mean)) if within else iv.mpf([0, "inf"]) for x in worst]
            self.gap += greatest(worst)
            share = sum(file.p[i] for i in inside)
            exact = sum((file.p[i] * file.g[i][1] for i in inside), Fraction(0)) / share
            high = exact if file.right else 1 / (1 + iv.exp(-mean))
            rows += [[1 - high, high]] * len(inside)
            start = end
        self.computed = file.names["computed"] = rows

    def true_entry(self, i, q):
        """Return an interval around the true student's entry."""
        c, p = self.computed[i][q], interval(self.file.p[i])
        y = c if isinstance(c, iv.mpf(0).__class__) else interval(c)
        top = max(self.gap.b, 0)
        several = self.file.right and sum(g == 0 for g in self.file.g[i]) > 1
        if (top == 0 and not several) or (
            c == 0 and self.file.loss != "SQUARED" and not self.file.right
        ):
            return y
        gap = iv.mpf(top)
        if self.file.loss == "SQUARED":
            r = iv.sqrt(gap / (2 * p)).b
            return hull_of(y - r, y + r)
        if self.file.right:
            g = self.file.g[i][q]
            if not g:
                raise Undecidable
            if not top:
                return y
            d = (iv.sqrt(2 * iv.log(1 + gap)) / (p * interval(g))).b
            if d >= 1:
                raise Undecidable
            return hull_of(y / (1 + iv.mpf(d)), y / (1 - iv.mpf(d)))
        K = gap / (p * y * (1 - iv.exp(-1)))
        x = greatest([iv.sqrt(K), K]).b
        return hull_of(y * iv.exp(-iv.mpf(x)), y * iv.exp(iv.mpf(x)))

    def entry(self, name, i, q):
        """Return an entry of the rows that a name stands for."""
        if name == "student":
            return self.true_entry(i, q)
        x = self.file.names[name][i][q]
        return x if isinstance(x, iv.mpf(0).__class__) else interval(x)

    def zero(self, name, i, q):
        """Tell whether an entry is exactly 0; on the right no entry of a student of some gap is."""
        if name == "student" and self.file.right and self.gap.b > 0:
            return False
        rows = self.computed if name == "student" else self.file.names[name]
        return not isinstance(rows[i][q], iv.mpf(0).__class__) and rows[i][q] == 0

    def divergence(self, x, y):
        """Return D(x, y), through the gap where that is sharper."""
        file, top = self.file, iv.mpf(max(self.gap.b, 0))
        if (x, y) == ("student", "teacher") and not file.right:
            d = self.divergence("computed", "teacher")
            return hull_of(d - top, d)
        if (x, y) == ("teacher", "student") and file.right:
            d = self.divergence("teacher", "computed")
            return hull_of(d - iv.log(1 + top), d)
        affine = file.kind == "POLY" and not file.right and y == "student" and all(file.p)
        trivial = affine and all(len(row) == 3 and row[0] <= 0 < row[2] for row in file.A)
        if trivial and x in file.o.get("members", {}):
            return self.divergence(x, "teacher") - self.divergence("student", "teacher")
        total = iv.mpf(0)
        for i, p in self.points:
            for q in range(file.k):
                total += interval(p) * self._term(x, y, i, q)
        return total

    def _term(self, x, y, i, q):
        loss = self.file.loss
        if loss == "SQUARED":
            return (self.entry(x, i, q) - self.entry(y, i, q)) ** 2
        rest = self.entry(y, i, q) - self.entry(x, i, q) if loss == "GKL" else 0
        if self.zero(x, i, q):
            return rest
        if self.zero(y, i, q):
            raise Undecidable
        a = self.entry(x, i, q)
        return a * iv.log(a / self.entry(y, i, q)) + rest

    def calibration(self, x, y):
        """Return the calibration error of y by its own score."""
        require(y != "student" and self.file.kind != "MONOTONE" and x != "student")
        total = Fraction(0)
        for q in range(self.file.k):
            groups = {}
            for i, p in self.points:
                score = self.file.names[y][i][q]
                groups[score] = groups.get(score, 0) + p * (score - self.file.names[x][i][q])
            total += sum(map(abs, groups.values()))
        return interval(total)

    def quantity(self, name):
        """Return the interval of a quantity."""
        file = self.file
        left = not file.right and file.loss != "GKL"
        if name == "gap":
            return self.gap
        if name == "radius":
            require(left)
            return root(self.gap)
        if name in ("least_gain", "greatest_gain"):
            require(left and file.kind == "HULL" and file.loss == "KL")
            return (least if name == "least_gain" else greatest)(self.tilts)
        term = TERM.pattern
        require(re.fullmatch(rf"{term}((?=[+-]){term})*", name) is not None and len(name) <= 200)
        total = iv.mpf(0)
        for sign, function, x, y in TERM.findall(name):
            require({x, y} <= {*file.names, "student"})
            total += (-1 if sign == "-" else 1) * self._valued(function, x, y)
        return total

    def _valued(self, function, x, y):
        if function == "MCE":
            return self.calibration(x, y)
        d = self.divergence(x, y)
        if function == "D":
            return d
        require(self.file.loss == "KL")
        if function == "BH":
            return 2 * root(1 - iv.exp(-d))
        m = least(
            [
                self.entry(name, i, q)
                for name in (x, y)
                for i, _ in self.points
                for q in range(self.file.k)
            ]
        )
        if m.a <= 0:
            raise Undecidable
        return root(2 * (1 - m) / m * d)


def root(x):
    """Return the square root of what is not negative."""
    return iv.sqrt(iv.mpf([max(x.a, 0), max(x.b, 0)]))


def as_interval(x):
    """Return a fraction as an interval, and an interval as it is."""
    return interval(x) if isinstance(x, Fraction | int) else x


def _hex(x):
    require(isinstance(x, str) and len(x) <= 1026)
    require(re.fullmatch(r"0x[0-9a-f]+", x) is not None and hex(int(x, 16)) == x)
    return True


def second_verdict(raw, folder="."):
    """Return "verified", "refuted", "undecided" or "rejected"."""
    try:
        file = Reader(raw, folder)
        with precision(900):
            judge = Judge(file)
            verdicts = [_judged(judge, name, ends) for name, ends in file.claims.items()]
    except Rejected:
        return "rejected"
    for verdict in ("refuted", "undecided"):
        if verdict in verdicts:
            return verdict
    return "verified"


def _judged(judge, name, ends):
    bound = name in ("gap", "radius")
    require(not bound or ends[0] == 0)
    try:
        value = judge.quantity(name)
    except (Undecidable, ZeroDivisionError, mpmath.libmp.ComplexResult):
        return "undecided"
    low, high = (interval(end) for end in ends)
    if value.a > high.b or (value.b < low.a and not bound):
        return "refuted"
    if judge.decided and value.b <= high.a and (bound or value.a >= low.b):
        return "verified"
    return "undecided"
