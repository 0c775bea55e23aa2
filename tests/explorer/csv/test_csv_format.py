"""Tables as they lie on disk: read, or named for what they are."""

import bz2
import gzip
import lzma
import os
import threading

import numpy as np
import pandas as pd
import pytest

from nbviz.explorer.csv.csv_format import MOST_COLUMNS, format_of
from nbviz.explorer.csv.csv_table import read_csv

TABLE = pd.DataFrame({"größe": [1.5, -2.25, 1000.0], "zahl": [3, 4, 5], "art": ["rot, hell", "weiß", "rot; hell"]})
PACKERS = {"plain": lambda data: data, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def same(table):
    np.testing.assert_array_equal(table.x.to_numpy(), TABLE[["größe", "zahl"]].to_numpy(float))
    assert table.x.columns.tolist() == ["größe", "zahl"]
    assert table.y.tolist() == TABLE["art"].tolist()


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packer", PACKERS)
def test_every_separator_encoding_and_packing_gives_the_same_table(tmp_path, sep, encoding, packer):
    path = tmp_path / "data.csv"  # the name says nothing
    path.write_bytes(PACKERS[packer](TABLE.to_csv(index=False, sep=sep).encode(encoding)))
    same(read_csv(path, "art"))


def test_decimal_commas_between_semicolons_are_numbers(tmp_path):
    path = tmp_path / "data.csv"
    TABLE.to_csv(path, index=False, sep=";", decimal=",")
    same(read_csv(path, "art"))


def test_text_between_semicolons_stays_text_and_is_named(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a;b;y\n1,5;red;0\n2,5;blue;1\n")
    with pytest.raises(ValueError, match="Received text in a, b"):
        read_csv(path, "y")


def test_a_comma_in_a_name_is_no_separator(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text('"a, b";y\n1;0\n2;1\n')
    assert read_csv(path, "y").x.columns.tolist() == ["a, b"]


def test_a_header_of_a_million_columns_is_refused_before_the_table_is_read(tmp_path, monkeypatch):
    path = tmp_path / "data.csv"
    path.write_text(",".join(f"c{number}" for number in range(10**6)) + "\n" + ",".join(["1"] * 10**6) + "\n")
    monkeypatch.setattr(pd, "read_csv", lambda *_, **__: pytest.fail("the table was read"))
    with pytest.raises(ValueError, match=f"1,000,000 columns in its header, where {MOST_COLUMNS:,} are the most"):
        read_csv(path, "c0")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "a zip archive or an Excel file; save the table as CSV"),
        (b"PAR1rest", "a Parquet file"),
        (b"a,y\n\xe9,1\n", "text that is not UTF-8; save it as UTF-8"),
        (b"a,y\n" + b"1,2\n" * 5000 + b"\xe9,1\n", "'utf-8' codec"),
        (b"\xe9,y\n1,1\n", "text that is not UTF-8; save it as UTF-8"),
        (bytes(range(256)), "a file that is no text"),
        (gzip.compress(b"a,y\n1,2\n")[:-9], "cannot be unpacked"),
        (gzip.compress(b"a,y\n" + b"1,2\n" * 25_000_000), "unpacks to more than 100 times its size"),
    ],
    ids=["zip", "parquet", "latin", "latin far below", "latin header", "binary", "broken gzip", "gzip bomb"],
)
def test_what_is_no_such_table_is_named(tmp_path, content, words):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as refused:
        read_csv(path, "y")
    assert str(refused.value).startswith("Expected ")


def test_a_pipe_of_the_shell_is_read_and_a_named_one_is_not_waited_for(tmp_path):
    reading, writing = os.pipe()
    content = TABLE.to_csv(index=False).encode()
    thread = threading.Thread(target=lambda: (os.write(writing, content), os.close(writing)))
    thread.start()
    same(read_csv(f"/dev/fd/{reading}", "art"))
    thread.join()
    os.close(reading)
    os.mkfifo(tmp_path / "data.csv")
    with pytest.raises(OSError, match="which is a pipe"):
        read_csv(tmp_path / "data.csv", "art")


def test_blank_lines_before_the_header_do_not_matter(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("\n\na;y\n1;0\n2;1\n")
    assert format_of(path, "y").sep == ";"
    assert read_csv(path, "y").x["a"].tolist() == [1, 2]
