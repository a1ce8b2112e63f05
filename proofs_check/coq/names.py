"""Which theorem of the catalogue Coq has proved, under which names, and how far."""

COQ: dict[str, tuple[str, ...]] = {
    "gain": (
        "gain_theorem",
        "gain_theorem_generalised_KL",
        "gain_theorem_squared_error",
        "gain_theorem_bregman",
    ),
    "three-point identity": (
        "three_point_identity",
        "three_point_identity_generalised_KL",
        "three_point_identity_squared_error",
        "three_point_identity_bregman",
    ),
    "affine gain": ("affine_gain",),
    "gain bracket": ("gain_bracket",),
    "universal certificate": ("universal_certificate", "gap_of_a_hull"),
    "truth outside the class": ("truth_outside_the_class",),
    "distance of the truth": ("distance_of_the_truth",),
    "ball about the true student": ("ball_about_the_true_student",),
    "error of the true student": ("error_of_the_true_student",),
    "assumption margin": ("three_point_identity",),
    "strictness": ("strictness",),
    "gain from above": ("gain_from_above",),
    "gain by Jensen": ("gain_by_jensen",),
    "misfit from below": ("pinsker",),
    "right: four points": ("four_points",),
    "right: gain": ("right_gain",),
    "right: exact gain": ("right_exact_gain",),
    "right: gain by roots": ("right_gain_by_roots",),
    "right: truth outside the class": ("right_truth_outside_the_class",),
    "risk bound": ("risk_bound", "risk_bound_by_pinsker"),
    "distance of student and teacher": ("pinsker", "bretagnolle_huber"),
    "calibration given each model's own score": ("calibration_given_alike_scores",),
    "calibration given x": ("calibration_given_cells",),
    "calibration given the teacher's score": ("calibration_given_cells",),
}
"""By a theorem's key; a theorem that is not here has no machine-checked proof."""

PARTLY: dict[str, str] = {
    "universal certificate": "for KL, by the gap; the gap of a hull at its models",
    "ball about the true student": "the form sqrt(gap) on probability rows",
    "error of the true student": "with a bound x of |log(computed/student)| in place of y",
    "strictness": "for KL",
    "right: four points": "for the true student",
    "right: gain": "for the true student",
    "right: truth outside the class": "for the true student",
    "risk bound": "C1 sqrt(d) in both orders, and the textbook constant; not the logarithmic form",
}
"""What the statement in Coq covers, where it is less than the Python check."""

COUNTEREXAMPLES: tuple[str, ...] = (
    "gain_theorem_needs_convexity",
    "gain_theorem_needs_a_realizable_truth",
    "right_gain_can_be_zero",
    "right_has_no_pythagorean_inequality",
    "own_score_calibration_is_not_pinned",
)
EXISTENCE = "existence_on_a_hull"
