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
    weights over their sum]. Instead of models, {"sidecar": file, "sha256": hex, "models": m}: the
    integers as little-endian int64, model by model, point by point.
UNION, of hulls, not convex: parts [how many models each has]; every part has its own weights.
POLY, f >= 0 with rows of sum 1, A f >= b, and f = B z where features [n rows of d] are given (each
    row of B over the common total; d of its rows are the unit vectors): constraints [[b, e, a, e, a
    ...]: Σ a f_e >= b, e = i k + class], multipliers [a hex each, over the student's row total],
    student [[hex]]: n rows, of z d rows, of one total. A linear head is of this kind.
MONOTONE, two classes, f_i1 nondecreasing in i: student [ends of the blocks it is constant on].

Keys are sorted, nothing is spaced, a newline ends the file: its bytes are what json.dumps writes.
Its id is klc1- and the SHA-256 of these bytes without the provenance, which nobody checks. Sizes,
lengths, exponents, nesting and the work to come are limited before the work is done.

GAP = max over v in V of <grad, c - v>, grad of D(., g) at c, on -RIGHT of D(g, .) at c. On a hull
the maximum is at a model. On POLY, for any multipliers l >= 0 (neumaier:04),
    <-grad, v> <= <A'l - grad, v> - l.b <= Σ_rows max_c (B'(A'l - grad)) - l.b,
and with <grad, c> added: l.(A c - b) + Σ_rows (max - mean over z) of B'(A'l - grad).
On MONOTONE c is known: the block's mean (RIGHT) or mean logit; grad sums to 0 on a block, and
<grad, c - v> is at most the largest of its sums over a block's first points, or 0, block by block.
Where D(., g) is infinite on a model, the student may not use it; elsewhere V may not exceed c's
support. These models leave the maximum: their mixtures are no students, and D(f, g) = inf there.

THEOREMS. V convex; s = argmin of D(., g), on -RIGHT of D(g, .); t = log(c/s).
(1) Left: for EVERY f in V D(f,c) + D(c,g) <= D(f,g) + gap, as D(f,c) + D(c,g) - D(f,g) = <grad,
    c - f>; and D(f,s) + D(s,g) <= D(f,g), whose f = c with the former's f = s sums up to
(2) J = D(c,s) + D(s,c) = E Σ (c - s) t <= gap. Also D(c,g) - gap <= D(s,g) <= D(c,g).
    KL: (E Σ |c - s|)^2 <= J by Pinsker, radius = sqrt(gap). SQUARED: D(c,s) <= gap/2.
(3) Each term of J is >= 0, so c t (1 - e^-t) <= gap / p_i, and |t| <= max(sqrt K, K), K = gap /
    (a p_i c), a = 1 - 1/e, since u (1 - e^-u) >= a min(u, u^2) for u = |t|. So s is in c e^±|t|.
    SQUARED: |c - s| <= sqrt(gap / (2 p_i)).
(4) Left, KL, A f >= b only f >= 0: D(f,s) = D(f,g) - D(s,g) for f in V, as s is interior to V.
(5) Right: E Σ g f/s <= 1 for f in V. With h = log(1 + gap): D(g,c) - D(g,s) = E Σ g log(s/c) <= h;
    D(f,c) <= D(f,g) + h for EVERY f in V; g and g c/s, of mass <= 1, are sqrt(2h) apart (Pinsker):
    |1 - c/s| <= d = sqrt(2h) / (p_i g), s is in c / (1 ± d).
(6) A union's student is that of the part whose D is below all others', for sure; V is that part.

QUANTITIES: gap and radius (bounds: lower end 0); least_gain, greatest_gain: min and max over models
of E Σ v log(c/g), between which D(f,g) - D(f,c) lies for EVERY f in the hull; and signed sums of
    D(x,y), x and y among teacher, student (the TRUE one), computed, and names of truths or members;
    MCE(x,y) = Σ_c E |E[y_c - x_c | y_c]|: calibration error of y, x true, by the own score of y;
    BH(x,y) = 2 sqrt(1 - e^-D(x,y)) >= E Σ |x - y| (Bretagnolle and Huber, Jensen);
    RISK(x,y) = sqrt(2 (1-m)/m D(x,y)) >= |D(f,x) - D(f,y)| for EVERY f, m the least of x and y.
"""

import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator
from functools import reduce
from itertools import accumulate, chain, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpz_mat

BYTES, ENTRIES, WORK, INTEGER, NAMES = 1 << 26, 2 * 10**7, 2 * 10**11, 1 << 53, 64
THEOREMS = {"GKL-HULL/1": ("GKL", "HULL", False), "SQUARED-HULL/1": ("SQUARED", "HULL", False)}
for kind in ("HULL", "UNION", "POLY", "MONOTONE"):
    THEOREMS |= {f"KL-{kind}/1": ("KL", kind, False), f"KL-{kind}-RIGHT/1": ("KL", kind, True)}
KEYS = {"schema", "theorem", "points", "classes", "claims", "point_weights", "teacher", "student"}
MORE = {"HULL": {"models"}, "UNION": {"models", "parts"}, "POLY": {"constraints", "multipliers"}}
HEX = re.compile("0x(0|[1-9a-f][0-9a-f]{0,1023})")
DECIMAL = re.compile(r"(-?(?:0|[1-9][0-9]{0,999}))e(0|-?[1-9][0-9]{0,2}|-?1[0-9]{3})")
TERM = re.compile(r"([+-]?)(D|MCE|BH|RISK)\(([a-z0-9_]+),([a-z0-9_]+)\)")
CLAIM = re.compile(rf"gap|radius|least_gain|greatest_gain|({TERM.pattern})+")
TRUTH = re.compile(r"(?!(teacher|student|computed)$)[a-z][a-z0-9_]*")


def need(condition: object, why: str) -> None:
    """Reject the file unless the condition holds."""
    if not condition:
        raise ValueError(why)


def parse(raw: bytes) -> tuple[dict[str, Any], str]:
    """Return the file's dictionary and its id: canonical JSON within the limits, or nothing."""
    need(len(raw) <= BYTES, "the file is too large")
    need(not re.search(rb"[\[,:]-?[0-9]{18}", raw) and b"[[[[" not in raw, "too long or too deep")
    try:
        o = json.loads(raw.decode("ascii"))
        need(type(o) is dict, "no object")
        text = {k: json.dumps({k: o[k]}, separators=(",", ":"), sort_keys=True)[1:-1] for k in o}
    except RecursionError:
        raise ValueError("nested too deep") from None
    need(raw == ("{" + ",".join(text[k] for k in sorted(o)) + "}\n").encode(), "not canonical")
    core = "{" + ",".join(text[k] for k in sorted(o) if k != "provenance") + "}\n"
    return o, "klc1-" + hashlib.sha256(core.encode()).hexdigest()


def flat(x: Any, *shape: int | None) -> list[Any]:
    """Return the entries of lists nested in a shape, end to end; None is any length."""
    need(type(x) is list and shape[0] in (None, len(x)), "a list is missing or of wrong length")
    return x if len(shape) == 1 else list(chain.from_iterable(flat(y, *shape[1:]) for y in x))


def integers(x: Any, *shape: int | None, low: int = 0) -> list[int]:
    """Return integers in [low, 2^53], end to end."""
    found = flat(x, *shape)
    need(set(map(type, found)) <= {int}, "not an integer")
    need(not found or low <= min(found) <= max(found) <= INTEGER, "an integer out of range")
    return found


def hexes(x: Any, *shape: int | None) -> list[int]:
    """Return nonnegative integers of at most 4096 bits, written in hexadecimal, end to end."""
    found = flat(x, *shape)
    need(all(type(h) is str and HEX.fullmatch(h) for h in found), "no hexadecimal of few bits")
    return [int(h, 16) for h in found]


def names(x: Any, pattern: str | re.Pattern[str]) -> Any:
    """Return the items of a dictionary whose few keys match the pattern."""
    need(type(x) is dict and len(x) <= NAMES, "no dictionary, or a long one")
    need(all(len(name) <= 200 and re.fullmatch(pattern, name) for name in x), "a wrong name")
    return x.items()


def rows(x: Any, c: Any) -> list[fmpq]:
    """Return n rows of k rationals, end to end: integers over their sum, or over the unit."""
    found = integers(x, c.n, c.k, low=-INTEGER if c.loss == "SQUARED" else 0)
    totals = [c.unit] * c.n if c.loss != "KL" else sums(found, c.k)
    need(min(totals) > 0, "a row is empty")
    return [fmpq(v, totals[e // c.k]) for e, v in enumerate(found)]


def sums(x: list[int], k: int) -> list[int]:
    """Return the sums of rows of k entries."""
    return list(map(sum, zip(*[iter(x)] * k, strict=True)))


def sidecar(x: dict[str, Any], c: Any, folder: Path) -> Iterator[list[int]]:
    """Yield the models of a sidecar, n k integers each."""
    size, digest, path = 8 * c.n * c.k, hashlib.sha256(), folder / x["sidecar"]
    need(path.is_file() and path.stat().st_size == size * c.w, "a sidecar of another size")
    with path.open("rb") as stream:
        while raw := stream.read(size):
            digest.update(raw)
            yield list(struct.unpack(f"<{c.n * c.k}q", raw))
    need(digest.hexdigest() == x["sha256"], "the sidecar has another SHA-256")


def read_models(x: Any, c: Any, folder: Path) -> None:
    """Set the models V, matrices of one row, and the total S of their rows."""
    need(type(x) is list or len(names(x, "sidecar|sha256|models")) == 3, "no models")
    need(type(x) is list or re.fullmatch(r"\w[\w.-]*", str(x["sidecar"])), "a sidecar's name")
    c.d, (c.w,) = 1, integers([len(x) if type(x) is list else x["models"]], 1, low=1)
    need(c.n * c.k * c.w <= ENTRIES, "too many entries")
    inline = (flat(v, c.n, c.k) for v in x)
    for v in inline if type(x) is list else sidecar(x, c, folder):
        integers(v, c.n * c.k, low=-INTEGER if c.loss == "SQUARED" else 0)
        totals = set(sums(v, c.k) if c.loss == "KL" else [c.unit])
        c.S = min(totals) if not c.V else c.S
        need(totals == {c.S} and c.S, "rows of models are empty, or differ in their totals")
        c.V.append(fmpz_mat(1, c.n * c.k, v))


def read_features(x: Any, c: Any) -> None:
    """Set the features B and the total S of their rows."""
    x = flat(x, c.n, None)
    c.d = len(x) // c.n
    need(0 < c.d <= c.n and c.n * c.d * (c.d + c.k) <= ENTRIES, "too many entries")
    c.S = sum(integers(x, c.n * c.d, low=-INTEGER)[: c.d])
    lines = {tuple(x[e : e + c.d]) for e in range(0, len(x), c.d)}
    units = {tuple(c.S * (i == j) for j in range(c.d)) for i in range(c.d)}
    need(c.S > 0 and {*sums(x, c.d)} == {c.S} and units <= lines, "features lack unit rows")
    c.B = fmpz_mat(c.n, c.d, x)


def read(o: dict[str, Any], folder: Path) -> Any:
    """Return the fields, checked before any real arithmetic."""
    need(o.get("schema") == "kl-regression/certificate/1", "not a certificate of this schema")
    need(str(o.get("theorem")) in THEOREMS, "an unknown theorem")
    c = SimpleNamespace(**dict(zip(("loss", "kind", "right"), THEOREMS[o["theorem"]], strict=True)))
    keys = KEYS | MORE.get(c.kind, set()) | ({"unit"} if c.loss != "KL" else set())
    free = {"truths", "members", "provenance"} | ({"features"} if c.kind == "POLY" else set())
    need(keys <= set(o) <= keys | free, "wrong keys")
    c.n, c.k, c.unit = integers([o["points"], o["classes"], o.get("unit", 1)], 3, low=1)
    c.V, c.B, c.S, c.d, c.w, c.A = [], None, 1, c.n, c.k, []
    weights, c.rows = integers(o["point_weights"], c.n), {"teacher": rows(o["teacher"], c)}
    need(any(weights) and c.k > (c.loss == "KL"), "no weight, or a single class")
    c.p = [fmpq(w, sum(weights)) for w in weights]
    if c.kind in ("HULL", "UNION"):
        read_models(o["models"], c, folder)
    elif "features" in o:
        read_features(o["features"], c)
    parts = integers(o.get("parts", [c.w]), None, low=1)
    need(sum(parts) == c.w and len(parts) <= 1000, "the parts are not the models")
    c.parts = [range(i, j) for i, j in pairwise(accumulate(parts, initial=0))]
    for row in flat(o.get("constraints", []), None):
        need(len(integers(row, None, low=-INTEGER)) % 2, "a constraint without b")
        c.A.append((row[0], list(zip(row[1::2], row[2::2], strict=True))))
        need(all(0 <= e < c.n * c.k for e, _ in c.A[-1][1]), "an entry that is none")
    c.l = hexes(o.get("multipliers", []), len(c.A))
    shape = [c.w] if c.V else [c.d, c.w]
    c.z = integers(o["student"], None) if c.kind == "MONOTONE" else hexes(o["student"], *shape)
    c.rows |= {name: rows(x, c) for name, x in names(o.get("truths", {}), TRUTH)}
    c.rows |= {a: member(hexes(x, *shape), c) for a, x in names(o.get("members", {}), TRUTH)}
    read_claims(o, c)
    return c


def read_claims(o: dict[str, Any], c: Any) -> None:
    """Set the claims: two rationals each."""
    c.claims = {}
    for name, x in names(o["claims"], CLAIM):
        ends = [DECIMAL.fullmatch(d) for d in flat(x, 2) if type(d) is str]
        c.claims[name] = [int(d[1]) * fmpq(10) ** int(d[2]) for d in ends if d]
        need(len(c.claims[name]) == 2 and c.claims[name][0] <= c.claims[name][1], "a wrong claim")
    text = {type(x) for _, x in names(o.get("provenance", {}), ".*")}
    need(c.claims and text <= {str, int}, "no claims, or provenance that is no text")
    trivial = all(len(row) == 1 and b <= 0 < row[0][1] for b, row in c.A)
    c.affine = o.get("members", {}) if c.kind == "POLY" and trivial and not c.right else {}


def member(z: list[int], c: Any) -> list[fmpq]:
    """Return the rows of the member of V at its coordinates."""
    need(c.kind != "MONOTONE" and len(set(sums(z, c.w))) == 1 and any(z), "no coordinates")
    if c.V:
        need(sum(any(z[j] for j in part) for part in c.parts) == 1, "in no part of the union")
        f = reduce(lambda f, g: f + g, (v * a for v, a in zip(c.V, z, strict=True) if a)).entries()
    else:
        f = (c.B * fmpz_mat(c.d, c.w, z)).entries() if c.B else z
    f = [fmpq(x, sum(z[: c.w]) * c.S) for x in f]
    held = all(sum(a * f[e] for e, a in row) >= b for b, row in c.A)
    need(c.V or (min(f) >= 0 and held), "a member is negative, or breaks a constraint")
    return f


def slopes(c: Any) -> tuple[list[arb], list[int]]:
    """Return -p grad at the computed student, and the entries where it or the teacher is 0."""
    found, holes = [], []
    for e, (a, b) in enumerate(zip(c.rows["computed"], c.rows["teacher"], strict=True)):
        p = c.p[e // c.k]
        if c.loss == "SQUARED":
            found.append(arb(2 * p * (b - a)))
        elif p and a and b:
            found.append(arb(p * b / a) if c.right else p * arb(b / a).log())
        else:
            need(not p or not (b if c.right else a), "the student's divergence is infinite")
            holes += [e] * (p != 0 and not c.right)
            found.append(arb(0))
    return found, holes


def solve(c: Any, part: range) -> None:
    """Set the computed student of a part, and its gap."""
    g, z = c.rows["teacher"], [a * (e % c.w in part) for e, a in enumerate(c.z)]
    c.rows["computed"], c.known = member(z, c), {}
    lifted, holes = slopes(c)
    total, f, live, c.gap = sum(z[: c.w]), c.rows["computed"], list(part), arb(0)
    for (b, row), times in zip(c.A, c.l, strict=True):
        c.gap += arb(times) / total * (sum(a * f[e] for e, a in row) - b)
        for e, a in row:
            lifted[e] += arb(times) / total * a
    if c.V:
        column = arb_mat(len(lifted), 1, lifted)
        live = [j for j in part if not any(c.V[j][0, e] for e in holes if not g[e])]
        need(live and not any(c.V[j][0, e] for e in holes for j in live), "a 0 of the student")
        G = [[(arb_mat(c.V[j]) * column)[0, 0] for j in live]]
    else:
        need(not any(g[e] for e in holes), "the student is 0 where the teacher is not")
        pulled = arb_mat(c.n, c.k, lifted)
        G = (arb_mat(c.B.transpose()) * pulled if c.B else pulled).tolist()
    shares = [[z[j] for j in live]] if c.V else [z[e : e + c.w] for e in range(0, len(z), c.w)]
    for r, share in zip(G, shares, strict=True):
        mean = sum((x * y for x, y in zip(r, share, strict=True)), arb(0)) / total
        c.gap += (reduce(arb.max, r) - mean) / c.S if len(live) > 1 else 0
    c.T = [-x / c.S for x in G[0]]


def unite(c: Any) -> None:
    """Set the computed student and its gap: in a union of the part whose D is surely the least."""
    found = []
    for part in c.parts:
        solve(c, part)
        least = divergence(c, *(("teacher", "student") if c.right else ("student", "teacher")))
        found.append((least, c.rows["computed"], c.gap, c.T, c.known))
    least, c.rows["computed"], c.gap, c.T, c.known = min(found, key=lambda v: float(v[0].upper()))
    c.gap = c.gap if sum(not least < v[0] for v in found) == 1 else arb("inf")


def monotone(c: Any) -> None:
    """Set the student, constant on the blocks that end where it says, and its gap."""
    increasing = c.z == sorted(set(c.z)) and c.z[:1] > [0] and c.z[-1] == c.n
    need(increasing and c.k == 2, "wrong ends of blocks, or not two classes")
    g, c.rows["computed"], c.known, last = c.rows["teacher"], [], {}, arb("-inf")
    c.gap = arb(0)
    for i, j in pairwise([0, *c.z]):
        p, inside = c.p[i:j], range(i, j)
        need(any(p) and (c.right or all(g[2 * i : 2 * j])), "a block without weight, or a 0")
        x = [g[2 * r + 1] if c.right else arb(g[2 * r + 1] / g[2 * r]).log() for r in inside]
        mean = sum((w * y for w, y in zip(p, x, strict=True)), arb(0)) / sum(p)
        one = mean if c.right else 1 / (1 + (-mean).exp())
        if len({(y.p, y.q) for y in g[2 * i : 2 * j : 2]}) > 1:
            rest = [*accumulate(w * (mean - y) for w, y in zip(p, x, strict=True))][:-1]
            steep = 1 / (one * (1 - one)) if c.right else 1
            c.gap += reduce(arb.max, [y * steep for y in rest], arb(0))
        c.gap, last = c.gap if mean > last else arb("inf"), mean
        c.rows["computed"] += [1 - one, one] * (j - i)


def entries(c: Any, name: str) -> Iterator[tuple[fmpq, arb]]:
    """Yield (p, entry) where p > 0: zeros exactly; the true student's by (2), (3) or (5)."""
    true = name == "student" and c.gap.upper() > 0
    gap, w = c.gap.upper(), (2 * c.gap.upper().log1p()).sqrt().upper()
    for e, x in enumerate(c.rows["computed" if name == "student" else name]):
        p, y = c.p[e // c.k], arb(x)
        if p and true and c.loss == "SQUARED":
            y += arb(0, (gap / (2 * p)).sqrt().upper())
        elif p and true and c.right and x != 0:
            y /= 1 + arb(0, (w / arb(p * c.rows["teacher"][e])).upper())
        elif p and true and x != 0:
            K = gap / (p * y * -arb(-1).expm1())
            y *= arb(0, K.sqrt().max(K).upper()).exp()
        if p:
            yield p, y


def divergence(c: Any, x: str, y: str) -> arb:
    """Enclose D of x and y, the true student's by (2), (4), (5) where that is sharper."""
    if (x, y) == ("student", "teacher") and not c.right:
        return divergence(c, "computed", "teacher") - arb(0).union(c.gap.upper())
    if (x, y) == ("teacher", "student") and c.right:
        return divergence(c, "teacher", "computed") - arb(0).union(c.gap.log1p().upper())
    if y == "student" and x in c.affine:
        return divergence(c, x, "teacher") - divergence(c, "student", "teacher")
    if (x, y) not in c.known:
        total = arb(0)
        for (p, a), (_, b) in zip(entries(c, x), entries(c, y), strict=True):
            if c.loss == "SQUARED":
                total += p * (a - b) * (a - b)
            else:
                total += p * (0 if a.is_zero() else a * (a / b).log())
                total += p * (b - a) if c.loss == "GKL" else 0
        c.known[x, y] = total
    return c.known[x, y]


def calibration(c: Any, x: str, y: str) -> arb:
    """Return the calibration error of y under x, grouped by exact scores."""
    need("student" not in (x, y) and c.kind != "MONOTONE", "scores that are not exact")
    groups: dict[Any, fmpq] = {}
    for e, (a, b) in enumerate(zip(c.rows[x], c.rows[y], strict=True)):
        key = e % c.k, b.p, b.q
        groups[key] = groups.get(key, fmpq(0)) + c.p[e // c.k] * (b - a)
    return arb(sum(map(abs, groups.values()), fmpq(0)))


def quantity(c: Any, name: str) -> arb:
    """Enclose what a claim is about."""
    need(name != "radius" or (not c.right and c.loss != "GKL"), "no radius on the right or of GKL")
    if name in ("gap", "radius"):
        low, high = (end.max(arb(0)).sqrt() for end in (c.gap.lower(), c.gap.upper()))
        return c.gap if name == "gap" else low.union(high)
    if "gain" in name:
        need(c.kind == "HULL" and c.loss == "KL" and not c.right, "gains are of KL on left hulls")
        return reduce(arb.min if name == "least_gain" else arb.max, c.T)
    total = arb(0)
    for sign, function, x, y in TERM.findall(name):
        need({x, y} <= {*c.rows, "student"}, f"an unknown name in {name}")
        value = calibration(c, x, y) if function == "MCE" else divergence(c, x, y)
        if function == "BH":
            value = 2 * (-(-value).expm1()).sqrt()
        elif function == "RISK":
            m = reduce(arb.min, [v for z in (x, y) for _, v in entries(c, z)])
            value = (2 * (1 - m) / m * value).sqrt()
        total += -value if sign == "-" else value
    return total


def check(raw: bytes, folder: str | Path) -> tuple[str, str, dict[str, arb]]:
    """Return (verdict, id, {quantity: ball}): verified, refuted or undecided."""
    o, identity = parse(raw)
    c = read(o, Path(folder))
    passes = 30 * len({term[1:] for q in c.claims for term in TERM.findall(q)}) + 60
    held = sum(len(row) for _, row in c.A) * (1 + len(o.get("members", {})))
    work = 30 * held + len(c.parts) * c.n * c.k * (c.w + passes)
    for more in (1, 2):
        ctx.prec = more * (64 + max(192, *(x.bit_length() for x in c.z)))
        need(work * ctx.prec <= WORK, "too much work")
        (monotone if c.kind == "MONOTONE" else unite)(c)
        verdict, found = "verified", {}
        for name, (low, high) in c.claims.items():
            found[name], bound = quantity(c, name), name in ("gap", "radius")
            need(not bound or low == 0, f"the lower end of {name} is 0")
            least, most = arb("-inf") if bound else arb(low), arb(high)
            if found[name] > most or found[name] < least:
                return "refuted", identity, found
            verdict = verdict if least <= found[name] <= most else "undecided"
        if verdict == "verified":
            break
    return verdict, identity, found


def main(arguments: list[str]) -> int:
    """Check files, print a line each and what was enclosed, return the exit code."""
    codes = [2] * (set(arguments) <= {"--json"})
    for path in (Path(a) for a in arguments if a != "--json"):
        try:
            with path.open("rb") as stream:
                verdict, identity, found = check(stream.read(BYTES + 1), path.parent)
        except (ValueError, OSError) as error:
            verdict, identity, found = f"rejected: {error}", "", {}
        codes.append({"verified": 0, "refuted": 1, "undecided": 1}.get(verdict, 2))
        claims = {name: ball.str(40) for name, ball in found.items()}
        result = {"file": str(path), "verdict": verdict, "id": identity, "claims": claims}
        text = "".join(f"\n    {name} = {ball}" for name, ball in claims.items())
        text = (
            json.dumps(result) if "--json" in arguments else f"{path}: {verdict} {identity}{text}"
        )
        sys.stdout.write(text + "\n")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
