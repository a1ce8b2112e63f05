"""Linear equations in integers, met exactly by coordinates that are nearly solutions.

Every equation gives one unknown as a rational combination of later ones: the others are rounded,
and the solution of these is exact. Sparse elimination over the rationals: ties cost nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

Row = dict[int, Fraction]


@dataclass
class Equations:
    """Equations Σ a z_j = b, added one by one.

    Args:
        pivots: for each unknown that is solved for, in order: the others' coefficients and b.
    """

    pivots: dict[int, tuple[Row, Fraction]] = field(default_factory=dict)

    def add(self, row: dict[int, int], bound: int) -> bool:
        """Add an equation; tell whether it says something new.

        Raises:
            ValueError: when it contradicts the others.
        """
        left: Row = {j: Fraction(a) for j, a in row.items() if a}
        right = Fraction(bound)
        while left:
            held = next((j for j in left if j in self.pivots), None)
            if held is None:
                break
            times = left.pop(held)
            others, constant = self.pivots[held]
            right -= times * constant
            for j, a in others.items():
                left[j] = left.get(j, Fraction(0)) + times * a
                if not left[j]:
                    del left[j]
        if not left:
            if right:
                raise ValueError("equations contradict each other")
            return False
        most = max(map(abs, left.values()))
        pivot = min(j for j, a in left.items() if abs(a) == most)
        size = left.pop(pivot)
        self.pivots[pivot] = ({j: -a / size for j, a in left.items()}, right / size)
        return True

    def solve(self, z: list[int], one: int) -> tuple[list[int], int]:
        """Return coordinates near z / one that meet all equations, and their total.

        Args:
            z: coordinates times ``one``; those that are solved for are not looked at.
            one: their total.
        """
        found = [Fraction(x) for x in z]
        for pivot, (others, constant) in reversed(self.pivots.items()):
            terms = (a * found[j] for j, a in others.items())
            found[pivot] = constant * one + sum(terms, Fraction(0))
        common = lcm(*(x.denominator for x in found))
        return [int(x * common) for x in found], one * common
