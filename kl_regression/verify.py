"""Check certificates of weak-to-strong instances: python verify.py [--json] FILE...

One file, the standard library and python-flint: no solver and no floating point, only integers,
rationals and balls. Exit 0: all verified; 1: a claim refuted or undecided; 2: a file rejected.

DATA. p_i are the weights of n points, over their sum; E is the average over points. A row of k
integers means itself over its sum; in SQUARED and GKL files over ``unit``. g is the teacher, V the
class of students, s the TRUE student, c the COMPUTED one: a member of V, from whatever program.
D(a, b) = E Σ a log(a/b) - a + b with 0 log 0 = 0, +inf where b = 0 < a; SQUARED: E Σ (a - b)^2.

    schema "kl-regression/certificate/1", theorem (LOSS-KIND/1 or LOSS-KIND-RIGHT/1), points n,
    classes k, [unit], point_weights [n integers], teacher [n rows of k], student (below),
    [truths {name: n rows of k}], [members {name: a member of V, in the student's coordinates}],
    claims {quantity: [lower, upper]}, decimals "-12e-40", [provenance {name: text or integer}]
HULL, mixtures of models, all rows of one total: models [m tables of n rows of k], student [m hex:
    weights over their sum]. Instead of models, {"models": m, "sha256": hex, "sidecar": file}: the
    integers as little-endian int64, model by model, point by point.
UNION, of hulls, not convex: parts [how many models each has]; every part has its own weights.
POLY, f >= 0 with rows of sum 1, A f >= b, and f = B z where features [n rows of d] are given (each
    row of B over the common total; d of its rows are the unit vectors): constraints [[b, e, a, e, a
    ...]: Σ a f_e >= b, e = i k + class], multipliers [a hex each, over the student's row total],
    student [[hex]]: n rows, of z d rows, of one total. A linear head is of this kind.
MONOTONE, two classes, f_i1 nondecreasing in i: student [ends of the blocks it is constant on, each
    of positive weight]; on the left g > 0.

Keys are sorted, nothing is spaced, a newline ends the file: its bytes are what json.dumps writes.
Its id is klc1- and the SHA-256 of these bytes without the provenance, which nobody checks. Sizes,
lengths, exponents, nesting and the work to come are limited before the work is done.

GAP = max over v in V of <grad, c - v>, grad of D(., g) at c, on -RIGHT of D(g, .). On a hull the
maximum is at a model. On POLY, for any multipliers l >= 0 (neumaier:04), with G = B'(A'l - grad),
    <-grad, v> <= <A'l - grad, v> - l.b <= Σ_rows max_c G - l.b, so
    gap <= l.(A c - b) + Σ_rows (max - mean over z) of G.
On MONOTONE c is known: the block's mean (RIGHT) or mean logit; grad sums to 0 on a block, and
<grad, c - v> is at most the largest of its sums over a block's first points, or 0, block by block.
Models v with D(v, g) = inf leave a left maximum: c may not use them, D(f, g) = inf for all their
mixtures f. The other models vanish where c does, on POLY g does. Points of weight 0 count for
membership only.

THEOREMS. V convex; s = argmin of D(., g), on -RIGHT of D(g, .); t = log(c/s).
(1) Left: for EVERY f in V D(f,c) + D(c,g) <= D(f,g) + gap, as D(f,c) + D(c,g) - D(f,g) = <grad,
    c - f>; and D(f,s) + D(s,g) <= D(f,g), whose f = c with the former's f = s sums up to
(2) J = D(c,s) + D(s,c) = E Σ (c - s) t <= gap. Also D(c,g) - gap <= D(s,g) <= D(c,g).
    KL: (E Σ |c - s|)^2 <= J by Pinsker; SQUARED: D(c,s) <= gap/2.
(3) Each term of J is >= 0, so c t (1 - e^-t) <= gap / p_i, and |t| <= max(sqrt K, K), K = gap /
    (a p_i c), a = 1 - 1/e, since u (1 - e^-u) >= a min(u, u^2) for u = |t|; s is in c e^±|t|.
    SQUARED: |c - s| <= sqrt(gap / (2 p_i)).
(4) Left, KL, all p_i > 0, A f >= b only f >= 0: D(f,s) = D(f,g) - D(s,g) for f in V: if s = 0 < f,
    D(., g) falls towards f at an infinite rate, so s lies inside V and (1) holds beyond s too.
(5) Right: E Σ g f/s <= 1 for f in V. With h = log(1 + gap): D(g,c) - D(g,s) = E Σ g log(s/c) <= h;
    D(f,c) <= D(f,g) + h for EVERY f in V; g and g c/s, of mass <= 1, are sqrt(2h) apart (Pinsker):
    |1 - c/s| <= d = sqrt(2h) / (p_i g), s is in c / (1 ± d). Where g = 0, s is told only if gap = 0
    and g has no other zero in the row: then s = c there too, as rows have equal sums.
(6) A union's student is that of the part whose D is surely below all others'; V is that part. Where
    none is, or the values of MONOTONE do not surely increase, every claim is undecided.

QUANTITIES: gap and radius = sqrt(gap), bounds, of lower end 0: E Σ |c - s|, SQUARED sqrt D(c,s),
are at most the radius; least_gain, greatest_gain: min and max over models of finite D(v,g) of
E Σ v log(c/g), between which D(f,g) - D(f,c) lies for EVERY mixture f of them; signed sums of
    D(x,y), x and y among teacher, student (the TRUE one), computed, and names of truths or members;
    MCE(x,y) = Σ_c E |E[y_c - x_c | y_c]|: calibration error of y, x true, by the own score of y;
    BH(x,y) = 2 sqrt(1 - e^-D(x,y)) >= E Σ |x - y|, KL (Bretagnolle and Huber, Jensen);
    RISK(x,y) = sqrt(2 (1-m)/m D(x,y)) >= |D(f,x) - D(f,y)| for EVERY f, m the least of x and y, KL.
"""

