"""Texts that a model is explored with: rows of tokens, what these are called, which matter, and each in line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.table.importance import Importance
from nbviz.attribution.tokens.table_of_tokens import token_table
from nbviz.attribution.tokens.token_ids import TokenInput, TokenRows
from nbviz.attribution.tokens.token_names import TokenNames
from nbviz.network.architecture import Layer
from nbviz.style.numbers import grouped
from nbviz.style.text import clean
from nbviz.widgets.image_evidence.image_evidence_wire import EvidencePlan, ExplainedPicture, TextWire


class ExploredTexts:
    """The texts that a model is explored with.

    Attributes:
        names: What tokens are called.
        length: Tokens of a row.
    """

    def __init__(self, outputs: Callable[[], ExplainedOutputs], x: np.ndarray, token_names: Any) -> None:
        """Look at the texts.

        Args:
            outputs: The explained outputs of the model as it is.
            x: Rows of its input.
            token_names: As for `TokenNames`.

        Raises:
            ValueError: Ids that the model does not know, or names that do not fit.
        """
        self._outputs = outputs
        explained = outputs()
        tokens = TokenInput(explained)
        self.names = TokenNames(tokens, token_names)
        rows = tokens.read(explained, [x])
        self.length = rows.ids.shape[1]
        self._unnamed = 0
        if self.names.source:
            known = np.unique(rows.ids)
            self._unnamed = sum(not self.names.has(int(token)) for token in known)

    def check(self, x: np.ndarray) -> None:
        """Check that the model knows the tokens of other rows.

        Raises:
            ValueError: It does not.
        """
        explained = self._outputs()
        TokenInput(explained).read(explained, [x])

    @property
    def words(self) -> str | None:
        """What is to be said of the names; None for nothing."""
        if not self.names.source:
            return "tokens are their ids: explore(..., token_names=) has their text"
        if self._unnamed:
            one = self._unnamed == 1
            return f"{grouped(self._unnamed)} {'id has' if one else 'ids have'} no name in {self.names.source}"
        return None

    def read(self, inputs: Sequence[np.ndarray]) -> TokenRows:
        """The tokens of rows of data."""
        explained = self._outputs()
        return TokenInput(explained).read(explained, inputs)

    def importance(self, model: Any, x: Any, classes: Sequence[str], **asked: Any) -> Importance:
        """The table of the tokens; see `token_table`."""
        return token_table(model, x, self.name_of, classes, **asked)

    def name_of(self, token: int) -> str:
        """What a token is called, as it can be shown."""
        return clean(self.names(token))

    def value_names(self, layer: Layer, x: np.ndarray) -> dict[str, dict[int, str]]:
        """What the numbers in some rows mean, by the input that they come in through; none where these are no ids.

        Args:
            layer: The input of the picture.
            x: Rows of it.
        """
        ids = self.read([x]).ids
        if not self.names.source or not layer.has_units or ids.shape != x.shape or x.dtype.kind not in "iuf":
            return {}
        # Between the input and the embedding a layer may number them anew.
        pairs = np.unique(np.stack([x.ravel(), ids.ravel()]).astype(int), axis=1).T
        return {layer.name: {int(number): self.name_of(int(token)) for number, token in pairs}}

    def plan(self, classes: Sequence[str], start_name: str, end_name: str) -> EvidencePlan:
        """What holds for the evidence in all texts: a row of squares, one for each token."""
        form = ImageForm(1, self.length, most_squares=self.length, is_sequence=True)
        regions = Regions(tuple(f"token {place}" for place in range(self.length)), np.arange(self.length)[None], "")
        return EvidencePlan(form, regions, 0.0, 1.0, tuple(classes), start_name, end_name)

    def explained(
        self,
        local: LocalExplanation,
        inputs: Sequence[np.ndarray],
        name: str,
        *,
        probability: np.ndarray | None,
        read_and_true: tuple[int | None, int | None],
        ids: Sequence[int],
        paths: str | None,
    ) -> ExplainedPicture:
        """What the evidence shows of a row.

        Args:
            local: Why its outputs are what they are.
            inputs: The row, one array (1, ...) for the input.
            name: What it is called.
            probability: (classes,), None where outputs are no classes.
            read_and_true: Indices of the class it is read as, and of its own.
            ids: Of the units of the picture that its tokens are; none where they are none.
            paths: Why no path of a token can be lit, None where it can.
        """
        tokens = self.read(inputs)
        # What is masked counts where it has credit all the same: then the model does not heed its mask.
        left_out = tokens.masked[0] & (np.nan_to_num(local.values) == 0).all(axis=1)
        text: TextWire = {
            "tokens": [self.name_of(int(token)) for token in tokens.ids[0]],
            "padding": [int(place) for place in np.flatnonzero(left_out)],
            "ids": list(ids) or [None] * self.length,
        }
        picture = np.zeros((1, self.length, 1))
        note = f"No path is lit from a token: {paths}. Its colour has all that it brings." if paths else ""
        return ExplainedPicture(local, picture, name, probability, *read_and_true, text=text, note=note)
