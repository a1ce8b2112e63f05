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
from fractions import Fraction
from functools import reduce
from itertools import accumulate, chain, pairwise
from pathlib import Path
from types import SimpleNamespace

from flint import arb, arb_mat, ctx, fmpq, fmpz_mat

BYTES, ENTRIES, WORK, INTEGER, NAMES = 1 << 26, 2 * 10**7, 10**11, 1 << 53, 64
THEOREM = re.compile(r"(KL|GKL|SQUARED)-(HULL)/1|(KL)-(HULL|UNION|POLY|MONOTONE)(-RIGHT)?/1")
KEYS = set("schema theorem points classes point_weights teacher student claims".split())
MORE = {"HULL": {"models"}, "UNION": {"models", "parts"}, "POLY": {"constraints", "multipliers"}}
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,999})e(0|-?[1-9][0-9]{0,2}|-?1[0-9]{3})")
TERM = re.compile(r"([+-]?)(D|MCE|BH|RISK)\(([a-z0-9_]+),([a-z0-9_]+)\)")
CLAIM = re.compile(rf"gap|radius|least_gain|greatest_gain|({TERM.pattern})+")
TRUTH = re.compile(r"(?!(teacher|student|computed)$)[a-z][a-z0-9_]*")


def need(condition, why):
    """Reject the file unless the condition holds."""
    if not condition:
        raise ValueError(why)


def parse(raw):
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
    """Return nonnegative integers of at most 4096 bits, written in hexadecimal, end to end."""
    found = flat(x, *shape)
    need(set(map(type, found)) <= {str} and max(map(len, found), default=0) <= 1026, "a long text")
    need(all(re.fullmatch("0x(0|[1-9a-f][0-9a-f]*)", h) for h in found), "no hexadecimal")
    return [int(h, 16) for h in found]


def names(x, pattern):
    """Return the items of a dictionary whose few keys match the pattern."""
    need(type(x) is dict and len(x) <= NAMES, "no dictionary, or a long one")
    need(all(len(name) <= 200 and re.fullmatch(pattern, name) for name in x), "a wrong name")
    return x.items()


def sums(x, k):
    """Return the sums of rows of k entries."""
    return list(map(sum, zip(*[iter(x)] * k, strict=True)))


def rows(x, c):
    """Return n k integers end to end, and what each row is divided by."""
    found = integers(x, c.n, c.k, low=-INTEGER if c.loss == "SQUARED" else 0)
    totals = sums(found, c.k) if c.loss == "KL" else [c.unit] * c.n
    need(min(totals) > 0, "a row is empty")
    return found, totals


def models(x, c, folder):
    """Yield the models, tables of n rows: from the file itself or from its sidecar."""
    if type(x) is list:
        yield from x
        return
    size, digest, path = 8 * c.n * c.k, hashlib.sha256(), folder / x["sidecar"]
    need(path.is_file() and path.stat().st_size == size * c.w, "a sidecar of another size")
    with path.open("rb") as stream:
        while raw := stream.read(size):
            digest.update(raw)
            yield [list(row) for row in struct.iter_unpack(f"<{c.k}q", raw)]
    need(digest.hexdigest() == x["sha256"], "the sidecar has another SHA-256")


def read_class(o, c, folder):
    """Set the class: models V or features B, what they are divided by, and A f >= b."""
    c.V, c.B, c.A, c.S, c.d, c.w = [], None, [], 1, c.n, c.k
    if "models" in o:
        x = o["models"]
        need(type(x) is list or set(names(x, "sidecar|sha256|models")) and len(x) == 3, "models")
        need(type(x) is list or re.fullmatch(r"\w[\w.-]*", str(x["sidecar"])), "a sidecar's name")
        c.d, (c.w,) = 1, integers([len(x) if type(x) is list else x["models"]], 1, low=1)
        need(c.n * c.k * c.w <= ENTRIES, "too many entries")
        for v in models(x, c, folder):
            found, totals = rows(v, c)
            c.S = totals[0] if not c.V else c.S
            need(set(totals) == {c.S}, "rows of models differ in their totals")
            c.V.append(fmpz_mat(1, c.n * c.k, found))
        need(len(c.V) == c.w, "no models")
    if "features" in o:
        x = flat(o["features"], c.n, None)
        c.d = len(x) // c.n
        need(0 < c.d <= c.n and c.n * c.d * (c.d + c.k) <= ENTRIES, "too many entries")
        x, c.S = integers(x, c.n * c.d, low=-INTEGER), sum(x[: c.d])
        lines = [x[e : e + c.d] for e in range(0, len(x), c.d)]
        units = [[c.S * (i == j) for j in range(c.d)] for i in range(c.d)]
        need(c.S > 0 and set(sums(x, c.d)) == {c.S} and all(u in lines for u in units), "features")
        c.B = fmpz_mat(c.n, c.d, x)
    if c.kind == "POLY":
        c.A = [integers(x, None, low=-INTEGER) for x in flat(o["constraints"], None)]
        need(all(len(x) % 2 and all(0 <= e < c.n * c.k for e in x[1::2]) for x in c.A), "rows of A")
        c.l = hexes(o["multipliers"], len(c.A))
    c.parts = integers(o.get("parts", [c.w]), None, low=1)
    need(sum(c.parts) == c.w, "the parts are not the models")