import gc
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from copy import copy
from functools import reduce
from itertools import accumulate, chain, islice, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpz, fmpz_mat

BYTES, LISTS, ENTRIES, WORK = 1 << 26, 5 * 10**6, 2 * 10**7, 2 * 10**11
ROOM, INTEGER, NAMES, BLOCK, PLACES = 1 << 30, 1 << 53, 64, 1 << 16, 1 << 12
BOUNDS = ("gap", "radius")
KEYS = {"schema", "theorem", "points", "classes", "claims", "point_weights", "teacher", "student"}
MORE = {"HULL": {"models"}, "UNION": {"models", "parts"}, "MONOTONE": set[str]()}
MORE["POLY"] = {"constraints", "multipliers"}
THEOREMS = {f"KL-{kind}{side}/1": ("KL", kind, side) for kind in MORE for side in ("", "-RIGHT")}
THEOREMS |= {f"{loss}-HULL/1": (loss, "HULL", "") for loss in ("GKL", "SQUARED")}
ALIKE = bytes.maketrans(b"123456789[:", b"000000000,,")
HEX = re.compile("0x(0|[1-9a-f][0-9a-f]{0,1023})")
DECIMAL = re.compile(r"(-?(?:0|[1-9][0-9]{0,999}))e(0|-?[1-9][0-9]{0,2}|-?1[0-9]{3})")
TERM = re.compile(r"([+-]?)(D|MCE|BH|RISK)\(([a-z0-9_]+),([a-z0-9_]+)\)")
CLAIM = re.compile(rf"gap|radius|least_gain|greatest_gain|{TERM.pattern}((?=[+-]){TERM.pattern})*")
TRUTH = re.compile(r"(?!(teacher|student|computed)$)[a-z][a-z0-9_]*")


def need(condition: object, why: str) -> None:
    """Reject the file unless the condition holds."""
    if not condition:
        raise ValueError(why)


def parse(raw: bytes) -> tuple[dict[str, Any], str]:
    """Return the file's dictionary and its id: canonical JSON within the limits, or nothing."""
    need(len(raw) <= BYTES and sum(map(raw.count, b'[{"')) <= LISTS, "the file is too large")
    need(b"," + b"0" * 18 not in raw.translate(ALIKE, b"-"), "an integer is too long")
    try:
        o = json.loads(raw.decode("ascii"))
        need(type(o) is dict and len(o) <= NAMES, "no object, or a long one")
        text = {k: json.dumps({k: o[k]}, separators=(",", ":"), sort_keys=True)[1:-1] for k in o}
    except RecursionError:
        raise ValueError("nested too deep") from None
    need(raw == ("{" + ",".join(text[k] for k in sorted(o)) + "}\n").encode(), "not canonical")
    core = "{" + ",".join(text[k] for k in sorted(o) if k != "provenance") + "}\n"
    return o, "klc1-" + hashlib.sha256(core.encode()).hexdigest()


