"""What tokens are called: by the vocabulary of a layer, by names that were given, or by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nbviz.attribution.tokens.token_ids import TokenInput
from nbviz.network.arguments import a_list

PADDING = "(padding)"


class TokenNames:
    """Id of a token -> its text.

    Attributes:
        source: Where they come from, in words; `""` where tokens are their ids.
    """

    def __init__(self, tokens: TokenInput, given: Any = None) -> None:
        """Read names.

        Args:
            tokens: The model's.
            given: Names by id: a list, or a dict id -> text. None for the vocabulary of a layer of the model, if
                there is one.

        Raises:
            ValueError: Names that are no such thing, or of ids that the embedding does not know.
        """
        self._names: dict[int, str] = {}
        self.source = ""
        if given is not None:
            self._names, self.source = _read(given, tokens), "token_names"
        elif tokens.lookup is not None:
            words = [_text(word) for word in tokens.lookup.get_vocabulary()]
            self._names, self.source = dict(enumerate(words)), f"the vocabulary of {tokens.lookup.name!r}"

    def __call__(self, token: int) -> str:
        """The text; an id in brackets where no name is known, where there are any."""
        if not self.source:
            return str(token)
        name = self._names.get(token)
        return f"[{token}]" if name is None else name or (PADDING if token == 0 else f"[{token}]")

    def has(self, token: int) -> bool:
        """Whether the token has a text of its own, or is the padding."""
        return bool(self._names.get(token)) or (token == 0 and token in self._names)


def _read(given: Any, tokens: TokenInput) -> dict[int, str]:
    if isinstance(given, Mapping):
        strange = next((key for key in given if isinstance(key, bool) or not isinstance(key, (int, np.integer))), None)
        if strange is not None:
            turned = all(isinstance(value, (int, np.integer)) for value in given.values())
            way_out = "; turn it round: {id: word for word, id in given.items()}" if turned else ""
            raise ValueError(
                f"Expected token_names as a list, or a dict of id -> text. Received the key {strange!r}{way_out}."
            )
        names = {int(key): _text(name) for key, name in given.items()}
    else:
        names = {number: _text(name) for number, name in enumerate(a_list("token_names", given, "names by id"))}
    outside = [number for number in names if number < 0 or (tokens.words is not None and number >= tokens.words)]
    if outside:
        received = f"a name for {min(outside)}" if isinstance(given, Mapping) else f"{len(names)} names"
        raise ValueError(
            f"Expected token_names for ids from 0 to {(tokens.words or 1) - 1}, which {tokens.embedding.name!r} takes. "
            f"Received {received}."
        )
    return names


def _text(word: Any) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
