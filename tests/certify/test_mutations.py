"""No mutation of a certificate verifies unless what it then claims is true."""

import subprocess
import sys

import pytest
from hypothesis import given, settings

from kl_regression import verify
from tests.certify.files import verdict
from tests.certify.mutations import mutations
from tests.certify.second_verdict import second_verdict

EXAMPLES = max(500, 4 * settings.default.max_examples)
MEMORY = 200 << 20
SECONDS = 2

MEASURED = """
import resource, subprocess, sys
run = subprocess.run(sys.argv[1:], capture_output=True)
print(run.returncode, len(run.stderr), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command as the only child of a small process, whose children's memory is then its own."""


@settings(max_examples=EXAMPLES)
@given(mutations())
def test_a_mutation_never_verifies_a_false_claim(mutated):
    """The checker answers in one of four words, and verifies only what the second one verifies."""
    _, content = mutated
    found = verdict(content)
    assert found in {"verified", "refuted", "undecided", "rejected"}
    if found == "verified":
        assert second_verdict(content) == "verified"


@pytest.mark.slow
def test_mutations_take_neither_time_nor_memory(tmp_path):
    """Each of a hundred mutations is answered within the limits, in a process of its own kind."""
    drawn = []

    @settings(max_examples=100, database=None)
    @given(mutations())
    def draw(mutated):
        drawn.append(mutated[1])

    draw()
    for i, content in enumerate(drawn):
        (tmp_path / f"{i}.json").write_bytes(content)
    files = sorted(tmp_path.glob("*.json"))
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, sys.executable, verify.__file__, *files],
        capture_output=True,
        text=True,
        timeout=SECONDS * len(files),
        check=True,
    )
    code, errors, kilobytes = map(int, run.stdout.split())
    assert code in (0, 1, 2)
    assert errors == 0
    assert kilobytes * 1024 < MEMORY
