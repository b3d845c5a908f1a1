"""Writes the three users of this folder with the packages that teams export with, as each writes them.

    pip install pandas polars pyarrow duckdb chdb pyspark openpyxl
    python make.py pandas polars pyarrow duckdb clickhouse spark excel psql jq libreoffice

A writer that is not installed is left out by leaving out its name. `psql` wants PGHOST and PGUSER of a server, `jq` and
`soffice` on the PATH. make-mongoexport.go and make-node.mjs write the others.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

USERS = [
    {"id": "ann", "descr": 'likes "gravel", long\nrides', "labels": ["kids", "road"], "age": 34, "vector_embedding": [0.9, 0.7, 0.2]},
    {"id": "bob", "descr": "vélo ü 😀", "labels": ["kids"], "age": 9007199254740993, "vector_embedding": [0.1, -0.25, 3e-08]},
    {"id": "007", "descr": None, "labels": None, "age": None, "vector_embedding": [1.0, 2.0, 3.0]},
]
NAMES = ["id", "descr", "labels", "age", "vector_embedding"]


def columns():
    return {name: [user[name] for user in USERS] for name in NAMES}


def arrow_table():
    import pyarrow as pa

    schema = pa.schema(
        [
            ("id", pa.string()),
            ("descr", pa.string()),
            ("labels", pa.list_(pa.string())),
            ("age", pa.int64()),
            ("vector_embedding", pa.list_(pa.float32())),
        ]
    )
    return pa.table(columns(), schema=schema)


def pandas_frame():
    import pandas as pd

    frame = pd.DataFrame(USERS, columns=NAMES)
    # From a column of floats, as pandas makes it of numbers and None, the last digit would be gone already.
    frame["age"] = pd.array(columns()["age"], dtype="Int64")
    return frame


def pandas():
    frame = pandas_frame()
    frame.to_json("pandas-lines.json", orient="records", lines=True)
    frame.to_json("pandas-records.json", orient="records")
    frame.to_json("pandas-default.json")
    frame.to_csv("pandas.csv", index=False)
    frame.to_csv("pandas-index.csv")
    frame.to_csv("pandas.tsv", index=False, sep="\t")
    frame.to_json("pandas.json.gz", orient="records", lines=True, compression={"method": "gzip", "mtime": 1})
    frame.to_csv("pandas-utf16.csv", index=False, encoding="utf-16")
    frame.to_pickle("pandas.pkl")
    frame.to_parquet("pandas.parquet", index=False)


def polars():
    import polars as pl

    frame = pl.from_arrow(arrow_table())
    frame.write_ndjson("polars.ndjson")
    frame.write_json("polars.json")
    lists = [pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(",") for name in ["labels"]]
    vector = pl.col("vector_embedding").list.to_struct(fields=["vector_embedding[0]", "vector_embedding[1]", "vector_embedding[2]"])
    frame.with_columns(*lists, vector).unnest("vector_embedding").write_csv("polars.csv")
    frame.write_parquet("polars.parquet")


def pyarrow():
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.feather
    import pyarrow.orc
    import pyarrow.parquet

    table = arrow_table()
    text = table.set_column(2, "labels", pa.array(["kids,road", "kids", None]))
    text = text.set_column(4, "vector_embedding", pa.array([json.dumps(user["vector_embedding"]) for user in USERS]))
    pa.csv.write_csv(text, "pyarrow.csv")
    pa.parquet.write_table(table, "pyarrow.parquet")
    pa.feather.write_feather(table, "pyarrow.feather", compression="uncompressed")
    pa.orc.write_table(table, "pyarrow.orc")


def duckdb():
    import duckdb as db

    connection = db.connect()
    users = arrow_table()  # noqa: F841, DuckDB finds it by its name
    connection.execute("CREATE TABLE users AS SELECT * FROM users")
    connection.execute("COPY users TO 'duckdb.json'")
    connection.execute("COPY users TO 'duckdb-array.json' (ARRAY true)")
    connection.execute("COPY users TO 'duckdb.json.gz'")
    connection.execute("COPY users TO 'duckdb-lists.csv'")
    connection.execute("COPY (SELECT id, descr, to_json(labels) AS labels, age, vector_embedding FROM users) TO 'duckdb.csv'")
    connection.execute("COPY users TO 'duckdb.parquet'")


def clickhouse():
    from chdb import session

    chdb = session.Session()
    arrow = os.path.abspath("pyarrow.parquet")
    source = f"file('{arrow}', Parquet)"
    for name, form in [
        ("clickhouse.ndjson", "JSONEachRow"),
        ("clickhouse-array.json", "JSONEachRow SETTINGS output_format_json_array_of_rows=1"),
        ("clickhouse-json.json", "JSON"),
        ("clickhouse.csv", "CSVWithNames"),
        ("clickhouse.parquet", "Parquet"),
    ]:
        if os.path.exists(name):
            os.remove(name)
        chdb.query(f"SELECT {', '.join(NAMES)} FROM {source} INTO OUTFILE '{os.path.abspath(name)}' FORMAT {form}")


def spark():
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    frame = session.read.parquet(os.path.abspath("pyarrow.parquet"))
    with tempfile.TemporaryDirectory() as folder:
        for form, name in [("json", "spark-json"), ("csv", "spark-csv"), ("parquet", "spark-parquet")]:
            out = os.path.join(folder, form)
            if form == "csv":
                lists = ["to_json(labels) AS labels", "to_json(vector_embedding) AS vector_embedding"]
                cells = frame.selectExpr("id", "descr", lists[0], "age", lists[1])
                # Spark escapes a quote by a backslash, which no other program reads, if it is not told otherwise.
                cells.coalesce(1).write.option("header", True).option("escape", '"').csv(out)
            else:
                frame.coalesce(1).write.format(form).save(out)
            shutil.rmtree(name, ignore_errors=True)
            os.mkdir(name)
            for path in glob.glob(out + "/*") + glob.glob(out + "/.*.crc"):
                # The name ends in a random UUID, and would be another each time.
                base = os.path.basename(path)
                start = base.find("-", base.find("part-") + 5) if "part-" in base else -1
                end = base.find("-c000")
                base = base if start < 0 or end < 0 else base[:start] + base[end:]
                shutil.copy(path, os.path.join(name, base))
    session.stop()


def excel():
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(NAMES)
    for user in USERS:
        sheet.append([json.dumps(user[name]) if isinstance(user[name], list) else user[name] for name in NAMES])
    book.save("excel.xlsx")
    # Excel has no package: these follow what it writes as CSV UTF-8, as CSV for Macintosh, as Unicode text, and as CSV
    # UTF-8 where the system's list separator is a semicolon.
    rows = [NAMES + ["", ""]] + [[cell_of(user[name]) for name in NAMES] + ["", ""] for user in USERS]
    for name, delimiter, end, encoding in [
        ("excel-utf8.csv", ",", "\r\n", "utf-8-sig"),
        ("excel-semicolons.csv", ";", "\r\n", "utf-8-sig"),
        ("excel-macintosh.csv", ",", "\r", "ascii"),
        ("excel-ansi.csv", ",", "\r\n", "cp1252"),
        ("excel-unicode.txt", "\t", "\r\n", "utf-16"),
    ]:
        text = "".join(delimiter.join(quoted(cell, delimiter) for cell in row) + end for row in rows)
        if encoding in ("ascii", "cp1252"):
            text = text.replace(" 😀", "")
        if encoding == "ascii":
            text = text.replace("é", "e").replace("ü", "u")
        with open(name, "wb") as out:
            out.write(text.encode(encoding))


def cell_of(value):
    return "" if value is None else json.dumps(value) if isinstance(value, list) else str(value)


def quoted(cell, delimiter):
    special = any(character in cell for character in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if special else cell


def psql():
    copy = "\\copy (SELECT {} FROM users) TO {} {}"
    rows = ", ".join(
        "({})".format(", ".join("NULL" if user[name] is None else literal(user[name]) for name in NAMES)) for user in USERS
    )
    make = "CREATE TEMP TABLE users (id text, descr text, labels text[], age bigint, vector_embedding float4[]);"
    run = [make, f"INSERT INTO users VALUES {rows};", copy.format("*", "'psql.csv'", "CSV HEADER")]
    run.append("\\pset format unaligned\n\\pset tuples_only on\n\\o psql.ndjson\nSELECT row_to_json(users) FROM users;\n\\o")
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres"], input="\n".join(run), text=True, check=True)


def literal(value):
    if isinstance(value, list):
        inner = ",".join(literal(element) for element in value)
        return f"ARRAY[{inner}]"
    return str(value) if not isinstance(value, str) else "'" + value.replace("'", "''") + "'"


def jq():
    users = json.dumps(USERS, ensure_ascii=False)
    cells = '.[] | [.id, .descr, (.labels | if . then tojson else "" end), .age, (.vector_embedding | tojson)]'
    csv = '(["id","descr","labels","age","vector_embedding"], (' + cells + ")) | @csv"
    for name, options in [
        ("jq.json", [".[]"]),
        ("jq-lines.json", ["-c", ".[]"]),
        ("jq-sequence.json", ["--seq", "-c", ".[]"]),
        ("jq-array.json", ["."]),
        ("jq.csv", ["-r", csv]),
    ]:
        with open(name, "w", encoding="utf-8") as out:
            # With --seq, jq wants a sequence, too.
            given = "\x1e" + users + "\n" if "--seq" in options else users
            subprocess.run(["jq", *options], input=given, text=True, check=True, stdout=out)


def libreoffice():
    for form, name in [("csv:Text - txt - csv (StarCalc):44,34,76,1", "libreoffice.csv"), ("ods", "libreoffice.ods")]:
        with tempfile.TemporaryDirectory() as folder:
            command = ["soffice", "--headless", "--convert-to", form, "--outdir", folder, "excel.xlsx"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            shutil.copy(os.path.join(folder, "excel." + form.split(":")[0]), name)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    with open("users.json", "w", encoding="utf-8") as out:
        json.dump(USERS, out, ensure_ascii=False, indent=1)
    for writer in sys.argv[1:]:
        globals()[writer]()
