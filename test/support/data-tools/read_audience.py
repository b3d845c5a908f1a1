"""Reads an audience's file with pandas, pyarrow and DuckDB: python3 read_audience.py FILE; JSON rows of each tool out."""
import json
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

path = sys.argv[1]
gzip = "gzip" if path.endswith(".gz") else None
format = path.removesuffix(".gz").rsplit(".", 1)[1]


def rows_of(frame):
    return [
        {name: None if not isinstance(value, list) and pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def by_duckdb(query):
    found = duckdb.execute(query, [path])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def texts_of(table_path):
    with pa.input_stream(table_path, compression=gzip) as stream:
        names = pyarrow.csv.open_csv(stream, parse_options=pa.csv.ParseOptions(newlines_in_values=True)).schema.names
    return pa.csv.ConvertOptions(
        column_types={name: pa.string() for name in names}, strings_can_be_null=False
    )


if format == "csv":
    tools = {
        "pandas": rows_of(pd.read_csv(path, dtype=str, keep_default_na=False)),
        "pyarrow": pyarrow.csv.read_csv(
            path,
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=texts_of(path),
        ).to_pylist(),
        "DuckDB": by_duckdb("select * from read_csv(?, header = true, all_varchar = true)"),
    }
elif format == "ndjson":
    with pa.input_stream(path, compression=gzip) as stream:
        arrow = pyarrow.json.read_json(stream).to_pylist()
    tools = {
        "pandas": rows_of(pd.read_json(path, lines=True, dtype=False, convert_dates=False, precise_float=True)),
        "pyarrow": arrow,
        "DuckDB": by_duckdb("select * from read_ndjson(?)"),
    }
else:
    tools = {
        "pandas": rows_of(pd.read_parquet(path)),
        "pyarrow": pyarrow.parquet.read_table(path).to_pylist(),
        "DuckDB": by_duckdb("select * from read_parquet(?)"),
    }
print(json.dumps(tools))
