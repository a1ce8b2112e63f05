"""The whole theory, in its order: every entry of every theorem file."""

from proofs_check import (
    student_beats_teacher_by_disagreement,
    three_points_leave_a_linear_term,
)
from proofs_check.checking.entry import Entry

FILES = (
    student_beats_teacher_by_disagreement,
    three_points_leave_a_linear_term,
)

THEORY: tuple[Entry, ...] = tuple(entry for file in FILES for entry in file.ENTRIES)