def read(o, folder):
    """Return the fields as integers, checked before any real arithmetic."""
    need(o.get("schema") == "kl-regression/certificate/1", "not a certificate of this schema")
    found = THEOREM.fullmatch(str(o.get("theorem")))
    need(found, "an unknown theorem")
    c = SimpleNamespace(kind=found[2] or found[4], loss=found[1] or found[3], right=bool(found[5]))
    keys = KEYS | MORE.get(c.kind, set()) | ({"unit"} if c.loss != "KL" else set())
    free = {"truths", "members", "provenance"} | ({"features"} if c.kind == "POLY" else set())
    need(keys <= set(o) <= keys | free, "wrong keys")
    c.n, c.k, c.unit = integers([o["points"], o["classes"], o.get("unit", 1)], 3, low=1)
    need(c.k == 2 or c.kind != "MONOTONE" and (c.k > 2 or c.loss != "KL"), "a number of classes")
    c.p, c.rows = integers(o["point_weights"], c.n), {"teacher": rows(o["teacher"], c)}
    c.P = sum(c.p)
    need(c.P > 0, "no point has weight")
    read_class(o, c, folder)
    if c.kind == "MONOTONE":
        c.ends, c.z = integers(o["student"], None, low=1), [0]
        need(c.ends and c.ends[-1] == c.n and sorted(set(c.ends)) == c.ends, "wrong ends of blocks")
    else:
        c.z = hexes(*([o["student"], c.w] if c.V else [o["student"], c.d, c.k]))
    for name, x in names(o.get("truths", {}), TRUTH):
        c.rows[name] = rows(x, c)
    for name, x in names(o.get("members", {}), TRUTH):
        c.rows[name] = member(hexes(x, c.w) if c.V else hexes(x, c.d, c.w), c)
    trivial = c.kind == "POLY" and all(len(x) == 3 and x[0] <= 0 < x[2] for x in c.A)
    c.affine = o.get("members", {}) if trivial and not c.right else {}
    c.claims = {}
    for name, x in names(o["claims"], CLAIM):
        need(all(type(d) is str and DECIMAL.fullmatch(d) for d in flat(x, 2)), "no decimals")
        c.claims[name] = [fmpq(f.numerator, f.denominator) for f in map(Fraction, x)]
        need(c.claims[name][0] <= c.claims[name][1], "an empty claim")
    text = {type(x) for _, x in names(o.get("provenance", {}), ".*")}
    need(c.claims and text <= {str, int}, "no claims, or provenance that is no text")
    return c


def member(z, c):
    """Return the rows of the member of V at its coordinates, and what they are divided by."""
    total = sum(z[: c.w])
    need(total > 0 and set(sums(z, c.w)) == {total}, "coordinates are 0, or of different totals")
    if c.V:
        one = [any(z[i:j]) for i, j in pairwise(accumulate(c.parts, initial=0))].count(True) == 1
        need(one, "a member is of more than one part of a union")
        f = reduce(lambda f, g: f + g, (v * a for v, a in zip(c.V, z, strict=True) if a)).entries()
    else:
        f = (c.B * fmpz_mat(c.d, c.w, z)).entries() if c.B else z
    held = (sum(a * f[e] for e, a in zip(x[1::2], x[2::2])) >= x[0] * total * c.S for x in c.A)
    need(c.V or (min(f) >= 0 and all(held)), "a member is negative, or breaks a constraint")
    return f, [total * c.S] * c.n


