"""All conjectures with known answers, by name."""

from kl_regression.falsify.known.base import Known
from kl_regression.falsify.known.cells import cells
from kl_regression.falsify.known.constants import constants
from kl_regression.falsify.known.hypotheses import theorems, without

KNOWN: dict[str, Known] = {
    found.name: found for found in (*theorems(), *without(), *constants(), *cells())
}
"""True ones and false ones."""
