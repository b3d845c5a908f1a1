"""Writes test/data/parquet/writers/: python3 make_parquet_writers.py FOLDER.

Each file is made by the package that its name begins with: pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.1,
fastparquet 2026.9.0, chdb 4.4.0 (ClickHouse 26.9) and pyspark 4.3.0 (with Java 17). The .ndjson of the same name, up to the dot, has the documents that the importer makes of the file.
"""

import datetime as dt
import decimal
import pathlib
import shutil
import sys
import tempfile
import uuid

import chdb
import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

folder = pathlib.Path(sys.argv[1])
D = decimal.Decimal
UTC = dt.timezone.utc
vector = [0.1, 0.2, 0.3]
moment = dt.datetime(2026, 3, 1, 12, 30, 0, 123456)


def path(name):
    return str(folder / f'{name}.parquet')


def pyarrow_kinds():
    columns = {
        'id': (pa.string(), ['a', 'b']),
        'vector_embedding': (pa.list_(pa.float32(), 3), [vector, vector]),
        'bool': (pa.bool_(), [True, None]),
        'int8': (pa.int8(), [-128, None]),
        'uint8': (pa.uint8(), [255, None]),
        'int16': (pa.int16(), [-32768, None]),
        'uint16': (pa.uint16(), [65535, None]),
        'int32': (pa.int32(), [-(2**31), None]),
        'uint32': (pa.uint32(), [2**32 - 1, None]),
        'int64': (pa.int64(), [-(2**63), None]),
        'uint64': (pa.uint64(), [2**64 - 1, None]),
        'half': (pa.float16(), [np.float16(0.1), np.float16('nan')]),
        'float': (pa.float32(), [0.1, -0.0]),
        'double': (pa.float64(), [0.1, float('nan')]),
        'decimal32': (pa.decimal32(5, 2), [D('-123.45'), None]),
        'decimal64': (pa.decimal64(18, 3), [D('123456789012345.678'), None]),
        'decimal128': (pa.decimal128(38, 9), [D('12345678901234567890.123456789'), D('1.5')]),
        'decimal256': (pa.decimal256(76, 0), [D('9' * 60), D(2**64 - 1)]),
        'date32': (pa.date32(), [dt.date(2026, 3, 1), None]),
        'date64': (pa.date64(), [dt.date(1969, 12, 31), None]),
        'time32': (pa.time32('ms'), [dt.time(12, 30, 0, 123000), None]),
        'time64': (pa.time64('us'), [dt.time(12, 30, 0, 123456), None]),
        'seconds': (pa.timestamp('s'), [moment, None]),
        'millis': (pa.timestamp('ms', 'UTC'), [moment.replace(tzinfo=UTC), None]),
        'micros': (pa.timestamp('us'), [dt.datetime(1969, 12, 31, 23, 59, 59, 999999), None]),
        'nanos': (pa.timestamp('ns', 'Europe/Berlin'), [moment.replace(tzinfo=UTC), None]),
        'duration': (pa.duration('us'), [dt.timedelta(seconds=1.5), None]),
        'large_text': (pa.large_string(), ['Zoë 😀 "\n', None]),
        'view': (pa.string_view(), ['x', None]),
        'bytes': (pa.binary(), [b'bytes that are text', None]),
        'fixed': (pa.binary(3), [b'\x00\xff\x01', None]),
        'uuid': (pa.uuid(), [uuid.UUID('00112233-4455-6677-8899-aabbccddeeff').bytes, None]),
        'json': (pa.json_(), ['{"a": [1, 12345678901234567890]}', None]),
        'dictionary': (pa.dictionary(pa.int8(), pa.string()), ['kids', 'road']),
        'nothing': (pa.null(), [None, None]),
        'labels': (pa.large_list(pa.string()), [['kids', None], []]),
        'matrix': (pa.list_(pa.list_(pa.int32())), [[[1, 2], [], None, [3]], None]),
        'double_lists': (pa.list_(pa.list_(pa.float64())), [[[1.5], [2.5, 3.5]], []]),
        'points': (pa.list_(pa.struct([('x', pa.float64())])), [[{'x': 1.5}, {'x': 2.5}], []]),
        'shape': (pa.struct([('sides', pa.list_(pa.float64()))]), [{'sides': [1.5, 2.5]}, None]),
        'address': (pa.struct([('city', pa.string()), ('zip', pa.int32())]), [{'city': 'Ulm', 'zip': None}, None]),
        'people': (
            pa.list_(pa.struct([('name', pa.string()), ('tags', pa.list_(pa.string()))])),
            [[{'name': 'Zoë', 'tags': ['x']}, {'name': None, 'tags': None}, None], []],
        ),
        'map': (pa.map_(pa.string(), pa.float64()), [[('a', 1.5), ('b', None)], []]),
        'map_of_numbers': (pa.map_(pa.int32(), pa.list_(pa.bool_())), [[(7, [True]), (8, [])], None]),
    }
    arrays = {name: pa.array(values, kind) for name, (kind, values) in columns.items()}
    pq.write_table(pa.table(arrays), path('pyarrow-kinds'))


