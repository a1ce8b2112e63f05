"""One mutation of a certificate: of bytes, numbers, claims, keys, order, or by truncation."""

import json

from hypothesis import strategies as st

from kl_regression.certify.certificate import canonical
from tests.certify.files import originals


def places(node, path=()):
    """Yield the path of every node below a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in items:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from places(child, (*path, key))


def at(node, path):
    """Return the node at a path."""
    for key in path:
        node = node[key]
    return node


def integers(value):
    """Return strategies' numbers near and far from an integer."""
    near = [value + 1, value - 1, -value, 2 * value, 0, 1, value // 2]
    return st.sampled_from([*near, value + 2**20, 2**53, 2**53 + 1, 10**16, 10**30, -1])


def texts(value):
    """Return strategies' texts near and far from one."""
    digits = st.builds(
        lambda i, c: value[:i] + c + value[i + 1 :],
        st.integers(0, max(0, len(value) - 1)),
        st.sampled_from("0123456789abcdefex-+.,()_ A"),
    )
    numbers = [
        "0x0",
        "0x1",
        "0e0",
        "1e0",
        "-1e0",
        "1e-2000",
        "1e9999",
        "0x" + "f" * 2000,
        "",
        "D(f,f)",
    ]
    return digits | st.sampled_from([*numbers, value + "0", value[:-1], "-" + value])


@st.composite
def mutations(draw):
    """Draw (name of the original, bytes), the original once mutated."""
    name = draw(st.sampled_from(sorted(originals())))
    raw = originals()[name].content
    if draw(st.integers(0, 3)) == 0:
        return name, draw(_bytes(raw))
    fields = json.loads(raw)
    path = draw(st.sampled_from(list(places(fields))))
    parent, key = at(fields, path[:-1]), path[-1]
    value = parent[key]
    kinds = ["delete", "null", "list"]
    if isinstance(value, int):
        kinds += ["integer"] * 8
    if isinstance(value, str):
        kinds += ["text"] * 8
    if isinstance(value, list) and value:
        kinds += ["swap", "repeat", "reverse", "empty"] * 2
    if isinstance(parent, dict):
        kinds += ["rename", "exchange"]
    _change(draw, draw(st.sampled_from(kinds)), parent, key)
    return name, canonical(fields)


def _change(draw, kind, parent, key):
    value = parent[key]
    if kind == "integer":
        parent[key] = draw(integers(value))
    elif kind == "text":
        parent[key] = draw(texts(value))
    elif kind in ("null", "list", "empty"):
        parent[key] = {"null": None, "list": [value], "empty": []}[kind]
    elif kind == "delete":
        del parent[key]
    elif kind == "swap":
        i, j = (draw(st.integers(0, len(value) - 1)) for _ in range(2))
        value[i], value[j] = value[j], value[i]
    elif kind == "repeat":
        value.append(value[draw(st.integers(0, len(value) - 1))])
    elif kind == "reverse":
        value.reverse()
    else:
        other = draw(st.sampled_from(sorted(parent)) | texts(key))
        parent[other], parent[key] = value, parent.get(other, value)


def _bytes(raw):
    place = st.integers(0, len(raw) - 1)
    return st.one_of(
        st.builds(lambda i: raw[:i], place),
        st.builds(lambda i: raw[:i] + raw[i + 1 :], place),
        st.builds(lambda i, b: raw[:i] + bytes([b]) + raw[i + 1 :], place, st.integers(0, 255)),
        st.builds(
            lambda i, b: raw[:i] + bytes([b]) + raw[i:],
            place,
            st.sampled_from(b'0123456789ef-",[]{}x '),
        ),
        st.builds(lambda i, j: raw[:i] + raw[min(i, j) : max(i, j)] + raw[i:], place, place),
    )
