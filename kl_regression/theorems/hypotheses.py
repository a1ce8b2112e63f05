"""The hypotheses that theorems share, each a named predicate on an outcome."""

import numpy as np

from kl_regression.classes.base import Property
from kl_regression.classes.hull import Hull
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import KL, GeneralizedKL, SquaredError
from kl_regression.gap import gradient
from kl_regression.instance import Outcome
from kl_regression.projection import GIVEN, Status
from kl_regression.theorems.base import Hypothesis


def _left(outcome: Outcome) -> str:
    return "" if outcome.instance.side == "left" else "the student minimises D(teacher, student)"


def _right(outcome: Outcome) -> str:
    return "" if outcome.instance.side == "right" else "the student minimises D(student, teacher)"


def _convex(outcome: Outcome) -> str:
    students = outcome.instance.students
    return "" if Property.CONVEX in students.properties else f"{students!r} is not convex"


def _hull(outcome: Outcome) -> str:
    students = outcome.instance.students
    return "" if isinstance(students, Hull) else f"{students!r} is not a hull of models"


def _softmax(outcome: Outcome) -> str:
    students = outcome.instance.students
    return "" if isinstance(students, LogLinear) else f"{students!r} is not convex in logits"


def _kl(outcome: Outcome) -> str:
    return "" if outcome.instance.loss is KL else f"the loss is {outcome.instance.loss}"


def _kl_family(outcome: Outcome) -> str:
    loss = outcome.instance.loss
    return "" if loss in (KL, GeneralizedKL) else f"the loss is {loss}"


def _squared(outcome: Outcome) -> str:
    return "" if outcome.instance.loss is SquaredError else f"the loss is {outcome.instance.loss}"


def _known(outcome: Outcome) -> str:
    return "" if outcome.instance.truth is not None else "no truth was given"


def _inside(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    found = outcome.truth_membership
    return "" if found.inside else f"the truth is at E ||f - v||_1 = {found.distance:.3g} from it"


def _member(outcome: Outcome) -> str:
    student = outcome.student
    if student.status is Status.OUTSIDE:
        return "the student is no member of the class"
    unknown = student.solver == GIVEN and student.status is Status.FAILED
    return "the student's divergence or gap is infinite" if unknown else ""


def _finite_misfit(outcome: Outcome) -> str:
    return "" if np.isfinite(outcome.misfit) else "D(student, teacher) = inf"


def _finite_errors(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    named = {
        "D(truth, teacher)": outcome.teacher_error,
        "D(truth, student)": outcome.student_error,
        "D(student, teacher)": outcome.misfit,
    }
    return "; ".join(f"{name} = inf" for name, value in named.items() if not np.isfinite(value))


def _finite_risks(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    named = {
        "D(truth, teacher)": outcome.teacher_error,
        "D(truth, student)": outcome.student_error,
    }
    return "; ".join(f"{name} = inf" for name, value in named.items() if not np.isfinite(value))


def _finite_teacher_risk(outcome: Outcome) -> str:
    infinite = outcome.instance.truth is not None and np.isinf(outcome.teacher_error)
    return "D(truth, teacher) = inf" if infinite else ""


def _differentiable(outcome: Outcome) -> str:
    if outcome.instance.loss in (KL, GeneralizedKL, SquaredError):
        return ""
    instance, student = outcome.instance, outcome.student
    slope = gradient(
        student.predictions,
        student.log_predictions,
        instance.teacher,
        loss=instance.loss,
        side="left",
    )
    return "" if np.isfinite(slope[instance.weights > 0]).all() else "φ' is infinite there"


def _positive(outcome: Outcome) -> str:
    counted = outcome.instance.weights > 0
    least = min(
        float(outcome.instance.teacher[counted].min()),
        float(outcome.student.predictions[counted].min()),
    )
    return "" if least > 0 else "teacher or student has a zero"


def _positive_truth(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    least = float(outcome.truth[outcome.instance.weights > 0].min())
    return "" if least > 0 else "the truth has a zero"


def _finite_gap(outcome: Outcome) -> str:
    return "" if np.isfinite(outcome.gap) else "the student's gap is infinite"


LEFT = Hypothesis("side left", _left)
RIGHT = Hypothesis("side right", _right)
CONVEX = Hypothesis("class convex in outputs", _convex)
HULL = Hypothesis("class a hull", _hull)
SOFTMAX = Hypothesis("class convex in logits", _softmax)
KL_LOSS = Hypothesis("loss KL", _kl)
KL_FAMILY = Hypothesis("loss KL or generalised KL", _kl_family)
SQUARED = Hypothesis("loss squared error", _squared)
TRUTH_KNOWN = Hypothesis("truth known", _known)
TRUTH_IN_CLASS = Hypothesis("truth in the class", _inside)
STUDENT_IN_CLASS = Hypothesis("student in the class", _member)
FINITE_MISFIT = Hypothesis("misfit finite", _finite_misfit)
FINITE_ERRORS = Hypothesis("errors finite", _finite_errors)
FINITE_RISKS = Hypothesis("errors of teacher and student finite", _finite_risks)
FINITE_TEACHER_RISK = Hypothesis("teacher's error finite", _finite_teacher_risk)
DIFFERENTIABLE = Hypothesis("generator differentiable at the student", _differentiable)
POSITIVE = Hypothesis("teacher and student positive", _positive)
POSITIVE_TRUTH = Hypothesis("truth positive", _positive_truth)
FINITE_GAP = Hypothesis("gap finite", _finite_gap)