def pyarrow_cases():
    vectors = pa.array([vector, vector], pa.list_(pa.float32()))
    base = {'id': ['a', 'b'], 'vector_embedding': vectors}
    write = lambda name, columns, **options: pq.write_table(pa.table({**base, **columns}), path(name), **options)
    write('pyarrow-bytes', {'raw': pa.array([b'\xff\x00\x80\x3f', b'fine'], pa.binary())})
    write('pyarrow-long-ids', {'id': pa.array([1234567890123456789, 42], pa.int64())})
    write('pyarrow-deleted-number', {'deleted': pa.array([1, 0], pa.int64())})
    write('pyarrow-deleted', {'deleted': pa.array([True, None], pa.bool_())})
    write('pyarrow-dotted', {'address.city': ['Oslo', None], 'address.geo.zip': [1, 2], 'sizes[0]': [1, 2], 'sizes[1]': [3, 4]})
    write('pyarrow-dotted-twice', {'address.city': ['Oslo', None], 'address': ['x', 'y']})
    write('pyarrow-infinity', {'double': [float('inf'), 1.0]})
    proto = pa.struct([('__proto__', pa.string()), ('kept', pa.string())])
    write(
        'pyarrow-proto',
        {
            '__proto__': ['top', None],
            'struct': pa.array([{'__proto__': 'x', 'kept': 'y'}, None], proto),
            'map': pa.array([[('__proto__', 'x'), ('constructor', 'y')], []], pa.map_(pa.string(), pa.string())),
        },
    )
    twice = pa.table([['a', 'b'], vectors, ['x', 'y'], ['z', None]], names=['id', 'vector_embedding', 'labels', 'labels'])
    pq.write_table(twice, path('pyarrow-two-of-a-name'))
    for codec in ['lz4', 'snappy', 'gzip', 'brotli', 'zstd', 'none']:
        text = ['kids, road ' * 9, 'mountain ' * 9]
        write(f'pyarrow-texts.{codec}', {'descr': text}, compression=codec, use_dictionary=False)
    write('pyarrow-int96', {'at': [moment, dt.datetime(1969, 12, 31, 23, 59, 59, 1)]}, use_deprecated_int96_timestamps=True)
    encodings = {
        'int32': ('DELTA_BINARY_PACKED', pa.array([2**31 - 1, -(2**31)], pa.int32())),
        'int64': ('DELTA_BINARY_PACKED', pa.array([-(2**63), 2**63 - 1], pa.int64())),
        'text': ('DELTA_BYTE_ARRAY', ['prefix one', 'prefix two']),
        'fixed': ('DELTA_BYTE_ARRAY', pa.array([b'abc', b'abd'], pa.binary(3))),
        'lengths': ('DELTA_LENGTH_BYTE_ARRAY', ['one', 'three']),
        'float': ('BYTE_STREAM_SPLIT', pa.array([0.1, -0.2], pa.float32())),
        'double': ('BYTE_STREAM_SPLIT', [0.1, -0.2]),
        'split32': ('BYTE_STREAM_SPLIT', pa.array([1, -2], pa.int32())),
        'split64': ('BYTE_STREAM_SPLIT', pa.array([1, -(2**60)], pa.int64())),
        'split_fixed': ('BYTE_STREAM_SPLIT', pa.array([D('1.23'), D('-4.56')], pa.decimal128(30, 2))),
        'flag': ('RLE', [True, False]),
    }
    for version in ['1.0', '2.0']:
        pq.write_table(
            pa.table({**base, **{name: column for name, (_, column) in encodings.items()}}),
            path(f'pyarrow-encodings.v{version[0]}'),
            use_dictionary=False,
            data_page_version=version,
            column_encoding={name: encoding for name, (encoding, _) in encodings.items()},
        )
    pq.write_table(pa.table({'id': pa.array([], pa.string()), 'n': pa.array([], pa.int32())}), path('pyarrow-empty'))


