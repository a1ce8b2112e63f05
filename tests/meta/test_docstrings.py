"""Public names: every one says what it is, and of which shape."""

import inspect

import pytest

import kl_regression as klr

WITHOUT_ARRAYS = {
    "Convexity": "no arrays",
    "directions": "no arrays",
    "LogLinear": "features",
    "FunctionClass": "set of functions",
    "Loss": "divergence",
    "Outcome": "quantity",
    "Space": "points",
    "Status": "gap",
    "Verdict": "check",
    "Report": "table",
    "testing": "assert",
    "cite": "BibTeX",
}


@pytest.mark.parametrize("name", klr.__all__)
def test_public_names_state_shapes(name):
    """A public name has a docstring that states its shapes, or that it takes no arrays."""
    value = getattr(klr, name)
    instance_of_loss = isinstance(value, klr.Loss)
    text = inspect.getdoc(type(value) if instance_of_loss else value) or ""
    text += (inspect.getdoc(type(value).entries) or "") if instance_of_loss else ""
    assert text
    expected = WITHOUT_ARRAYS.get(name, "shape")
    assert expected in text or "(n" in text, f"{name}: {text.splitlines()[0]}"


@pytest.mark.parametrize("name", klr.__all__)
def test_public_methods_are_documented(name):
    """Each public method of a public class has a docstring of its own or inherits one."""
    value = getattr(klr, name)
    if not inspect.isclass(value):
        value = type(value) if isinstance(value, klr.Loss) else klr.Loss
    for label, member in inspect.getmembers(value, inspect.isfunction):
        if not label.startswith("_"):
            assert inspect.getdoc(member), f"{name}.{label}"


def test_keyword_only_past_the_mathematics():
    """Everything with a default is keyword-only in the public functions."""
    for name in klr.__all__:
        value = getattr(klr, name)
        if inspect.isfunction(value):
            for parameter in inspect.signature(value).parameters.values():
                if parameter.default is not inspect.Parameter.empty:
                    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, (
                        f"{name}({parameter.name})"
                    )
