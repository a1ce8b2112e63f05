"""What is enclosed of the true student holds however roughly the computed one was computed."""

from itertools import accumulate, pairwise

import pytest

from kl_regression.certify.certificate import Certificate, canonical
from kl_regression.verify import check
from proofs_check.certificates.gallery import ENTRIES, HERE
from tests.certify.files import originals

BITS = (2, 5, 12, 30)
WIDE = ["-1e1999", "1e1999"]


def hulls():
    """Return the certificates of mixtures, small ones of each theorem and the gallery's."""
    gallery = {e.name: Certificate((HERE / f"{e.name}.json").read_bytes()) for e in ENTRIES}
    found = originals() | gallery
    return {name: c for name, c in found.items() if len(c.fields.get("models", [])) > 1}


def coarse(student, parts, bits):
    """Return the weights of each part, cut to so many bits of the part's largest."""
    found = []
    for i, j in pairwise([0, *accumulate(parts)]):
        weights = [int(h, 16) for h in student[i:j]]
        cut = max(0, max(weights).bit_length() - bits)
        found += [hex(max(w >> cut, w > 0)) for w in weights]
    return found


def enclosures(fields):
    """Return the balls of what the claims are about."""
    wide = {q: ["0e0", WIDE[1]] if q in ("gap", "radius") else WIDE for q in fields["claims"]}
    return check(canonical(fields | {"claims": wide}), HERE)[2]


@pytest.mark.parametrize("name", sorted(hulls()))
def test_a_coarse_student_encloses_the_true_one(name):
    """Every enclosure of the true student through a coarse one meets the one through a fine one."""
    fields = hulls()[name].fields
    fine, met = enclosures(fields), 0
    for bits in BITS:
        parts = fields.get("parts", [len(fields["student"])])
        rough = enclosures(fields | {"student": coarse(fields["student"], parts, bits)})
        assert not rough["gap"] < 0
        for q in (q for q in fine if "student" in q and rough[q].is_finite()):
            assert rough[q].overlaps(fine[q]), (q, bits)
            met += 1
    assert met or not any("student" in q for q in fine)