def pandas_frames():
    frame = pd.DataFrame(
        {
            'id': ['a', 'b'],
            'vector_embedding': [np.array(vector, 'float32')] * 2,
            'labels': pd.Categorical(['kids', 'road']),
            'age': pd.array([34, None], 'Int64'),
            'score': [1.5, float('nan')],
            'since': pd.to_datetime(['2026-03-01T12:30:00.123456789', None]),
            'there': pd.to_datetime(['2026-03-01T12:30:00Z', None]),
            'word': pd.array(['x', None], 'string'),
            'mixed': [{'a': 1}, {'a': 2}],
        },
        index=['i', 'j'],
    )
    frame.to_parquet(path('pandas-pyarrow'))
    plain = frame.drop(columns=['mixed', 'vector_embedding']).assign(vector_embedding=[vector, vector])
    plain.to_parquet(path('pandas-fastparquet'), engine='fastparquet')


def polars_frames():
    frame = pl.DataFrame(
        {
            'id': ['a', 'b'],
            'vector_embedding': [vector, vector],
            'array': [[1.5, 2.5], [3.5, 4.5]],
            'labels': [['kids', None], []],
            'category': ['x', 'y'],
            'price': [D('1.25'), D('12345678901234567890.12')],
            'day': [dt.date(2026, 3, 1), None],
            'time': [dt.time(12, 30, 0, 5), None],
            'micros': [moment, None],
            'duration': [dt.timedelta(seconds=1.5), None],
            'bytes': [b'x', None],
            'nothing': [None, None],
            'struct': [{'a': 1, 'b': {'c': 'x'}}, {'a': None, 'b': None}],
            'flag': [True, None],
        },
        schema_overrides={
            'vector_embedding': pl.List(pl.Float32),
            'array': pl.Array(pl.Float64, 2),
            'category': pl.Categorical,
            'price': pl.Decimal(38, 2),
            'micros': pl.Datetime('ns'),
        },
    )
    for codec in ['zstd', 'lz4', 'snappy', 'gzip', 'brotli', 'uncompressed']:
        frame.write_parquet(path(f'polars.{codec}'), compression=codec)


def duckdb_tables():
    connection = duckdb.connect()
    kinds = {
        'id': "'a'",
        'vector_embedding': '[0.1, 0.2, 0.3]::FLOAT[3]',
        'list': '[1.5, NULL]::DOUBLE[]',
        'tiny': '(-128)::TINYINT',
        'utiny': '255::UTINYINT',
        'ubig': '18446744073709551615::UBIGINT',
        'huge': '170141183460469231731687303715884105727::HUGEINT',
        'price': "'12345678901234567890.123456789'::DECIMAL(38, 9)",
        'small_price': '1.25::DECIMAL(4, 2)',
        'far': "DATE '10000-01-01'",
        'bc': "DATE '0044-03-15 (BC)'",
        'never': "DATE 'infinity'",
        'always': "TIMESTAMP '-infinity'",
        'at': "TIMESTAMP '2026-03-01 12:30:00.123456'",
        'at_tz': "TIMESTAMPTZ '2026-03-01 12:30:00+02'",
        'at_ns': "TIMESTAMP_NS '2026-03-01 12:30:00.123456789'",
        'at_ms': "TIMESTAMP_MS '2026-03-01 12:30:00.123'",
        'at_s': "TIMESTAMP_S '2026-03-01 12:30:00'",
        'far_at': "TIMESTAMP '200000-01-01 00:00:00'",
        'time': "TIME '12:30:00.123456'",
        'wait': "INTERVAL '14 months 3 days 4.005 seconds'",
        'uuid': "'00112233-4455-6677-8899-aabbccddeeff'::UUID",
        'blob': "'text'::BLOB",
        'mood': "'ok'::ENUM('ok', 'sad')",
        'json': '\'{"a": 12345678901234567890}\'::JSON',
        'map': "MAP {'a': 1, '__proto__': 2}",
        'struct': "{'a': 1, 'b': {'c': NULL}}",
        'nested': "[[1, 2], [], NULL]",
        'structs': "[{'x': 1}, NULL]",
        'nan': "'NaN'::DOUBLE",
        'flag': 'true',
    }
    row = ', '.join(f'{value} AS "{name}"' for name, value in kinds.items())
    for version in ['V1', 'V2']:
        connection.execute(f"COPY (SELECT {row}) TO '{path(f'duckdb.{version.lower()}')}' (FORMAT parquet, PARQUET_VERSION {version})")
    nulls = "SELECT * FROM (VALUES ('a', NULL::FLOAT[3]), ('b', [1, 2, 3]::FLOAT[3]), ('c', NULL)) t(id, vector_embedding)"
    connection.execute(f"COPY ({nulls}) TO '{path('duckdb-null-arrays')}' (FORMAT parquet)")
    users = "SELECT 'u' || i AS id, [i, i + 1, 0.5]::FLOAT[] AS vector_embedding, ['kids', 'road'][1 + i % 2] AS labels FROM range(5) t(i)"
    for codec in ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']:
        connection.execute(f"COPY ({users}) TO '{path(f'duckdb-users.{codec}')}' (FORMAT parquet, CODEC {codec})")


