"""The methods by name: what computes them, what they compare a row with, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nbviz.attribution.methods.connection_weights import connection_weights, garson
from nbviz.attribution.methods.gradient import (
    expected_gradients,
    gradient,
    gradient_x_input,
    integrated_gradients,
    smoothgrad,
)
from nbviz.attribution.methods.perturbation import ablation, column_shuffle, permutation, shapley
from nbviz.attribution.methods.relevance import deeplift, lrp

Reference = Literal["one row", "set of rows", "none"]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to find out what matters.

    Attributes:
        function: (task, batch of rows) -> attributions; of a `"weights"` method (model, layer) -> units x outputs.
        reads: `"one row"` (`baseline=`), `"set of rows"` (`background=`), or `"none"`.
        paper: Where it comes from.
        line: What it does, in one line.
        kind: `"local"`: a signed number for each row, feature and class; `"global"`: one for all rows, which needs
            `y`; `"weights"`: from the weights alone, without data.
        place: Where the reference stands when a layer is asked for: a path runs through the `"inputs"`, values are
            exchanged at the `"site"` itself.
        slope: Whether the numbers are slopes, per unit of the feature: `importance` multiplies them by its standard
            deviation, since a slope depends on whether the feature is in metres or millimetres.
        noisy: Whether it adds noise, as wide as the features are spread over the background.
        adds_up: Whether the credits of a row add up to what its output differs by from that of the reference.
        one_backward_pass_a_class: Whether the work grows with the number of classes.
    """

    function: Callable[..., Any]
    reads: Reference
    paper: str
    line: str
    kind: Literal["local", "global", "weights"] = "local"
    place: Literal["inputs", "site"] = "inputs"
    slope: bool = False
    noisy: bool = False
    adds_up: bool = False
    one_backward_pass_a_class: bool = True

    def __repr__(self) -> str:
        """Name and source."""
        return f"Method({self.function.__name__}: {self.paper or 'no paper'})"


METHODS: dict[str, Method] = {
    "expected_gradients": Method(
        expected_gradients, "set of rows", "Erion et al. 2021",
        "Gradients along straight paths from background rows to the row; credits add up to the difference in output.",
        adds_up=True,
    ),
    "integrated_gradients": Method(
        integrated_gradients, "one row", "Sundararajan et al. 2017",
        "Gradients along the straight path from one baseline row; credits add up to the difference in output.",
        adds_up=True,
    ),
    "gradient": Method(
        gradient, "none", "Simonyan et al. 2014", "Slope of the output at the row itself.", slope=True,
    ),
    "gradient_x_input": Method(
        gradient_x_input, "none", "Shrikumar et al. 2016", "Slope at the row times the feature's value.",
    ),
    "smoothgrad": Method(
        smoothgrad, "none", "Smilkov et al. 2017", "Mean slope over noisy copies of the row.", slope=True,
        noisy=True,
    ),
    "deeplift": Method(
        deeplift, "one row", "Shrikumar et al. 2017",
        "Rescale rule: each activation passes credit by its change from the baseline; credits add up.",
        adds_up=True,
    ),
    "lrp": Method(
        lrp, "none", "Bach et al. 2015",
        "Epsilon rule. Equals gradient_x_input on relu networks: no second opinion on it.",
    ),
    "ablation": Method(
        ablation, "one row", "Zeiler & Fergus 2014", "What the output loses when the feature is set to its baseline.",
        place="site", one_backward_pass_a_class=False,
    ),
    "column_shuffle": Method(
        column_shuffle, "none", "Breiman 2001", "How far the output moves when the feature comes from another row.",
        place="site", one_backward_pass_a_class=False,
    ),
    "permutation": Method(
        permutation, "none", "Breiman 2001; Fisher et al. 2019",
        "Rise of the class's one-against-rest log-loss when the feature comes from another row; needs y.",
        kind="global", place="site", one_backward_pass_a_class=False,
    ),
    "shapley": Method(
        shapley, "one row", "Shapley 1953; Strumbelj & Kononenko 2014",
        "Mean gain of the feature over all orders of adding features to the baseline; sampled above 12 features.",
        adds_up=True, place="site", one_backward_pass_a_class=False,
    ),
    "connection_weights": Method(
        connection_weights, "none", "Olden et al. 2004",
        "Product of the weight matrices, activations ignored; dense networks only.", kind="weights",
    ),
    "garson": Method(
        garson, "none", "Garson 1991",
        "Shares of |weight| passed on layer by layer; nearly uniform on wide networks, for comparison only.",
        kind="weights",
    ),
}  # fmt: skip


def find_method(name: str) -> Method:
    """The method of that name.

    Raises:
        ValueError: There is none; the message lists the names.
    """
    if not isinstance(name, str) or name not in METHODS:
        raise ValueError(f"Expected method among {list(METHODS)}. Received {name!r}.")
    return METHODS[name]
