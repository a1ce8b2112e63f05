"""certify(): from a solved instance to a certificate."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

from kl_regression.certify.certificate import Certificate
from kl_regression.certify.claims import default_claims
from kl_regression.certify.refusals import MEASURED
from kl_regression.errors import InputError
from kl_regression.instance import Outcome
from kl_regression.projection import GIVEN

MOST_BITS = 3600
"""Bits of a student that leave room for the guard bits and for mixing within a certificate's."""

MOST_ENTRIES = 20_000
"""Entries n k up to which a risk bound is claimed, which takes a pass over them of its own."""


def certify(
    outcome: Outcome,
    *,
    bits: int = 256,
    truths: Mapping[str, Any] | None = None,
    claims: Sequence[str] = (),
) -> Certificate:
    """Return a certificate of a solved instance, checked without solver or floating point.

    The arrays become integers (the provenance says what that changed), the student is polished to
    ``bits`` bits, and the checker has verified every claim before this returns. Truths in the class
    become members of it, exactly. A quantity that is not finite is not claimed; risk bounds are
    claimed up to n k = 20,000.

    Args:
        outcome: a solved instance.
        bits: the student's, from 53; 256 give every quantity to about 37 digits.
        truths: targets by name, beside the outcome's own, "truth": predictions of shape (n, k), or
            weights of a mixture of the models of one hull, shape (m,). A name has at most 64 small
            letters, digits and _; a file has room for about a dozen.
        claims: quantities to claim beside the usual ones, as kl_regression/verify.py names them:
            "MCE(truth,computed)", or a signed sum such as "D(truth,student)-D(teacher,student)".

    Raises:
        InputError: for a class, loss or side that no certificate covers, or what does not fit.
        SolverError: when the student cannot be polished; the message says why.

    >>> from kl_regression.classes.hull import Hull
    >>> from kl_regression.instance import Instance
    >>> students = Hull([[[0.8, 0.2]], [[0.6, 0.4]]])
    >>> outcome = Instance(teacher=[[0.5, 0.5]], students=students).solve()
    >>> certify(outcome).claims["gap"][1] < 2**-256
    True
    """
    if not isinstance(outcome, Outcome):
        remedy = "Pass what Instance(...).solve() returns"
        raise InputError("outcome", f"is of type {type(outcome).__name__}", remedy)
    if outcome.student.solver == GIVEN:
        raise InputError("outcome", *MEASURED)
    from kl_regression.certify.draft import Draft
    from kl_regression.certify.sealing import seal

    further = _further(claims)
    fields = Draft(outcome, {} if truths is None else truths, _bits(bits)).fields()
    names = [*fields.get("truths", {}), *fields.get("members", {})]
    usual = default_claims(fields["theorem"], names)
    if outcome.instance.teacher.size > MOST_ENTRIES:
        usual = [claim for claim in usual if not claim.startswith("RISK")]
    _about(further, ["teacher", "student", "computed", *names])
    return seal(fields, list(dict.fromkeys([*usual, *further])))


def _further(claims: Any) -> list[str]:
    from kl_regression.verify import CLAIM

    if isinstance(claims, str) or not isinstance(claims, Sequence):
        raise InputError("claims", f"is {claims!r}", "Pass a list of quantities")
    wrong = [c for c in claims if not isinstance(c, str) or len(c) > 200 or not CLAIM.fullmatch(c)]
    if wrong:
        known = "gap, radius, least_gain, greatest_gain, or a signed sum of D, MCE, BH, RISK(x,y)"
        raise InputError("claims", f"has {wrong[0]!r}", f"Use {known}")
    return list(claims)


def _bits(bits: Any) -> int:
    whole = isinstance(bits, Integral) and not isinstance(bits, bool)
    if not whole or not 53 <= bits <= MOST_BITS:
        raise InputError("bits", f"is {bits!r}", f"Give a whole number from 53 to {MOST_BITS}")
    return int(bits)


def _about(claims: Sequence[str], known: Sequence[str]) -> None:
    from kl_regression.verify import TERM

    for claim in claims:
        for _, function, *names in TERM.findall(claim):
            for name in names:
                if name not in known:
                    problem = f"has {claim!r}, about the unknown {name!r}"
                    raise InputError("claims", problem, f"Use {', '.join(known)}")
            if function == "MCE" and "student" in names:
                problem = f"has {claim!r}, whose scores are known in balls alone"
                raise InputError("claims", problem, 'Use "computed", the student in the file')
