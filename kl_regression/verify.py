"""Check certificates of weak-to-strong instances: python verify.py [--json] FILE...

One file, the standard library and python-flint: no solver and no floating point, only integers and
balls. Exit 0: all verified; 1: some claim refuted or undecided; 2: some file rejected.

DATA. p_i are the weights of n points, over their sum; E is the average over points. A row of k
integers means itself over its sum; in SQUARED and GKL files over ``unit``. g is the teacher, V the
class of students, s the TRUE student, c the COMPUTED one: a member of V, from whatever program.
D(a, b) = E Σ a log(a/b) - a + b with 0 log 0 = 0, +inf where b = 0 < a; SQUARED: E Σ (a - b)^2.

    schema "kl-regression/certificate/1", theorem (below), points n, classes k, [unit],
    point_weights [n integers], teacher [n rows of k], student (below),
    truths {name: n rows of k integers, or hexadecimals as for the student: a member of V},
    claims {quantity: [lower, upper]} in decimals like "-12e-40", provenance {name: text or integer}
HULL, mixtures of models, all rows of one total: models [m tables of n rows of k], student [m hex:
    weights over their sum]. Instead of models, {"sidecar": file, "sha256": hex, "models": m}: the
    integers as little-endian int64; at each point, at each class, those of all models.
UNION, of hulls, not convex: parts [how many models each has]; every part has its own weights.
POLY, f >= 0 with rows of sum 1, A f >= b, and f = B z where features [n rows of d] are given (each
    row of B over the common total; d of its rows are the unit vectors): constraints [[b, e, a, e, a
    ...]: Σ a f_e >= b, e = i k + class], multipliers [a hex each, over the student's row total],
    student [[hex]]: n rows, of z d rows, of one total. A linear head is of this kind.
MONOTONE, two classes, f_i1 nondecreasing in i: student [ends of the blocks it is constant on].

Keys are sorted, nothing is spaced, a newline ends the file: its bytes are what json.dumps writes.
Its id is klc1- and the SHA-256 of these bytes without the provenance, which nobody checks.

GAP = max over v in V of <grad, c - v>, grad of D(., g) at c, on -RIGHT of D(g, .) at c. On a hull
the maximum is at a model. On POLY, for any multipliers l >= 0 (neumaier:04),
    <-grad, v> <= <A'l - grad, v> - l.b <= Σ_rows max_c (B'(A'l - grad)) - l.b.
On MONOTONE the student is known: the block's mean (RIGHT), its mean logit (left); grad sums to 0 on
each block, and the gap is what its sums over the first points of blocks lack to being >= 0, if any.
THEOREMS. V convex; s = argmin of D(., g), on -RIGHT of D(g, .); t = log(c/s).
(1) Left: for EVERY f in V D(f,c) + D(c,g) <= D(f,g) + gap, as D(f,c) + D(c,g) - D(f,g) = <grad,
    c - f>; and D(f,s) + D(s,g) <= D(f,g), whose f = c with the former's f = s sums up to
(2) J = D(c,s) + D(s,c) = E Σ (c - s) t <= gap. Also D(c,g) - gap <= D(s,g) <= D(c,g).
    KL: (E Σ |c - s|)^2 <= J by Pinsker, radius = sqrt(gap). SQUARED: J = 2 E Σ (c - s)^2.
(3) Each term of J is >= 0, so c t (1 - e^-t) <= gap / p_i, and |t| <= max(sqrt K, K), K = gap /
    (a p_i c), a = 1 - 1/e, since u (1 - e^-u) >= a min(u, u^2) for u = |t|. So s is in c e^±|t|.
(4) Left, KL, A f >= b only f >= 0: D(f,s) = D(f,g) - D(s,g) for f in V, since s is interior to V.
(5) Right: E Σ g f/s <= 1 for f in V. With h = log(1 + gap): D(g,c) - D(g,s) = E Σ g log(s/c) <= h;
    D(f,c) <= D(f,g) + h for EVERY f in V; g and g c/s, of mass <= 1, are sqrt(2h) apart (Pinsker):
    |1 - c/s| <= d = sqrt(2h) / (p_i g), s is in c / (1 ± d).
(6) A union's student is that of the part whose D is below all others', for sure; V is that part.

QUANTITIES: gap and radius (bounds: lower end 0); least_gain, greatest_gain: min and max over models
of E Σ v log(c/g), between which D(f,g) - D(f,c) lies for EVERY f in the hull; and signed sums of
    D(x,y), x and y among teacher, student (the TRUE one), computed, and names of truths;
    MCE(x,y) = Σ_c E |E[y_c - x_c | y_c]|: calibration error of y, x true, by the own score of y;
    BH(x,y) = 2 sqrt(1 - e^-D(x,y)) >= E Σ |x - y| (Bretagnolle and Huber, Jensen);
    RISK(x,y) = sqrt(2 (1-m)/m D(x,y)) >= |D(f,x) - D(f,y)| for EVERY f, m the least of x and y.
"""

