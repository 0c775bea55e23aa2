"""Fills of ridges and densities: SVG gradients from the colours of what is negative to those of what is positive."""

from __future__ import annotations

from nbviz.style.theme import BACKGROUND, NEGATIVE, POSITIVE

STRENGTH = {"past": 0.62, "present": 1.0, "future": 0.2}  # of the colours


def ridge_fills(identity: str) -> str:
    """Fills of ridges as SVG gradients: orange left of zero, blue right of it.

    Args:
        identity: Begins their ids, which are the page's; a class of the widget that uses them, where the variables
            `--identity-state-kind` hold them.
    """
    gradients = []
    for state, strength in STRENGTH.items():
        right = [(50, POSITIVE, 0.04), (62, POSITIVE, 0.3), (80, POSITIVE, 0.55), (100, POSITIVE, 0.75)]
        left = [(100 - at, NEGATIVE, share) for at, _, share in right[::-1]]
        for kind, stops in (
            ("both", [*left, *right]),
            ("above", [(at, POSITIVE, share) for at, share in ((0, 0.1), (8, 0.3), (30, 0.55), (100, 0.75))]),
        ):
            gradients.append(
                f'<linearGradient id="{identity}-{state}-{kind}">'
                + "".join(
                    f'<stop offset="{at}%" style="stop-color: color-mix(in srgb, {colour} '
                    f'{100 * share * strength:.0f}%, {BACKGROUND})"/>'
                    for at, colour, share in stops
                )
                + "</linearGradient>"
            )
    # bqplot takes a variable for a colour, but no url.
    variables = "".join(
        f"--{identity}-{state}-{kind}: url(#{identity}-{state}-{kind});"
        for state in STRENGTH
        for kind in ("both", "above")
    )
    return (
        f"<style>.{identity} {{ {variables} }}</style>"
        '<svg width="0" height="0" style="position: absolute" aria-hidden="true"><defs>'
        + "".join(gradients)
        + "</defs></svg>"
    )
