"""A refutation as a certificate, which anyone checks with ``python -m kl_regression.verify``.

Hulls under KL, and on the left under generalised KL and squared error, are certified with their
true student. A student that minimises nothing is a class of its own. Of finitely many functions
under another loss than KL the certificate names all, the student proven nearest to the teacher.
Softmax layers, Itakura-Saito, and hulls under generalised KL on the right have none.
"""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from kl_regression.certify.certificate import Certificate
from kl_regression.errors import SolverError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.proving import BITS
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.sums import signed_sums

UNCOVERED = "none covers this class, loss and side"
ENCLOSED = "its claim is no signed sum of divergences: errors and misfits are enclosed instead"


@dataclass(frozen=True)
class Evidence:
    """What of a refutation can be handed on.

    Args:
        certificate: verified by the checker, or None where there is no such certificate.
        negative: quantities that it proves negative, which together are the violation, the slack
            times a positive factor first; none where the claim is no signed sum of divergences.
        remark: why there is no certificate, or no such quantity; else empty.
    """

    certificate: Certificate | None
    negative: tuple[str, ...] = ()
    remark: str = ""

    def __str__(self) -> str:
        if self.certificate is None:
            return f"no certificate: {self.remark}"
        if not self.negative:
            return f"certificate {self.certificate.short_id}: {self.remark}"
        high = float(self.certificate.claims[self.negative[0]][1])
        return f"certificate {self.certificate.short_id}: {self.negative[0]} <= {high:.6g}"


def evidence(table: Any, conjecture: Conjecture, ranges: Ranges) -> Evidence:
    """Return the certificate of integers, shape (r, n, k), that are proven to violate a conjecture.

    Args:
        table: teacher, models, truth.
        conjecture: what they violate.
        ranges: how they become an instance.
    """
    from kl_regression.certify.balls import Balls
    from kl_regression.certify.sealing import seal
    from kl_regression.falsify.draft import Draft
    from kl_regression.falsify.enclosing import enclose

    draft = Draft(table, ranges)
    if not draft.covered:
        return Evidence(None, remark=UNCOVERED)
    with Balls(BITS) as x:
        cases = enclose(table, ranges, x)
        negative = [] if cases is None else signed_sums(conjecture, cases)
        negative += draft.farther
        wanted = dict.fromkeys([*negative, *draft.enclosed])
        try:
            sealed = seal(draft.fields | {"provenance": _provenance(conjecture)}, list(wanted))
        except SolverError as error:
            return Evidence(None, remark=str(error))
    claims = sealed.claims
    summed = len(negative) > len(draft.farther)
    if summed and all(q in claims and claims[q][1] < 0 for q in negative):
        return Evidence(sealed, tuple(negative))
    return Evidence(sealed, remark=ENCLOSED)


def _provenance(conjecture: Conjecture) -> dict[str, str]:
    return {
        "refuted": conjecture.statement,
        "software": f"kl_regression {version('kl_regression')}",
    }
