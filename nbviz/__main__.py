"""The command line: `nbviz page` makes a page of a model and its data, `nbviz demo` one of bundled data."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import nbviz
from nbviz.explorer.csv.csv_table import read_csv
from nbviz.page.writing import writable

if TYPE_CHECKING:
    import pandas as pd

    from nbviz.network.architecture import Layer

_NOTEBOOK = """In a notebook it is alive: the network moves while it trains. In a checkout of nbviz:
  pip install ".[demo]" && jupyter lab notebooks/02_explore_a_model.ipynb"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: As on the command line, by default those of this process.

    Returns:
        Exit status: 0, or 1 after an error that is told in one line on stderr.
    """
    options = _parser().parse_args(arguments)
    # Its notes on the machine would bury what this program says.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("nbviz: stopped", file=sys.stderr)
        return 130
    except (OSError, ValueError, TypeError, ImportError) as error:
        print(f"nbviz: error: {_words(error)}", file=sys.stderr)
        return 1
    return 0


def command() -> NoReturn:
    """`nbviz` on the command line: ends with the status of `main` as soon as its file is complete.

    Python would take seconds to put away TensorFlow and some hundred widgets, one by one.
    """
    status = main()
    if "keras" not in sys.modules:
        sys.exit(status)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nbviz", description="See inside a Keras model, in one HTML file.")
    parser.add_argument("--version", action="version", version=f"nbviz {nbviz.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    page = commands.add_parser("page", help="make a page of a model and its data")
    page.add_argument("model", metavar="MODEL", type=Path, help="a .keras or .h5 file")
    page.add_argument(
        "data", metavar="DATA.csv", type=Path, help="with a header line; its columns in the model's order"
    )
    page.add_argument("--target", metavar="COLUMN", required=True, help="the column with the answers")
    page.add_argument("--out", metavar="PATH", type=Path, required=True, help="the HTML file to write")
    page.add_argument("--class-names", metavar="NAME", nargs="+", help="names of the classes, in the model's order")
    page.add_argument(
        "--output-kind",
        choices=["softmax", "sigmoid", "logits", "regression"],
        help="what the outputs are, where neither the last layer nor the loss says it",
    )
    page.add_argument("--rows", metavar="N", type=_positive, help="draw this many rows at random; by default all")
    page.add_argument("--seed", metavar="N", type=_not_negative, default=0, help="of all random draws; by default 0")
    page.set_defaults(run=_page)

    demo = commands.add_parser("demo", help="train a small network on bundled data and show it")
    demo.add_argument(
        "--out", metavar="PATH", type=Path, default=Path("nbviz-demo.html"), help="the HTML file to write"
    )
    demo.add_argument("--no-open", action="store_true", help="do not open it in the browser")
    demo.set_defaults(run=_demo)
    return parser


def _page(options: argparse.Namespace) -> None:
    # What takes no time first: loading Keras takes seconds.
    writable(options.out)
    if not options.model.exists():
        raise FileNotFoundError(f"Expected a Keras model file. Received {options.model}, which does not exist.")
    if not options.data.exists():
        raise FileNotFoundError(f"Expected a CSV file. Received {options.data}, which does not exist.")
    table = read_csv(options.data, options.target)
    describe = nbviz.describe
    from nbviz.keras_model.files.model_file import load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a page never trains: whether the model is compiled plays no part
        model = load(options.model)
    architecture = describe(model, output_kind=options.output_kind)
    features = _features(architecture.inputs)
    if features != table.x.shape[1]:
        raise ValueError(
            f"Expected {features} feature columns, as the model takes. Received {table.x.shape[1]} in {options.data}: "
            f"{', '.join(map(str, table.x.columns[:5]))}{', …' * (table.x.shape[1] > 5)}; "
            f"all columns but {options.target!r} are features."
        )
    y, class_names = _answers(table.y, architecture.outputs, options.class_names)
    # After the labels are numbered: a few rows may lack a class.
    chosen = table.draw(options.rows, options.seed)
    x = table.x.iloc[chosen].reset_index(drop=True)
    said = {} if options.output_kind is None else {"output_kind": options.output_kind}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        explorer = nbviz.explore(model, x, y[chosen], class_names=class_names, seed=options.seed, **said)
    for warning in told:
        if "numbered" in str(warning.message):
            print(f"nbviz: warning: {warning.message}", file=sys.stderr)
    rows = f"{len(chosen):,} of {len(y):,} rows" if len(chosen) < len(y) else f"{len(y):,} rows"
    _save(explorer, options.out, options.model.stem, rows)


def _demo(options: argparse.Namespace) -> None:
    writable(options.out)
    explore = nbviz.explore
    from nbviz.training.wine_demo import CLASS_NAMES, train_on_wine

    print("Training a network to tell three wines apart.")
    trained = train_on_wine()
    print(f"It gets {trained.accuracy:.0%} of {len(trained.y)} bottles right that it has not seen.")
    explorer = explore(trained.model, trained.x, trained.y, class_names=CLASS_NAMES)
    path = _save(explorer, options.out, "wine", f"{len(trained.y)} bottles")
    if not options.no_open and not webbrowser.open(path.as_uri()):
        print("No browser found: open the file by hand.")
    print(_NOTEBOOK)


def _save(explorer: Any, out: Path, title: str, content: str) -> Path:
    path = nbviz.save_html(explorer, out, title=title)
    print(f"{path}: {content}, {path.stat().st_size / 1e6:.1f} MB; works without a network")
    return path


def _features(inputs: Sequence[Layer]) -> int:
    if len(inputs) != 1 or inputs[0].is_picture:
        shapes = ", ".join(str(layer.output_shape) for layer in inputs)
        raise ValueError(
            f"Expected a model with one row of numbers as its input. Received inputs of shape {shapes}; "
            "such a model opens in a notebook, with nbviz.explore(model, x)."
        )
    return inputs[0].units


def _answers(
    labels: pd.Series[Any], outputs: Sequence[Layer], names: Sequence[str] | None
) -> tuple[Any, list[str] | None]:
    """The answers as `explore` takes them, and names of the model's outputs; says how labels were numbered."""
    import pandas as pd

    from nbviz.attribution.answers.label_numbers import number_labels

    if len(outputs) != 1:
        raise ValueError(f"Expected a model with one output. Received {len(outputs)}: {[o.name for o in outputs]}.")
    output = outputs[0]
    numeric = labels.dtype.kind in "biuf"
    if output.output == "linear":
        if output.units > 1 or not numeric:
            target = "text in the target" if output.units == 1 else f"a regression with {output.units} outputs"
            raise ValueError(
                f"Expected class probabilities, or a regression with one number. Received {target}; if the outputs are "
                "logits, say --output-kind logits, or compile the model with from_logits=True before saving it."
            )
        return labels.to_numpy(float), None if names is None else list(names)
    classes = max(2, output.units)
    if names is not None and len(names) != classes:
        raise ValueError(f"Expected {classes} class names, one for each class of the model. Received {len(names)}.")
    if names is not None and not numeric:
        strange = sorted(set(labels.map(str)) - set(names))
        if strange:
            raise ValueError(f"Expected labels among the class names {', '.join(names)}. Received {strange[:5]}.")
        return labels.map(str).to_numpy(), list(names)
    y = number_labels(labels.to_numpy(), classes, names, None).values
    label_of = dict(sorted(zip(y.tolist(), labels.tolist(), strict=True)))
    if numeric and all(index == label for index, label in label_of.items()):
        return y, None if names is None else list(names)
    print("Labels: " + ", ".join(f"{label} is class {index}" for index, label in label_of.items()))
    return (pd.Categorical(labels, categories=list(label_of.values())), None) if names is None else (y, list(names))


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, received {number}")
    return number


def _not_negative(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected at least 0, received {number}")
    return number


def _words(error: BaseException) -> str:
    """The error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or ''}: {error.strerror}".lstrip(": ")
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    command()
