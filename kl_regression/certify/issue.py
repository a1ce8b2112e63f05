"""certify(): from a solved instance to a certificate."""

from collections.abc import Mapping
from typing import Any

from kl_regression.certify.certificate import Certificate
from kl_regression.certify.claims import default_claims
from kl_regression.errors import InputError
from kl_regression.instance import Outcome

MOST_BITS = 3600
"""Bits of a student that leave room for the guard bits and for mixing within a certificate's."""

MOST_ENTRIES = 20_000
"""Entries n k up to which a risk bound is claimed, which takes a pass over them of its own."""


def certify(
    outcome: Outcome, *, bits: int = 256, truths: Mapping[str, Any] | None = None
) -> Certificate:
    """Return a certificate of an outcome, which is checked without solver or floating point.

    The arrays become integers (the provenance says what that changed), the student is polished to
    ``bits`` bits, and the checker has verified every claim before this returns.

    Args:
        outcome: a solved instance.
        bits: the student's; 256 give every quantity to about 37 digits.
        truths: targets by name, beside the outcome's own, "truth": predictions of shape (n, k), or
            weights of a mixture of the hull's models, shape (m,).

    Raises:
        InputError: for a class, loss or side that no certificate covers.
        SolverError: when the student cannot be polished; the message says why.
    """
    if isinstance(bits, bool) or not 53 <= bits <= MOST_BITS:
        raise InputError("bits", f"is {bits!r}", f"Give a number from 53 to {MOST_BITS}")
    from kl_regression.certify.draft import Draft
    from kl_regression.certify.sealing import seal

    sources = dict(truths or {})
    if outcome.instance.truth is not None:
        sources.setdefault("truth", outcome.instance.truth)
    fields = Draft(outcome, sources, bits).fields()
    names = [*fields.get("truths", {}), *fields.get("members", {})]
    claims = default_claims(fields["theorem"], names)
    if outcome.instance.teacher.size > MOST_ENTRIES:
        claims = [claim for claim in claims if not claim.startswith("RISK")]
    return seal(fields, claims)
