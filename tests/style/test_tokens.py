import importlib.util
import re

import pytest

from nbviz.style.tokens import CHARTS, PAGE, THEME, variable

HEX = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
CHANNEL = r"(0x[0-9a-fA-F]{2}|\d{1,3})"
TRIPLET = re.compile(rf"\b{CHANNEL}\b[\s,]+{CHANNEL}\b[\s,]+{CHANNEL}\b")
NO_TYPE = {"0", "1px"}  # of what is there for the keys and screen readers alone


@pytest.fixture
def frontend(project):
    return project / "nbviz" / "frontend"


@pytest.fixture
def printed(frontend):
    """Path -> what the script would print there now."""
    spec = importlib.util.spec_from_file_location("printing_tokens", frontend / "tokens.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return {frontend / "src" / name: sheet() for name, sheet in script.SHEETS.items()}


@pytest.fixture
def sources(project, frontend, printed):
    """All that is written by hand and can hold a colour; tests of the front end know colours of their own."""
    python = (project / "nbviz").rglob("*.py")
    script = [*(frontend / "src").rglob("*.ts"), *(frontend / "src").rglob("*.css"), *frontend.glob("*.mjs")]
    return [path for path in [*python, *script] if "node_modules" not in path.parts and path not in printed]


def test_the_printed_sheets_are_what_the_table_says(printed):
    for path, sheet in printed.items():
        assert path.read_text("utf-8") == sheet, f"{path.name} is stale; run: python nbviz/frontend/tokens.py"


def test_no_colour_of_the_table_is_written_again(sources):
    table = {colour for pair in (THEME | CHARTS | PAGE).values() for colour in pair}
    channels = {tuple(bytes.fromhex(colour[1:])) for colour in table}
    again = []
    for path in sources:
        text = path.read_text("utf-8")
        for found in HEX.finditer(text):
            digits = found[1].lower()
            if "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)) in table:
                again.append((path.name, found[0]))
        again += [
            (path.name, found[0])
            for found in TRIPLET.finditer(text)
            if tuple(int(group, 16 if group.startswith("0x") else 10) for group in found.groups()) in channels
        ]
    assert len(sources) > 250
    assert again == []


def test_sheets_take_their_type_from_the_table(sources):
    own = []
    for path in sources:
        if path.suffix != ".css":
            continue
        text = path.read_text("utf-8")
        own += [(path.name, size) for size in re.findall(r"font-size: ([^;]*\d\w*);", text) if size not in NO_TYPE]
        own += [(path.name, weight) for weight in re.findall(r"font-weight: (\d+)", text)]
        own += [(path.name, font) for font in re.findall(r"font: (?:\d+ )?[\d.]+px", text)]
    assert own == []


def test_sheets_ask_for_no_variable_that_nobody_sets(sources, printed):
    text = {path: path.read_text("utf-8") for path in [*sources, *printed]}
    known = {name for sheet in text.values() for name in re.findall(r"(--nbviz-[\w-]+): ", sheet)}
    known |= {variable(token) for token in THEME}  # theme.ts sets these
    asked = {
        (path.name, name)
        for path, sheet in text.items()
        if path.suffix == ".css"
        for name in re.findall(r"var\((--nbviz-[\w-]+)", sheet)
    }
    assert len(asked) > 100
    assert sorted(pair for pair in asked if pair[1] not in known) == []


def test_a_variable_is_named_as_theme_ts_names_it():
    # theme.ts puts a hyphen before each capital and each digit.
    assert [variable(token) for token in ("ink1", "lineStrong", "class0", "zero")] == [
        "--nbviz-ink-1",
        "--nbviz-line-strong",
        "--nbviz-class-0",
        "--nbviz-zero",
    ]
