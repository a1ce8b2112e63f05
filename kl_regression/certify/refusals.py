"""Why an outcome becomes no certificate: each reason is a problem and a remedy, told in an error.

A certificate needs a theorem of the checker (kl_regression/verify.py). It has none for a softmax
layer, a class given by cones, a union of anything but hulls, generalised KL on the right, and for
losses other than KL over any class but a hull. Of those it has, a student must be finitely far
from its teacher with a finite slope: its entries are 0 only where the teacher's are. Then a polish
in ball arithmetic has to succeed, which extreme spreads of the entries can prevent.
"""

Reason = tuple[str, str]

LOSS: Reason = (
    "no theorem is about its loss on its side",
    "Certify KL on both sides, SquaredError, or GeneralizedKL on the left",
)
HULLS_ONLY: Reason = (
    "under losses other than KL only hulls have a theorem",
    "Certify a hull of members, or the same class under KL",
)
NO_POLYHEDRON: Reason = (
    "which is no polyhedron and no union of hulls",
    "Certify mixtures and their unions, linear heads, shapes, boxes and their intersections",
)
CUT: Reason = (
    "mixtures cut by constraints have no theorem",
    "Certify the hull of the models that meet the constraints",
)
HEADS: Reason = ("an intersection of two linear heads has no theorem", "Certify one of them")
VANISHING: Reason = (
    "the class, in integers, forces an entry to 0 where the teacher has mass: no slope there",
    "Drop the point, or widen the class",
)
EQUATIONS: Reason = (
    "the equations that all members meet do not survive rounding to integers",
    "Give bounds, points and features in small fractions",
)
THIN: Reason = (
    "the class is thinner than the rounding to integers",
    "Give bounds, points and features in small fractions, or widen the class",
)

MEASURED: Reason = (
    "is of a student trained elsewhere, and a certificate is of the projection",
    'Certify outcome.instance.solve() with truths={"measured": outcome.student.predictions}',
)

LARGE: Reason = (
    "has models of more entries than a certificate holds",
    "Certify a sample of its points",
)

REASONS = (LOSS, HULLS_ONLY, NO_POLYHEDRON, CUT, HEADS, VANISHING, EQUATIONS, THIN, MEASURED, LARGE)

UNSETTLED = (
    "the student's active constraints did not settle: some depend on others, or the gap of the"
    " student is too wide to polish. Drop constraints that follow from others"
)
UNMIXED = "the student's mixture did not settle: drop models that are mixtures of others"
FAINT = "a model that the student needs has a weight below the bits asked for. Ask for more bits"
UNBOUNDED = "the student left every bound while it was polished: its gap is too wide"
UNMENDED = "the student is too far from the class to be mended by mixing"
NO_ROOM = "no interior point is known that meets a constraint which rounding broke"
TIED = "the least divergence is tied between parts of the union: no gap tells the student"
UNKNOWN = "no quantity is finite: the true student is not pinned down"

UNPOLISHED = (UNSETTLED, UNMIXED, FAINT, UNBOUNDED, UNMENDED, NO_ROOM, TIED, UNKNOWN)
"""Why a student that a theorem covers could not be brought to the bits asked for."""
