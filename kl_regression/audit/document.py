"""report.json: everything that an audit found, as numbers."""

import json
import platform
from importlib.metadata import version
from typing import Any

from kl_regression.audit.citing import software, sources
from kl_regression.audit.distance import Price
from kl_regression.audit.findings import Findings
from kl_regression.figure.record import LIBRARIES, plain

PROGRAM = "kl_regression.audit"
"""Stands in every file that an audit writes, so that a later audit knows it for its own."""


def versions() -> dict[str, str]:
    """Return the versions that the numbers depend on."""
    return {"python": platform.python_version()} | {lib: version(lib) for lib in LIBRARIES}


def document(found: Findings, command: str) -> bytes:
    """Return report.json; infinities are the strings "inf" and "-inf", arrays are lists.

    Args:
        found: of the audit.
        command: that asked for it.
    """
    content = {
        "program": PROGRAM,
        "command": command,
        "versions": versions(),
        "options": plain(found.question.options),
        "files": [plain(source) for source in found.question.sources],
        "notes": plain(found.question.notes),
        "student": _student(found),
        "without_truth": _without_truth(found),
        "labels": plain(found.distance),
        "population": plain(found.bounds),
        "theorems": json.loads(found.report.to_json())["checks"],
        "calibration": plain(found.calibration),
        "cite": [software(), *sources(found.report)],
    }
    return f"{json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)}\n".encode()


def _student(found: Findings) -> dict[str, Any]:
    outcome = found.outcome
    student = outcome.student
    content: dict[str, Any] = {
        "class": found.question.students,
        "status": student.status.value,
        "solver": student.solver,
        "misfit": student.misfit,
        "gap": student.gap,
        "models": found.question.models,
        "coordinates": student.coordinates,
    }
    if outcome.instance.truth is not None:
        content |= {
            "teacher_error": outcome.teacher_error,
            "student_error": outcome.student_error,
            "gain": outcome.gain,
            "slack": outcome.slack,
        }
    return {name: plain(value) for name, value in content.items()}


def _without_truth(found: Findings) -> dict[str, Any]:
    known = found.without_truth
    price = known.price
    return {
        "promises": plain(known.promises),
        "gain_at_models": plain(known.at_models),
        "price": plain(price) | {"vanishes": plain(price.vanishes)}
        if isinstance(price, Price)
        else price,
    }
