"""A matplotlib figure as SVG inside a page: themed by the page's colours, described in words.

The colours of the house style become CSS variables, so that one drawing serves light and dark; ids
get a prefix, so that several drawings live in one page; nothing points outside.
"""

import re

from markupsafe import Markup, escape
from matplotlib.figure import Figure

from kl_regression.figure import style

INK, QUIET, FAINT, MISFIT = "#111111", style.QUIET, style.FAINT, "#009E73"
VARIABLES = {
    INK: "ink",
    QUIET: "quiet",
    FAINT: "faint",
    style.TEACHER: "teacher",
    style.STUDENT: "student",
    style.CLASS: "class",
    MISFIT: "misfit",
}


def inline(figure: Figure, name: str, title: str, description: str) -> Markup:
    """Return an <svg> element.

    Args:
        figure: drawn in the house style, with INK for black.
        name: unique in the page, the prefix of ids.
        title: what a reader hears first.
        description: what is to be seen, in words.
    """
    figure.patch.set_alpha(0.0)
    for axes in figure.axes:
        axes.patch.set_alpha(0.0)
    text = style.render(figure, "svg").decode()
    text = text[text.index("<svg") :]
    text = re.sub(
        r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL
    )
    for colour, variable in VARIABLES.items():
        text = re.sub(colour, f"var(--{variable})", text, flags=re.IGNORECASE)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    box = re.search(r'viewBox="([^"]+)"', text)
    body = text[text.index(">") + 1 :].rstrip()
    view = box[1] if box else ""
    return Markup(  # noqa: S704 (the SVG is matplotlib's, and words are escaped)
        f'<svg viewBox="{view}" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{body}'
    )
