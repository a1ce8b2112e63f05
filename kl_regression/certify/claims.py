"""What a certificate claims unless told otherwise."""

from collections.abc import Iterable


def gain(truth: str) -> str:
    """Return the quantity error(teacher) - error(student)."""
    return f"D({truth},teacher)-D({truth},student)"


def slack(truth: str) -> str:
    """Return the quantity that the gain theorem says is nonnegative."""
    return f"{gain(truth)}-D(student,teacher)"


def default_claims(theorem: str, truths: Iterable[str]) -> list[str]:
    """Return the quantities for a theorem's id: gap, distances, bounds, and each truth's errors."""
    found = ["gap", "D(student,teacher)"]
    right, kl = "-RIGHT/" in theorem, theorem.startswith("KL-")
    if right:
        found += ["D(teacher,student)"]
    elif not theorem.startswith("GKL"):
        found += ["radius"]
    if theorem.startswith("KL-HULL/"):
        found += ["least_gain", "greatest_gain"]
    if kl:
        order = "teacher,student" if right else "student,teacher"
        found += [f"BH({order})", f"RISK({order})"]
    for truth in truths:
        found += [f"D({truth},teacher)", f"D({truth},student)", gain(truth), slack(truth)]
    return found