import hashlib
import json
import re
import struct
import sys
from functools import reduce
from itertools import accumulate, chain, pairwise
from pathlib import Path
from types import SimpleNamespace

from flint import arb, arb_mat, ctx, fmpq, fmpz_mat

BYTES, ENTRIES, WORK, INTEGER, BITS, NAMES = 1 << 26, 2 * 10**7, 10**9, 1 << 53, 4096, 64
THEOREM = re.compile(r"(KL|GKL|SQUARED)-(HULL)/1|(KL)-(HULL|UNION|POLY|MONOTONE)(-RIGHT)?/1")
TERM = re.compile(r"([+-]?)(D|MCE|BH|RISK)\(([a-z0-9_]+),([a-z0-9_]+)\)")
CLAIM = re.compile(rf"gap|radius|least_gain|greatest_gain|({TERM.pattern})+")
TRUTH = re.compile(r"(?!(teacher|student|computed)$)[a-z][a-z0-9_]*")
KEYS = "schema theorem points classes point_weights teacher student claims".split()


class RejectedError(Exception):
    """The file does not follow the format, or breaks a limit."""


def need(condition, why):
    """Reject the file unless the condition holds."""
    if not condition:
        raise RejectedError(why)


def parse(raw):
    """Return the file's dictionary and its id: canonical JSON within the limits, or nothing."""
    need(len(raw) <= BYTES, "the file is too large")
    need(not re.search(rb"[\[,:]-?[0-9]{18}", raw) and b"[[[[" not in raw, "too long or too deep")
    try:
        o = json.loads(raw.decode("ascii"))
        need(type(o) is dict, "not an object")
        text = [
            json.dumps({k: o[k]}, sort_keys=True, separators=(",", ":"))[1:-1] for k in sorted(o)
        ]
    except (ValueError, RecursionError) as error:
        raise RejectedError(f"not JSON: {type(error).__name__}") from None
    need(raw == ("{" + ",".join(text) + "}\n").encode(), "not canonical")
    core = ",".join(t for t in text if not t.startswith('"provenance":'))
    return o, "klc1-" + hashlib.sha256(("{" + core + "}\n").encode()).hexdigest()


def flat(x, *shape):
    """Return the entries of lists nested in a shape, end to end; None is any length."""
    need(type(x) is list and shape[0] in (None, len(x)), "a list is missing or of wrong length")
    return x if len(shape) == 1 else list(chain.from_iterable(flat(y, *shape[1:]) for y in x))


def integers(x, *shape, low=0):
    """Return integers in [low, 2^53], end to end."""
    found = flat(x, *shape)
    need(set(map(type, found)) <= {int}, "not an integer")
    need(not found or low <= min(found) <= max(found) <= INTEGER, "an integer out of range")
    return found


