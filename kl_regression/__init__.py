"""Exact weak-to-strong students: KL projections onto convex classes, with every theorem checked."""

import sys

if sys.argv[:1] != ["-m"] or "kl_regression.verify" not in sys.orig_argv:
    # the checker, run as a program, starts without the package that it is to check
    from kl_regression import calibration, testing
    from kl_regression.bregman import Bregman, Generator
    from kl_regression.certify.certificate import Certificate
    from kl_regression.certify.issue import certify
    from kl_regression.checking import Report, check
    from kl_regression.cite import cite
    from kl_regression.classes.base import FunctionClass, Space
    from kl_regression.classes.box import Box
    from kl_regression.classes.calculus import ConicClass
    from kl_regression.classes.convex import Convex
    from kl_regression.classes.hull import Hull
    from kl_regression.classes.linear_head import LinearHead
    from kl_regression.classes.lipschitz import Lipschitz
    from kl_regression.classes.log_linear import LogLinear
    from kl_regression.classes.monotone import Monotone
    from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
    from kl_regression.files import load_predictions
    from kl_regression.instance import Instance, Outcome
    from kl_regression.many import Students, project_many
    from kl_regression.projection import Status, Student, project
    from kl_regression.theorems.base import Verdict
    from kl_regression.theorems.direction import Convexity
    from kl_regression.theorems.directions import directions

__all__ = [
    "KL",
    "Box",
    "Bregman",
    "Certificate",
    "ConicClass",
    "Convex",
    "Convexity",
    "FunctionClass",
    "GeneralizedKL",
    "Generator",
    "Hull",
    "Instance",
    "ItakuraSaito",
    "LinearHead",
    "Lipschitz",
    "LogLinear",
    "Loss",
    "Monotone",
    "Outcome",
    "Report",
    "Space",
    "SquaredError",
    "Status",
    "Student",
    "Students",
    "Verdict",
    "calibration",
    "certify",
    "check",
    "cite",
    "directions",
    "load_predictions",
    "project",
    "project_many",
    "testing",
]
