"""The whole theory, in its order: every entry of every theorem file."""

from proofs_check import (
    a_regulariser_counts_by_its_value,
    a_right_student_is_no_worse_than_its_teacher,
    a_sample_costs_its_own_error,
    a_softmax_gain_equals_the_divergence,
    an_unrealizable_truth_costs_a_square_root,
    bias_and_variance_add_up,
    calibration_is_pinned_near_the_teachers,
    few_models_cost_little,
    gain_is_affine_in_the_truth,
    penalties_leave_a_known_term,
    risk_is_pinned_near_the_teachers,
    smooth_calibration_is_pinned_without_conditions,
    student_beats_teacher_by_disagreement,
    students_are_as_stable_as_their_teachers,
    the_gain_is_bounded_from_above,
    the_gap_encloses_the_true_student,
    three_points_leave_a_linear_term,
    truth_outside_costs_oscillation_times_distance,
)
from proofs_check.checking.entry import Entry

FILES = (
    student_beats_teacher_by_disagreement,
    three_points_leave_a_linear_term,
    gain_is_affine_in_the_truth,
    truth_outside_costs_oscillation_times_distance,
    the_gap_encloses_the_true_student,
    the_gain_is_bounded_from_above,
    an_unrealizable_truth_costs_a_square_root,
    a_sample_costs_its_own_error,
    few_models_cost_little,
    students_are_as_stable_as_their_teachers,
    a_regulariser_counts_by_its_value,
    bias_and_variance_add_up,
    a_right_student_is_no_worse_than_its_teacher,
    a_softmax_gain_equals_the_divergence,
    penalties_leave_a_known_term,
    risk_is_pinned_near_the_teachers,
    calibration_is_pinned_near_the_teachers,
    smooth_calibration_is_pinned_without_conditions,
)

THEORY: tuple[Entry, ...] = tuple(entry for file in FILES for entry in file.ENTRIES)