def hexes(x, *shape):
    """Return nonnegative integers written in hexadecimal, end to end."""
    found = flat(x, *shape)
    need(all(type(h) is str and len(h) <= BITS // 4 + 2 for h in found), "a long hexadecimal")
    need(all(re.fullmatch("0x(0|[1-9a-f][0-9a-f]*)", h) for h in found), "no hexadecimal")
    return [int(h, 16) for h in found]


def interval(x):
    """Return the two ends of a claim as rationals."""
    need(len(flat(x, 2)) == 2 and {type(d) for d in x} == {str}, "a claim is no pair of decimals")
    found = [re.fullmatch(r"(-?(?:[1-9][0-9]{0,999}|0))e(-?[1-9][0-9]{0,3}|0)", d) for d in x]
    need(
        all(found) and max(abs(int(d[2])) for d in found) <= 2000, "a claim is no pair of decimals"
    )
    low, high = (int(d[1]) * fmpq(10) ** int(d[2]) for d in found)
    need(low <= high, "an empty claim")
    return low, high


def rows(x, c, count):
    """Return rows of k integers, end to end, and what each is to be divided by."""
    found = integers(x, count, c.k, low=-INTEGER if c.loss == "SQUARED" else 0)
    totals = list(map(sum, zip(*[iter(found)] * c.k))) if c.loss == "KL" else [c.unit] * count
    need(min(totals) > 0, "a row is empty")
    return found, totals


def blocks(x, c, folder):
    """Yield the models' integers point by point, at each class those of all models, in blocks."""
    side = x if type(x) is dict else {}
    c.d = side.get("models") if side else len(flat(x, None))
    need(integers([c.n, c.k, c.d], 3, low=1) and c.n * c.k * c.d <= ENTRIES, "too many entries")
    step, size, digest = 1 + 10**5 // (c.d * c.k), c.d * c.k, hashlib.sha256()
    if not side:
        flat(x, c.d, c.n)
        for i in range(0, c.n, step):
            yield list(chain(*zip(*(flat(v[i : i + step], None, c.k) for v in x), strict=True)))
        return
    need(set(side) == {"sidecar", "sha256", "models"}, "a sidecar has other keys")
    need(
        re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", str(side["sidecar"])), "a sidecar's name"
    )
    path = folder / side["sidecar"]
    need(path.is_file() and path.stat().st_size == 8 * c.n * size, "a sidecar of another size")
    with path.open("rb") as stream:
        while raw := stream.read(8 * step * size):
            digest.update(raw)
            yield list(struct.unpack(f"<{len(raw) // 8}q", raw))
    need(digest.hexdigest() == side["sha256"], "the sidecar has another SHA-256")


def read_models(x, c, folder):
    """Set c.B: the models in blocks, a row an entry, a column a model; all rows have total c.S."""
    c.S, c.B, size = 0 if c.loss == "KL" else c.unit, [], 0
    for found in blocks(x, c, folder):
        integers(found, None, low=-INTEGER if c.loss == "SQUARED" else 0)
        if c.loss == "KL":
            size, starts = c.d * c.k, range(0, len(found), c.d * c.k)
            totals = {sum(found[e + j : e + size : c.d]) for e in starts for j in range(c.d)}
            c.S = c.S or max(totals)
            need(totals == {c.S} and c.S, "rows of models are empty or differ in their totals")
        c.B.append(fmpz_mat(len(found) // c.d, c.d, found))


def read(o, folder):
    """Return the fields as integers, checked before any real arithmetic."""
    need(o.get("schema") == "kl-regression/certificate/1", "not a certificate of this schema")
    found = THEOREM.fullmatch(str(o.get("theorem")))
    need(found, "an unknown theorem")
    kind, loss = found[2] or found[4], found[1] or found[3]
    c = SimpleNamespace(kind=kind, loss=loss, known={}, right=bool(found[5]), B=[], S=1, A=[], T=[])
    keys = {
        "HULL": ["models"],
        "UNION": ["models", "parts"],
        "POLY": ["constraints", "multipliers"],
    }
    keys = {*KEYS, *keys.get(kind, []), *(["unit"] if loss != "KL" else [])}
    free = {"truths", "members", "provenance"} | ({"features"} if kind == "POLY" else set())
    need(keys <= set(o) <= keys | free, "wrong keys")
    c.n, c.k, c.unit = integers([o["points"], o["classes"], o.get("unit", 1)], 3, low=1)
    need(c.k == 2 if kind == "MONOTONE" else c.k > 1 or loss != "KL", "a wrong number of classes")
    c.p, c.rows, c.d = (
        integers(o["point_weights"], c.n),
        {"teacher": rows(o["teacher"], c, c.n)},
        c.n,
    )
    c.P = sum(c.p)
    need(c.P > 0, "no point has weight")
    if "models" in keys:
        read_models(o["models"], c, folder)
        sizes = integers(o.get("parts", [c.d]), None, low=1)
        need(sum(sizes) == c.d, "the parts are not the models")
        c.parts = list(pairwise(accumulate(sizes, initial=0)))
    if "features" in o:
        read_features(o["features"], c)
    if kind == "POLY":
        c.A = [integers(x, None, low=-INTEGER) for x in flat(o["constraints"], None)]
        c.l = hexes(o["multipliers"], len(c.A))
        need(
            all(len(x) % 2 and all(0 <= e < c.n * c.k for e in x[1::2]) for x in c.A), "constraints"
        )
    if kind == "MONOTONE":
        c.ends = integers(o["student"], None, low=1)
        need(c.ends and c.ends[-1] == c.n and sorted(set(c.ends)) == c.ends, "wrong ends of blocks")
    elif kind == "POLY":
        c.z, *c.rows["computed"] = member(o["student"], c)
    else:
        c.z = hexes(o["student"], c.d)
    for name, x in names(o.get("truths", {}), TRUTH).items():
        c.rows[name] = rows(x, c, c.n)
    for name, x in names(o.get("members", {}), TRUTH).items():
        _, *c.rows[name] = member(x, c)
    trivial = kind == "POLY" and all(len(x) == 3 and x[0] <= 0 < x[2] for x in c.A)
    c.affine = o.get("members", {}) if trivial and not c.right else {}
    c.claims = {name: interval(x) for name, x in names(o["claims"], CLAIM).items()}
    need(c.claims, "nothing is claimed")
    provenance = names(o.get("provenance", {}), ".*").values()
    need({str, int} >= set(map(type, provenance)), "provenance is text and integers")
    return c


def names(x, pattern):
    """Return a dictionary of few keys that match the pattern."""
    need(type(x) is dict and len(x) <= NAMES, "no dictionary, or a long one")
    need(all(len(name) <= 200 and re.fullmatch(pattern, name) for name in x), "a wrong name")
    return x


def member(x, c):
    """Return a member's coordinates, the numerators of its rows, and what they are divided by."""
    if c.kind != "POLY":
        z = hexes(x, c.d)
        need([any(z[a:b]) for a, b in c.parts].count(True) == 1, "no member of one part")
        return z, times(c, fmpz_mat(c.d, 1, z)), [sum(z) * c.S] * c.n
    z = hexes(x, c.d, c.k)
    total = sum(z[: c.k])
    need(total and {total} == set(map(sum, zip(*[iter(z)] * c.k))), "rows of other totals")
    f = times(c, fmpz_mat(c.d, c.k, z))
    need(min(f) >= 0, "a member is negative")
    held = (sum(a * f[e] for e, a in zip(x[1::2], x[2::2])) >= x[0] * total * c.S for x in c.A)
    need(all(held), "a member breaks a constraint")
    return z, f, [total * c.S] * c.n


def times(c, z):
    """Return B z, end to end."""
    return [x for B in c.B for x in (B * z).entries()] if c.B else z.entries()


def against(c, slopes, width):
    """Return B' slopes, end to end: what a unit of each coordinate adds to <slopes, f>."""
    total, start = arb_mat(c.d, width), 0
    for B in c.B:
        end = start + B.nrows() * width
        total += arb_mat(B.transpose()) * arb_mat(B.nrows(), width, slopes[start:end])
        start = end
    return total.entries() if c.B else slopes


def gradient(c):
    """Return p grad at the computed student, and the entries where it or the teacher is 0."""
    found, holes, (x, totals), (g, units) = [], [], c.rows["computed"], c.rows["teacher"]
    for e, (a, b) in enumerate(zip(x, g, strict=True)):
        p, total, unit = c.p[e // c.k], totals[e // c.k], units[e // c.k]
        if c.loss == "SQUARED":
            found.append(arb(2 * p * (a * unit - b * total)))
        elif not (p and a and b):
            need(not p or not (b if c.right else a), "the student's divergence is infinite")
            holes += [e] * (p > 0 and not c.right)
            found.append(arb(0))
        else:
            ratio = arb(a * unit) / (b * total)
            found.append(-p / ratio if c.right else p * ratio.log())
    return found, holes


def hull(c):
    """Set the computed student, its gap and T: on a union of that part whose D is the least."""
    found, g, high = [], c.rows["teacher"][0], c.B[0].nrows()
    for start, end in c.parts:
        part = range(start, end)
        z = [a * (j in part) for j, a in enumerate(c.z)]
        total = sum(z) * c.S
        need(total, "a part has no weight")
        c.rows["computed"] = times(c, fmpz_mat(c.d, 1, z)), [total] * c.n
        slopes, holes = gradient(c)
        reach = {e: {j for j in part if c.B[e // high][e % high, j]} for e in holes}
        dead = set().union(*(reach[e] for e in holes if not g[e]))
        need(all(reach[e] <= dead for e in holes), "the student is 0 where a model is not")
        T, live = against(c, slopes, 1), [j for j in part if j not in dead]
        need(live, "every model's divergence is infinite")
        c.known, unit = {}, c.S * c.P * (total * c.unit if c.loss == "SQUARED" else 1)
        mean = sum((z[j] * T[j] for j in live), arb(0))
        gap = reduce(arb.max, [mean - sum(z) * T[j] for j in live]) / (sum(z) * unit)
        c.gap, c.T = gap if len(live) > 1 else arb(0), [T[j] / unit for j in live]
        least = D(c, *(("teacher", "student") if c.right else ("student", "teacher")))
        found.append((least, c.rows["computed"], c.gap, c.T))
    least, c.rows["computed"], c.gap, c.T = min(found, key=lambda v: float(v[0].upper()))
    if sum(not least < other[0] for other in found) > 1:
        c.gap = arb("inf")


def poly(c):
    """Set the gap by weak duality."""
    slopes, holes = gradient(c)
    (x, totals), lifted, paid = c.rows["computed"], [-s / c.P for s in slopes], arb(0)
    need(
        all(not c.rows["teacher"][0][e] for e in holes), "the student is 0 where the teacher is not"
    )
    own = sum((s * y for s, y in zip(lifted, x, strict=True)), arb(0)) / totals[0]
    for row, l in zip(c.A, c.l, strict=True):
        multiplier = arb(l) / (totals[0] // c.S)
        paid += multiplier * row[0]
        for e, a in zip(row[1::2], row[2::2], strict=True):
            lifted[e] += multiplier * a
    w = against(c, lifted, c.k)
    best = sum((reduce(arb.max, w[r : r + c.k]) for r in range(0, len(w), c.k)), arb(0))
    c.gap = best / c.S - paid - own


def monotone(c):
    """Set the student, constant on the blocks, and its gap."""
    (g, totals), x, lack, last = c.rows["teacher"], [], arb(0), arb("-inf")
    for start, end in pairwise([0, *c.ends]):
        inside = range(start, end)
        b = [arb(g[2 * i + 1]) / (totals[i] if c.right else g[2 * i]) for i in inside]
        u = [c.p[i] * (v if c.right else v.log()) for i, v in zip(inside, b, strict=True)]
        mean = sum(u, arb(0)) / sum(c.p[i] for i in inside)
        sums = accumulate(v - c.p[i] * mean for i, v in zip(inside, u, strict=True))
        lack += reduce(arb.max, [-s for s in [*sums][:-1]], arb(0))
        lack = lack if mean > last else arb("inf")
        last, high = mean, mean if c.right else 1 / (1 + (-mean).exp())
        x += [1 - high, high] * len(inside)
    c.rows["computed"], c.gap = (x, [1] * c.n), lack / c.P


def entries(c, name):
    """Yield (p, entry) of the rows that a name stands for, where p > 0: balls, and zeros exactly."""
    rows, totals = c.rows["computed" if name == "student" else name]
    gap = c.gap.upper() if name == "student" else arb(0)
    for e, x in enumerate(rows):
        if p := c.p[e // c.k]:
            y = arb(x) / totals[e // c.k]
            exact = gap == 0 or (y.is_zero() and c.loss != "SQUARED")
            yield p, y if exact else widened(c, y, e, p, gap)


def widened(c, y, e, p, gap):
    """Return a ball of the true student's entry, from the computed one's, by (2), (3) or (5)."""
    if c.loss == "SQUARED":
        return y + arb(0, (gap * c.P / (2 * p)).sqrt().upper())
    if c.right:
        (g, units), w = c.rows["teacher"], (2 * gap.log1p()).sqrt() * c.P
        return y / (1 + arb(0, (w * units[e // c.k] / (p * arb(g[e]))).upper()))
    K = gap * c.P / (p * y * -arb(-1).expm1())
    return y * arb(0, K.sqrt().max(K).upper()).exp()


def divergence(c, x, y):
    """Enclose D(x, y)."""
    if not c.right and (x, y) == ("student", "teacher"):
        return D(c, "computed", "teacher") - between(0, c.gap)
    total = arb(0)
    for (p, a), (_, b) in zip(entries(c, x), entries(c, y), strict=True):
        if c.loss == "SQUARED":
            total += p * (a - b) * (a - b)
        elif b.is_zero() and not a.is_zero():
            return arb("inf")
        else:
            total += p * (0 if a.is_zero() else a * (a / b).log())
            total += p * (b - a) if c.loss == "GKL" else 0
    return total / c.P


def between(low, high):
    """Return a ball of everything between two ends."""
    return arb(low).union(arb(high))


def D(c, x, y):
    """Enclose D(x, y), the true student's by (2), (4), (5) where that is sharper."""
    if (x, y) not in c.known:
        gap, h = c.gap.max(arb(0)).upper(), c.gap.max(arb(0)).log1p().upper()
        if (x, y) == ("student", "teacher") and not c.right:
            found = divergence(c, "computed", "teacher") - between(0, gap)
        elif (x, y) == ("teacher", "student") and c.right:
            found = divergence(c, "teacher", "computed") - between(0, h)
        elif y == "student" and x in c.affine:
            found = D(c, x, "teacher") - D(c, "student", "teacher")
        else:
            found = divergence(c, x, y)
        c.known[x, y] = found
    return c.known[x, y]


def calibration(c, x, y):
    """Return MCE(x, y): exactly grouped, so that y may not be a ball."""
    need(y != "student" or c.gap == 0, "MCE groups by exact scores: claim it of computed")
    (a, s), (b, t) = (c.rows["computed" if z == "student" else z] for z in (x, y))
    groups = {}
    for e, (u, v) in enumerate(zip(a, b, strict=True)):
        score = fmpq(v, t[e // c.k])
        key = e % c.k, int(score.p), int(score.q)
        groups[key] = groups.get(key, 0) + c.p[e // c.k] * (score - fmpq(u, s[e // c.k]))
    return arb(sum(map(abs, groups.values()), fmpq(0))) / c.P


def quantity(c, name):
    """Enclose what a claim is about."""
    if name == "gap":
        return c.gap
    if name == "radius":
        need(not c.right and c.loss != "GKL", "a radius is claimed on the left, of KL or SQUARED")
        return (c.gap.upper().max(arb(0)) / (2 if c.loss == "SQUARED" else 1)).sqrt()
    if name.endswith("gain"):
        need(c.loss == "KL" and c.kind == "HULL" and not c.right, "gains are claimed of a left hull")
        return reduce(arb.min if name == "least_gain" else arb.max, c.T)
    total = arb(0)
    for sign, function, x, y in TERM.findall(name):
        need({x, y} <= {*c.rows, "student"}, f"an unknown name in {name}")
        if function == "MCE":
            value = calibration(c, x, y)
        elif function == "BH":
            value = 2 * (-(-D(c, x, y)).expm1()).sqrt()
        elif function == "RISK":
            m = reduce(arb.min, [v for z in (x, y) for _, v in entries(c, z)])
            value = (2 * (1 - m) / m * D(c, x, y)).sqrt()
        else:
            value = D(c, x, y)
        total += -value if sign == "-" else value
    return total


def check(raw, folder):
    """Return (verdict, id, {quantity: ball}): verified, refuted or undecided."""
    o, identity = parse(raw)
    c = read(o, Path(folder))
    coordinates = getattr(c, "z", [1 << 256])
    bits = (64 + max(192, *(x.bit_length() for x in coordinates))) * (3 if c.loss == "SQUARED" else 1)
    work = c.n * c.k * (c.d + 30 * sum(len(TERM.findall(q)) + 1 for q in c.claims))
    for ctx.prec in (bits, 2 * bits):
        need(work * ctx.prec <= WORK * 64, "too much work")
        {"POLY": poly, "MONOTONE": monotone}.get(c.kind, hull)(c)
        c.known, verdict, found = {}, "verified", {}
        for name, (low, high) in c.claims.items():
            found[name] = q = quantity(c, name)
            bound = name in ("gap", "radius")
            need(not bound or low == 0, f"the lower end of {name} is 0")
            if q > arb(high) or (q < arb(low) and not bound):
                return "refuted", identity, found
            if not (q <= arb(high) and (bound or q >= arb(low))):
                verdict = "undecided"
        if verdict == "verified":
            break
    return verdict, identity, found


def main(arguments):
    """Check files; print a line each, and the enclosures; return the exit code."""
    code, results = 0, []
    for path in [Path(a) for a in arguments if a != "--json"]:
        try:
            with path.open("rb") as stream:
                verdict, identity, found = check(stream.read(BYTES + 1), path.parent)
        except (RejectedError, OSError) as error:
            verdict, identity, found = f"rejected: {error}", "", {}
        code = max(code, {"verified": 0, "refuted": 1, "undecided": 1}.get(verdict, 2))
        claims = {name: ball.str(40) for name, ball in found.items()}
        results.append({"file": str(path), "verdict": verdict, "id": identity, "claims": claims})
        if "--json" not in arguments:
            print(f"{path}: {verdict} {identity}")
            print(*(f"    {name} = {x}" for name, x in claims.items()), sep="\n")
    if "--json" in arguments:
        print(json.dumps(results, indent=1))
    return code if results else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