def fastparquet_frames():
    frame = pd.DataFrame(
        {
            'id': ['a', 'b', 'c'],
            'vector_embedding': [vector, [0.4, 0.5, 0.6], [1, 2, 3]],
            'labels': pd.Categorical(['kids', 'road', 'kids']),
            'age': [34.0, None, 36.0],
            'since': pd.to_datetime(['2026-03-01T12:30:00.123456', None, '1969-12-31T00:00:00.000001']),
            'flag': [True, False, True],
        }
    )
    encodings = {'id': 'utf8', 'vector_embedding': 'json', 'labels': 'utf8'}
    for codec in ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI', 'LZ4', 'LZ4_RAW']:
        fastparquet.write(path(f'fastparquet.{codec.lower()}'), frame, compression=codec, object_encoding=encodings)
    nanos = frame.assign(since=frame['since'].astype('datetime64[ns]'))
    fastparquet.write(path('fastparquet-int96'), nanos, times='int96', object_encoding=encodings)


def clickhouse_tables():
    row = """SELECT 'a' AS id, [0.1, 0.2, 0.3]::Array(Float32) AS vector_embedding, toUInt64(18446744073709551615) AS u64,
        toInt128('-1') AS i128, toDate('2026-03-01') AS d, toDate32('1925-01-01') AS d32,
        toDateTime('2026-03-01 12:30:00', 'UTC') AS dt, toDateTime64('2026-03-01 12:30:00.123456', 6, 'UTC') AS dt64,
        toDecimal128('12345678901234567890.123', 3) AS dec, map('a', 1, 'b', 2) AS m, tuple(1, 'x') AS t,
        NULL::Nullable(Int32) AS n, 'x'::LowCardinality(String) AS lc, true AS flag, [[1, 2], [3]] AS nested,
        toUUID('00112233-4455-6677-8899-aabbccddeeff') AS uuid, toFixedString('ab', 2) AS fs, 'ok'::Enum8('ok' = 1) AS e"""
    for codec in ['lz4', 'zstd', 'snappy']:
        settings = f"SETTINGS engine_file_truncate_on_insert=1, output_format_parquet_compression_method='{codec}'"
        chdb.query(f"INSERT INTO FUNCTION file('{path(f'clickhouse.{codec}')}', Parquet) {row} {settings}")


def spark_frames():
    builder = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false')
    spark = builder.config('spark.driver.host', '127.0.0.1').config('spark.sql.session.timeZone', 'UTC').getOrCreate()
    frame = spark.sql(
        """SELECT 'a' id, array(float(0.1), float(0.2), float(0.3)) vector_embedding, 1Y tiny, 2S small, 3 i,
        9223372036854775807L big, 1.5D d, true flag, date'2026-03-01' day, date'0001-01-01' early,
        timestamp'2026-03-01 12:30:00.123456' at, timestamp_ntz'2026-03-01 12:30:00.123456' ntz,
        cast('12345678901234567890.123' as decimal(38, 3)) price, cast(1.25 as decimal(5, 2)) small_price,
        map('a', 1, 'b', null) m, struct(1 a, 'x' b) st, array(struct(1 x), null) sts, array(array(1, 2), array()) nested,
        X'6162' bin, cast(null as string) nothing, array('kids', 'road') labels"""
    )

    def write(name, **options):
        with tempfile.TemporaryDirectory() as parts:
            frame.coalesce(1).write.mode('overwrite').options(**options).parquet(parts)
            [part] = pathlib.Path(parts).glob('part-*.parquet')
            shutil.copy(part, path(name))

    for codec in ['snappy', 'gzip', 'zstd', 'lz4']:
        write(f'spark.{codec}', compression=codec)
    write('spark.v2', **{'parquet.writer.version': 'PARQUET_2_0'})
    spark.conf.set('spark.sql.parquet.writeLegacyFormat', 'true')
    write('spark.legacy')


folder.mkdir(exist_ok=True)
for make in [pyarrow_kinds, pyarrow_cases, pandas_frames, polars_frames, duckdb_tables, fastparquet_frames, clickhouse_tables, spark_frames]:
    make()