def numbers(x: Any, *shape: int | None, low: int | None = 0, hexes: bool = False) -> list[Any]:
    """Return the integers in lists nested in a shape, end to end; None is any length, or range."""
    x = [x]
    for size in shape:
        need(set(map(type, x)) <= {list}, "a list is missing")
        need(size is None or set(map(len, x)) <= {size}, "a list is of wrong length")
        x = list(chain.from_iterable(x))
    if hexes:
        need(all(type(h) is str and HEX.fullmatch(h) for h in x), "no hexadecimal of few bits")
        return [fmpz(int(h, 16)) for h in x]
    need(set(map(type, x)) <= {int}, "not an integer")
    need(low is None or not x or low <= min(x) <= max(x) <= INTEGER, "an integer out of range")
    return x


def names(x: Any, pattern: str | re.Pattern[str]) -> Any:
    """Return the items of a dictionary whose few keys match the pattern."""
    need(type(x) is dict and len(x) <= NAMES, "no dictionary, or a long one")
    need(all(len(name) <= 200 and re.fullmatch(pattern, name) for name in x), "a wrong name")
    return x.items()


def sums(x: list[Any], k: int) -> list[Any]:
    """Return the sums of rows of k entries."""
    return list(map(sum, zip(*[iter(x)] * k, strict=True)))


def table(x: Any, c: Any) -> tuple[list[int], list[int]]:
    """Return n rows of k integers, end to end, and what each row is over."""
    found = numbers(x, c.n, c.k, low=c.low)
    totals = sums(found, c.k) if c.loss == "KL" else [c.unit] * c.n
    need(min(totals) > 0, "a row is empty")
    return found, totals


