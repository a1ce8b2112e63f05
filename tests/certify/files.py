"""Certificates that the tests start from, one of each theorem, small."""

from functools import cache

import numpy as np

import kl_regression as klr
from kl_regression.certify.certificate import Certificate, canonical
from kl_regression.certify.claims import default_claims
from kl_regression.certify.hulls import hull_fields
from kl_regression.certify.issue import certify
from kl_regression.certify.sealing import seal
from kl_regression.verify import check
from proofs_check.certificates.gallery import HERE


def softmax(z):
    """Return rows of distributions, shape (n, k)."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def sealed(fields, **extra):
    """Return the certificate of fields and further ones, with what is claimed by default."""
    fields = fields | extra
    names = [*fields.get("truths", {}), *fields.get("members", {})]
    return seal(fields, default_claims(fields["theorem"], names))


@cache
def originals() -> dict[str, Certificate]:
    """Return a certificate of each theorem, and two of more fields, by place and theorem."""
    rng = np.random.default_rng(0)
    teacher, models = softmax(rng.normal(size=(6, 3))), softmax(rng.normal(size=(3, 6, 3)))
    found = [
        certify(
            klr.Instance(
                teacher=teacher, truth=models[1], students=klr.Hull(models), side=side
            ).solve(),
            truths={"mix": [1.0, 2.0, 3.0], "labels": np.eye(3)[[0, 1, 2, 0, 1, 2]]},
        )
        for side in ("left", "right")
    ]
    small = [[[9, 6], [5, 10]], [[5, 10], [8, 7]], [[3, 12], [1, 14]]]
    for side in ("left", "right"):
        union = hull_fields(small, [[1, 1], [2, 1]], [1, 2], side=side, parts=[2, 1])
        found.append(sealed(union, members={"f": ["0x0", "0x0", "0x1"]}))
    for loss in (klr.SquaredError, klr.GeneralizedKL):
        reals = hull_fields(small, [[3, 7], [2, 1]], [1, 2], loss=loss, unit=4)
        found.append(
            sealed(reals, truths={"f": [[1, 2], [3, 4]]}, members={"v": ["0x1", "0x2", "0x3"]})
        )
    x = np.linspace(0.0, 1.0, 6)
    pairs = softmax(rng.normal(size=(6, 2)))
    for side in ("left", "right"):
        for students, data in (
            (klr.Monotone(x), pairs),
            (klr.Lipschitz(x, constant=1.0), teacher),
            (klr.LinearHead(np.column_stack([np.ones(6), x]), outputs=3), teacher),
        ):
            truth = np.full_like(data, 1.0 / data.shape[1])
            instance = klr.Instance(teacher=data, truth=truth, students=students, side=side)
            found.append(certify(instance.solve()))
    more = ("zeros-and-a-model-at-infinity", "linear-head-left")
    found += [Certificate((HERE / f"{name}.json").read_bytes()) for name in more]
    return {f"{i} {c.fields['theorem']}": c for i, c in enumerate(found)}


def verdict(content: bytes) -> str:
    """Return the checker's verdict on bytes: never anything but these four words."""
    try:
        return check(content, ".")[0]
    except ValueError:
        return "rejected"


def rewritten(certificate: Certificate, change) -> bytes:
    """Return the canonical bytes of a certificate after ``change`` of its fields, in place."""
    fields = Certificate(certificate.content).fields
    change(fields)
    return canonical(fields)