def solve(c):
    """Set the computed student and its gap: in a union of the part whose D is surely the least."""
    found, (g, units) = [], c.rows["teacher"]
    for start, end in pairwise(accumulate(c.parts, initial=0)):
        z = [a * (start <= e % c.w < end) for e, a in enumerate(c.z)]
        c.known, c.rows["computed"] = {}, member(z, c)
        (f, totals), slopes, holes = c.rows["computed"], [], []
        for e, (a, b) in enumerate(zip(f, g, strict=True)):
            p, ratio = c.p[e // c.k], arb(a * units[e // c.k]) / (totals[0] * b) if a and b else 0
            if p and c.loss == "SQUARED":
                slopes.append(2 * p * (arb(a) / totals[0] - arb(b) / c.unit))
            else:
                need(not p or ratio or not (b if c.right else a), "an infinite divergence")
                slopes.append(
                    arb(0) if not (p and ratio) else -p / ratio if c.right else p * ratio.log()
                )
                holes += [e] * bool(p and not ratio and not c.right)
        c.gap = sum((s * a for s, a in zip(slopes, f, strict=True)), arb(0)) / (totals[0] * c.P)
        lifted, live = [-s / c.P for s in slopes], range(start, end)
        for row, l in zip(c.A, getattr(c, "l", []), strict=True):
            c.gap -= arb(l * c.S) / totals[0] * row[0]
            for e, a in zip(row[1::2], row[2::2], strict=True):
                lifted[e] += arb(l * c.S) / totals[0] * a
        if c.V:
            dead = [e for e in holes if not g[e]]
            live = [j for j in live if not any(c.V[j][0, e] for e in dead)]
            need(live and not any(c.V[j][0, e] for j in live for e in holes), "a hole")
            column = arb_mat(len(f), 1, lifted)
            G = [[(arb_mat(c.V[j]) * column)[0, 0] for j in live]]
        else:
            need(not any(g[e] for e in holes), "the student is 0 where the teacher is not")
            G = arb_mat(c.n, c.k, lifted)
            G = (arb_mat(c.B.transpose()) * G if c.B else G).tolist()
        c.gap, c.T = sum((reduce(arb.max, r) / c.S for r in G), c.gap), [-x / c.S for x in G[0]]
        c.gap = arb(0) if c.V and len(live) == 1 else c.gap
        least = D(c, *(("teacher", "student") if c.right else ("student", "teacher")))
        found.append((least, c.rows["computed"], c.gap, c.T))
    least, c.rows["computed"], c.gap, c.T = min(found, key=lambda v: float(v[0].upper()))
    c.gap = c.gap if sum(not least < v[0] for v in found) == 1 else arb("inf")


def monotone(c):
    """Set the student, constant on the blocks, and its gap."""
    (g, totals), x, c.gap, last = c.rows["teacher"], [], arb(0), arb("-inf")
    for inside in (range(start, end) for start, end in pairwise([0, *c.ends])):
        b = [arb(g[2 * i + 1]) / (totals[i] if c.right else g[2 * i]) for i in inside]
        u = [c.p[i] * (v if c.right else v.log()) for i, v in zip(inside, b, strict=True)]
        mean = sum(u, arb(0)) / sum(c.p[i] for i in inside)
        rest = accumulate(c.p[i] * mean - v for i, v in zip(inside, u, strict=True))
        c.gap += reduce(arb.max, [*rest][:-1], arb(0)) / c.P if mean > last else arb("inf")
        last, high = mean, mean if c.right else 1 / (1 + (-mean).exp())
        x += [1 - high, high] * len(inside)
    c.rows["computed"] = x, [1] * c.n


def entries(c, name):
    """Yield (p, entry) where p > 0: zeros exactly; the true student's by (2), (3) or (5)."""
    (found, totals), (g, units) = c.rows[name.replace("student", "computed")], c.rows["teacher"]
    gap, w = c.gap.upper() * c.P, (2 * c.gap.log1p()).sqrt().upper() * c.P
    for e, x in enumerate(found):
        p, y = c.p[e // c.k], arb(x) / totals[e // c.k]
        if p and name == "student" and gap > 0:
            if c.loss == "SQUARED":
                y += arb(0, (gap / (2 * p)).sqrt().upper())
            elif x and c.right:
                y /= 1 + arb(0, (w * units[e // c.k] / (p * arb(g[e]))).upper())
            elif x:
                K = gap / (p * y * -arb(-1).expm1())
                y *= arb(0, K.sqrt().max(K).upper()).exp()
        if p:
            yield p, y


def D(c, x, y):
    """Enclose D(x, y), the true student's by (2), (4), (5) where that is sharper."""
    if (x, y) == ("student", "teacher") and not c.right:
        return D(c, "computed", "teacher") - arb(0).union(c.gap.upper())
    if (x, y) == ("teacher", "student") and c.right:
        return D(c, "teacher", "computed") - arb(0).union(c.gap.log1p().upper())
    if y == "student" and x in c.affine:
        return D(c, x, "teacher") - D(c, "student", "teacher")
    if (x, y) not in c.known:
        total = arb(0)
        for (p, a), (_, b) in zip(entries(c, x), entries(c, y), strict=True):
            if c.loss == "SQUARED":
                total += p * (a - b) * (a - b)
            elif a.is_zero() or not b.is_zero():
                total += p * (0 if a.is_zero() else a * (a / b).log())
                total += p * (b - a) if c.loss == "GKL" else 0
            else:
                total = arb("inf")
        c.known[x, y] = total / c.P
    return c.known[x, y]


def calibration(c, x, y):
    """Return MCE(x, y), grouped by exact scores."""
    need(y != "student" and c.kind != "MONOTONE", "scores must be exact: claim MCE of computed")
    (a, s), (b, t), groups = c.rows[x], c.rows[y], {}
    for e, (u, v) in enumerate(zip(a, b, strict=True)):
        score = fmpq(v, t[e // c.k])
        key = e % c.k, str(score)
        groups[key] = groups.get(key, 0) + c.p[e // c.k] * (score - fmpq(u, s[e // c.k]))
    return arb(sum(map(abs, groups.values()), fmpq(0))) / c.P


def quantity(c, name):
    """Enclose what a claim is about."""
    left = not c.right and c.loss != "GKL"
    need(left or name != "radius", "a radius is of KL or SQUARED on the left")
    need(left and c.kind == "HULL" or "gain" not in name, "gains are of KL hulls on the left")
    if name in ("gap", "radius"):
        square = c.gap.upper().max(arb(0)) / (2 if c.loss == "SQUARED" else 1)
        return c.gap if name == "gap" else square.sqrt()
    total = reduce(arb.min if name[0] == "l" else arb.max, c.T) if "gain" in name else arb(0)
    for sign, function, x, y in TERM.findall(name):
        need({x, y} <= {*c.rows, "student"}, f"an unknown name in {name}")
        value = calibration(c, x, y) if function == "MCE" else D(c, x, y)
        if function == "BH":
            value = 2 * (-(-value).expm1()).sqrt()
        elif function == "RISK":
            m = reduce(arb.min, [v for z in (x, y) for _, v in entries(c, z)])
            value = (2 * (1 - m) / m * value).sqrt()
        total += -value if sign == "-" else value
    return total


def check(raw, folder):
    """Return (verdict, id, {quantity: ball}): verified, refuted or undecided."""
    o, identity = parse(raw)
    c = read(o, Path(folder))
    work = c.n * c.k * (c.w + 30 * sum(len(TERM.findall(q)) + 1 for q in c.claims))
    for more in (1, 2):
        ctx.prec = more * (64 + max(192, *(x.bit_length() for x in c.z)))
        need(work * ctx.prec <= WORK, "too much work")
        (monotone if c.kind == "MONOTONE" else solve)(c)
        c.known, verdict, found = {}, "verified", {}
        for name, (low, high) in c.claims.items():
            found[name], bound = quantity(c, name), name in ("gap", "radius")
            need(not bound or low == 0, f"the lower end of {name} is 0")
            if found[name] > arb(high) or (found[name] < arb(low) and not bound):
                return "refuted", identity, found
            if not (found[name] <= arb(high) and (bound or found[name] >= arb(low))):
                verdict = "undecided"
        if verdict == "verified":
            break
    return verdict, identity, found


def main(arguments):
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
        if "--json" in arguments:
            result = {"file": str(path), "verdict": verdict, "id": identity, "claims": claims}
            print(json.dumps(result))
        else:
            print(f"{path}: {verdict} {identity}", *(f"\n    {q} = {x}" for q, x in claims.items()))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