def sidecar(x: Any, size: int, folder: Path) -> list[memoryview]:
    """Return the models of a sidecar, which is read once and hashed as read."""
    need(len(names(x, "sidecar|sha256|models")) == 3, "no models")
    length, name = 8 * size * numbers([x["models"]], 1, low=1)[0], x["sidecar"]
    need(length <= 8 * ENTRIES, "too many entries")
    need(sys.byteorder == "little", "sidecars are for little-endian machines")
    need(type(name) is str and re.fullmatch(r"[A-Za-z0-9_][\w.-]{0,99}", name), "a sidecar's name")
    need((folder / name).is_file(), f"no sidecar {name}")
    with (folder / name).open("rb") as stream:
        raw = stream.read(length + 1)
    right = len(raw) == length and hashlib.sha256(raw).hexdigest() == x["sha256"]
    need(right, "the sidecar has another size or SHA-256")
    return [memoryview(raw).cast("q")[j : j + size] for j in range(0, length // 8, size)]


def read_models(x: Any, c: Any, folder: Path) -> None:
    """Set B, whose columns are the models, in blocks of points; and S, the total of their rows."""
    inline, size, totals = type(x) is list, c.n * c.k, set[int]()
    v = [numbers(v, c.n, c.k, low=None) for v in x] if inline else sidecar(x, size, folder)
    c.w, step = len(v), c.k * max(1, BLOCK // (c.k * max(1, len(v))))
    need(0 < c.w * size <= ENTRIES, "no models, or too many entries")
    for i in range(0, size, step):
        found = list(chain.from_iterable(x[i : i + step] for x in v))
        need(c.low <= min(found) <= max(found) <= INTEGER, "an integer out of range")
        totals |= set(sums(found, c.k)) if c.loss == "KL" else {c.unit}
        c.B.append(fmpz_mat(c.w, len(found) // c.w, found).transpose())
    c.S, c.shape = min(totals), [c.w]
    need(totals == {c.S} and c.S, "rows of models are empty, or differ in their totals")


def read_features(x: Any, c: Any) -> None:
    """Set B, whose rows are the points' features, in blocks of points; and S, their total."""
    d = len(numbers(x, c.n, None, low=None)) // c.n
    x, step = numbers(x, c.n, d, low=-INTEGER), d * max(1, BLOCK // max(1, d))
    need(0 < d <= c.n and c.n * d * (d + c.k) <= ENTRIES, "too many entries")
    c.S, c.shape, lines = sum(x[:d]), [d, c.k], set(zip(*[iter(x)] * d, strict=True))
    units = {tuple(c.S * (i == j) for j in range(d)) for i in range(d)}
    need(c.S > 0 and {*sums(x, d)} == {c.S} and units <= lines, "features lack unit rows")
    c.B = [fmpz_mat(len(x[i : i + step]) // d, d, x[i : i + step]) for i in range(0, len(x), step)]


def read(o: dict[str, Any], folder: Path) -> Any:
    """Return the fields, checked before any real arithmetic."""
    need(o.get("schema") == "kl-regression/certificate/1", "not a certificate of this schema")
    need(str(o.get("theorem")) in THEOREMS, "an unknown theorem")
    c = SimpleNamespace(**dict(zip(("loss", "kind", "right"), THEOREMS[o["theorem"]], strict=True)))
    keys = KEYS | MORE[c.kind] | ({"unit"} if c.loss != "KL" else set())
    free = {"truths", "members", "provenance"} | ({"features"} if c.kind == "POLY" else set())
    need(keys <= set(o) <= keys | free, "wrong keys")
    c.n, c.k, c.unit = numbers([o["points"], o["classes"], o.get("unit", 1)], 3, low=1)
    c.low, weights = -INTEGER if c.loss == "SQUARED" else 0, numbers(o["point_weights"], c.n)
    need(any(weights) and c.k > (c.loss == "KL"), "no weight, or a single class")
    total, c.rows = sum(weights), {"teacher": table(o["teacher"], c)}
    c.p, c.B, c.S, c.w, c.shape = [fmpq(w, total) for w in weights], [], 1, c.k, [c.n, c.k]
    if "models" in o:
        read_models(o["models"], c, folder)
    elif "features" in o:
        read_features(o["features"], c)
    ends = [0, *accumulate(numbers(o.get("parts", [c.w]), None, low=1))]
    need(ends[-1] == c.w, "the parts are not the models")
    c.parts, A = [range(i, j) for i, j in pairwise(ends)], o.get("constraints", [])
    numbers(A, None, None, low=-INTEGER)
    need(all(len(row) % 2 for row in A), "a constraint without b")
    c.A = [(b, list(zip(row[::2], row[1::2], strict=True))) for b, *row in A]
    held = all(e in range(c.n * c.k) for _, row in c.A for e, _ in row)
    need(held, "a constraint on an entry that is none")
    c.l = numbers(o.get("multipliers", []), len(A), hexes=True)
    known = c.kind == "MONOTONE"
    c.z = numbers(o["student"], *([None] if known else c.shape), hexes=not known)
    mixed = {x: numbers(z, *c.shape, hexes=True) for x, z in names(o.get("members", {}), TRUTH)}
    bits = 128 + max(z.bit_length() for z in chain(c.z, *mixed.values()))
    need((1 + len(mixed)) * c.n * c.k * bits <= ROOM, "members or students of too many bits")
    need((1 + len(mixed)) * sum(len(row) for _, row in c.A) <= LISTS, "too many entries")
    members = {name: member(z, c) for name, z in mixed.items()}
    truths = {name: table(x, c) for name, x in names(o.get("truths", {}), TRUTH)}
    need(not members.keys() & truths, "a truth and a member of one name")
    c.rows |= truths | members
    signs = all(len(row) == 1 and b <= 0 < row[0][1] for b, row in c.A) and all(weights)
    c.affine = members if c.kind == "POLY" and signs and not c.right else {}
    read_claims(o, c)
    return c


def read_claims(o: dict[str, Any], c: Any) -> None:
    """Set the claims: two rationals each."""
    c.claims = {}
    for name, x in names(o["claims"], CLAIM):
        need(type(x) is list and len(x) == 2, "a claim has two ends")
        ends = [DECIMAL.fullmatch(d) for d in x if type(d) is str]
        c.claims[name] = [int(d[1]) * fmpq(10) ** int(d[2]) for d in ends if d]
        need(len(c.claims[name]) == 2 and c.claims[name][0] <= c.claims[name][1], "a wrong claim")
        need(name not in BOUNDS or c.claims[name][0] == 0, f"the lower end of {name} is 0")
    text = {type(x) for _, x in names(o.get("provenance", {}), ".*")}
    need(c.claims and text <= {str, int}, "no claims, or provenance that is no text")


def member(z: list[fmpz], c: Any) -> tuple[list[fmpz], list[fmpz]]:
    """Return the entries of the member of V at its coordinates, and what each row is over."""
    need(c.kind != "MONOTONE" and len(set(sums(z, c.w))) == 1 and any(z), "no coordinates")
    need(sum(any(z[j] for j in part) for part in c.parts) == 1, "in no part of the union")
    f, total = z, sum(z[: c.w]) * c.S
    if c.B:
        Z = fmpz_mat(c.shape[0], len(z) // c.shape[0], z)
        f = [x for B in c.B for x in (B * Z).entries()]
    held = all(sum(a * f[e] for e, a in row) >= b * total for b, row in c.A)
    need(c.kind != "POLY" or (min(f) >= 0 and held), "a member is negative, or breaks a constraint")
    return f, [total] * c.n


def slopes(c: Any, lift: dict[int, arb]) -> Iterator[arb]:
    """Yield A'l - p grad at the computed student, without grad where p, g or c is 0."""
    (X, over), (Y, under) = c.rows["computed"], c.rows["teacher"]
    squared, right, k = c.loss == "SQUARED", c.right, c.k
    for i, (p, s, t) in enumerate(zip(c.p, over, under, strict=True)):
        w = arb(p)
        for e in range(i * k, i * k + k):
            x, y = X[e], Y[e]
            if squared:
                slope = arb(2 * p * fmpq(y * s - x * t, s * t))
            elif p and x and y:
                slope = arb(p * fmpq(y * s, x * t)) if right else w * (arb(y * s) / (x * t)).log()
            else:
                slope = arb(0)
            yield slope + lift[e] if e in lift else slope


def pulled(c: Any, lifted: Iterator[arb]) -> list[arb]:
    """Return B' of the slopes, block by block."""
    found, q = [], len(c.z) // c.shape[0]
    for B in c.B:
        block = arb_mat(B.nrows(), q, list(islice(lifted, B.nrows() * q)))
        found.append(arb_mat(B.transpose()) * block)
    return reduce(arb_mat.__add__, found).entries() if found else list(lifted)


def live(c: Any, part: range) -> list[int]:
    """Return the coordinates that stay in the maximum; the student's support is as GAP says."""
    X, Y, found = c.rows["computed"][0], c.rows["teacher"][0], list(part)
    zeros = [e for e, (x, y) in enumerate(zip(X, Y, strict=True)) if not (x and y)]
    zeros = [e for e in zeros if c.p[e // c.k] and c.loss != "SQUARED"]
    need(not any((Y if c.right else X)[e] for e in zeros), "the student's divergence is infinite")
    if c.kind == "POLY":
        need(c.right or not any(Y[e] for e in zeros), "the student is 0 where the teacher is not")
    elif zeros and not c.right:
        step = c.B[0].nrows()
        mass = {j: [e for e in zeros if c.B[e // step][e % step, j]] for j in part}
        found = [j for j in part if all(Y[e] for e in mass[j])]
        need(found and not any(mass[j] for j in found), "the student is 0 where a model is not")
    return found


def solve(c: Any, part: range) -> Any:
    """Return the fields with the computed student of a part, its gap, and T of its models."""
    c, z = copy(c), [a if e % c.w in part else fmpz(0) for e, a in enumerate(c.z)]
    c.rows, c.known = c.rows | {"computed": member(z, c)}, {}
    (f, over), total, c.gap = c.rows["computed"], sum(z[: c.w]), arb(0)
    lift: dict[int, arb] = {}
    for (b, row), times in zip(c.A, c.l, strict=True):
        c.gap += arb(times) / total * (fmpq(sum(a * f[e] for e, a in row), over[0]) - b)
        for e, a in row:
            lift[e] = lift.get(e, 0) + arb(times) / total * a
    left, G = live(c, part), pulled(c, slopes(c, lift))
    for i in range(0, len(z), c.w):
        r, share = [G[i + j] for j in left], [z[i + j] for j in left]
        mean = sum((x * y for x, y in zip(r, share, strict=True)), arb(0)) / total
        c.gap += (reduce(arb.max, r) - mean) / c.S if len(r) > 1 else 0
    c.T = [-G[j] / c.S for j in left]
    if len(c.B) > 1 and c.kind != "POLY" and c.loss == "KL" and not c.right:
        c.known["D", "computed", "teacher"] = -mean / c.S  # spares a pass over many points
    return c


def unite(c: Any) -> Any:
    """Return the fields with the student: of the part whose D is surely the least, or None."""
    found = [solve(c, part) for part in c.parts]
    pair = ("teacher", "student") if c.right else ("student", "teacher")
    least = [term(each, "D", *pair) for each in found]
    others = (sum(not own < other for other in least) - 1 for own in least)
    return next((each for each, many in zip(found, others, strict=True) if not many), None)


def monotone(c: Any) -> Any:
    """Return the fields with the student, constant on blocks that surely increase, or None."""
    increasing = c.z == sorted(set(c.z)) and c.z[:1] > [0] and c.z[-1] == c.n
    need(increasing and c.k == 2, "wrong ends of blocks, or not two classes")
    (g, under), f, means, c.gap, c.known = c.rows["teacher"], [], [arb("-inf")], arb(0), {}
    for i, j in pairwise([0, *c.z]):
        p, positive = c.p[i:j], all(g[2 * i : 2 * j])
        need(any(p) and (c.right or positive), "a block without weight, or a 0")
        y = [fmpq(v, t) for v, t in zip(g[2 * i + 1 : 2 * j : 2], under[i:j], strict=True)]
        x = y if c.right else [arb(v / (1 - v)).log() for v in y]
        mean = sum((w * v for w, v in zip(p, x, strict=True)), arb(0)) / sum(p)
        one = mean if c.right else 1 / (1 + (-mean).exp())
        if min(y) < max(y):
            rest = [*accumulate(w * (mean - v) for w, v in zip(p, x, strict=True))][:-1]
            steep = 1 / (one * (1 - one)) if c.right else 1
            c.gap += reduce(arb.max, [v * steep for v in rest], arb(0))
        means.append(mean)
        f += [1 - one, one] * (j - i)
    c.rows["computed"] = f, [1] * c.n
    return c if all(a < b for a, b in pairwise(means)) else None


def entries(c: Any, name: str) -> Iterator[tuple[arb, arb]]:
    """Yield (p, entry) where p > 0: zeros exactly; the true student's by (2), (3) or (5)."""
    X, over = c.rows["computed" if name == "student" else name]
    (Y, under), gap = c.rows["teacher"], c.gap.upper()
    exact, h = gap <= 0, (2 * gap.log1p()).sqrt()
    for i, weight in enumerate(c.p):
        p, row = arb(weight), slice(i * c.k, i * c.k + c.k)
        known = name != "student" or (exact and not (c.right and Y[row].count(0) > 1))
        for e in range(i * c.k, i * c.k + c.k) if weight else ():
            x, y = X[e], arb(X[e]) / over[i]
            if not known and c.loss == "SQUARED":
                y += arb(0, (gap / (2 * p)).sqrt().upper())
            elif not known and c.right:
                d = h * under[i] / (p * Y[e]) if Y[e] else arb("inf")
                y /= 1 + arb(0, d.upper())
            elif not known and x != 0:
                K = gap / (p * y * -arb(-1).expm1())
                y *= arb(0, K.sqrt().max(K).upper()).exp()
            yield p, y


def term(c: Any, function: str, x: str, y: str) -> arb:
    """Enclose D, MCE, BH or RISK of x and y, once each."""
    if (function, x, y) in c.known:
        return c.known[function, x, y]
    need({x, y} <= {*c.rows, "student"}, "a claim about an unknown name")
    need(c.loss == "KL" or function in ("D", "MCE"), "BH and RISK are bounds of KL")
    if function == "D":
        found = divergence(c, x, y)
    elif function == "MCE":
        found = calibration(c, x, y)
    elif function == "BH":
        found = 2 * root(-(-term(c, "D", x, y)).expm1())
    else:
        m = reduce(arb.min, [v for name in (x, y) for _, v in entries(c, name)])
        found = root(2 * (1 - m) / m * term(c, "D", x, y))
    c.known[function, x, y] = found
    return found


def root(x: arb) -> arb:
    """Return the square root of what is not negative, whatever the ball that encloses it."""
    low, high = (end.max(arb(0)).sqrt() for end in (x.lower(), x.upper()))
    return low.union(high)


def divergence(c: Any, x: str, y: str) -> arb:
    """Enclose D of x and y, the true student's by (2), (4), (5) where that is sharper."""
    if (x, y) == ("student", "teacher") and not c.right:
        return term(c, "D", "computed", "teacher") - arb(0).union(c.gap.upper())
    if (x, y) == ("teacher", "student") and c.right:
        return term(c, "D", "teacher", "computed") - arb(0).union(c.gap.log1p().upper())
    if y == "student" and x in c.affine:
        return term(c, "D", x, "teacher") - term(c, "D", "student", "teacher")
    total = arb(0)
    for (p, a), (_, b) in zip(entries(c, x), entries(c, y), strict=True):
        if c.loss == "SQUARED":
            total += p * (a - b) * (a - b)
        else:
            total += p * (0 if a.is_zero() else a * (a / b).log())
            total += p * (b - a) if c.loss == "GKL" else 0
    return total


def calibration(c: Any, x: str, y: str) -> arb:
    """Return the calibration error of y under x, grouped by exact scores."""
    need("student" not in (x, y) and c.kind != "MONOTONE", "scores that are not exact")
    (X, over), (Y, under), groups = c.rows[x], c.rows[y], dict[Any, Any]()
    for e, (a, b) in enumerate(zip(X, Y, strict=True)):
        i, score = e // c.k, fmpq(b, under[e // c.k])
        key = e % c.k, score.p, score.q
        groups[key] = plus(groups.get(key, fmpq(0)), c.p[i] * (score - fmpq(a, over[i])))
    return arb(reduce(plus, map(abs, groups.values()), fmpq(0)))


def plus(total: Any, x: Any) -> Any:
    """Return a sum, exact while its denominator is short, beyond that a ball."""
    total += x
    return arb(total) if isinstance(total, fmpq) and total.q.bit_length() > PLACES else total


def quantity(c: Any, name: str) -> arb:
    """Enclose what a claim is about."""
    if name in BOUNDS:
        need(name == "gap" or not (c.right or c.loss == "GKL"), "no radius on the right or of GKL")
        return c.gap if name == "gap" else root(c.gap)
    if name in ("least_gain", "greatest_gain"):
        need(c.kind == "HULL" and c.loss == "KL" and not c.right, "gains are of KL on left hulls")
        return reduce(arb.min if name == "least_gain" else arb.max, c.T)
    total = arb(0)
    for sign, *rest in TERM.findall(name):
        total += -term(c, *rest) if sign == "-" else term(c, *rest)
    return total


def check(raw: bytes, folder: str | Path) -> tuple[str, str, dict[str, arb]]:
    """Return (verdict, id, {quantity: ball}): verified, refuted or undecided."""
    o, identity = parse(raw)
    c, low = read(o, Path(folder)), arb("-inf")
    passes = 30 * len({part[1:] for q in c.claims for part in TERM.findall(q)}) + 60
    held = sum(len(row) for _, row in c.A) * (1 + len(o.get("members", {})))
    work = 30 * held + len(c.parts) * c.n * c.k * (c.w + passes)
    for more in (1, 2):
        bits = more * (64 + max([192, *(x.bit_length() for x in c.z)]))
        need(work * bits <= WORK, "too much work")
        with ctx.workprec(bits):
            at = monotone(c) if c.kind == "MONOTONE" else unite(c)
            found = {q: quantity(at, q) if at else arb("nan") for q in c.claims}
            ends = {q: (low if q in BOUNDS else arb(x), arb(y)) for q, (x, y) in c.claims.items()}
        if any(found[q] < x or found[q] > y for q, (x, y) in ends.items()):
            return "refuted", identity, found
        if all(x <= found[q] <= y for q, (x, y) in ends.items()):
            return "verified", identity, found
    return "undecided", identity, found


def main(arguments: list[str]) -> int:
    """Check files, print a line each and what was enclosed, return the exit code."""
    files, codes = [a for a in arguments if a != "--json"], list[int]()
    if not files or {"-h", "--help"} & {*files}:
        sys.stdout.write(str(__doc__) if files else f"{str(__doc__).splitlines()[0]}\n")
        return 0 if files else 2
    gc.disable()  # a million small lists, and no cycle among them
    for path in map(Path, files):
        try:
            with path.open("rb") as stream:
                verdict, identity, found = check(stream.read(BYTES + 1), path.parent)
        except (ValueError, OSError) as error:
            verdict, identity, found = f"rejected: {error}", "", {}
        codes.append({"verified": 0, "refuted": 1, "undecided": 1}.get(verdict, 2))
        claims = {name: ball.str(40) for name, ball in found.items()}
        result = {"file": str(path), "verdict": verdict, "id": identity, "claims": claims}
        lines = [f"{path}: {verdict} {identity}", *(f"{q} = {ball}" for q, ball in claims.items())]
        text = json.dumps(result) if "--json" in arguments else "\n    ".join(lines)
        sys.stdout.write(text + "\n")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
