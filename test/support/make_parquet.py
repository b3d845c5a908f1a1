"""Writes test/data/parquet/: python3 make_parquet.py FOLDER, with pyarrow 26 and numpy. Each file holds the same rows."""

import datetime as dt
import decimal
import json
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(sys.argv[1])
COUNT, DIMENSIONS = 40, 8
random = np.random.default_rng(20260301)
vectors = (random.standard_normal((COUNT, DIMENSIONS)) * 10.0 ** random.integers(-30, 30, (COUNT, 1))).astype(np.float32)
vectors[3] = [-0.0, 1e-45, 3.4028235e38, 0.1, 1 / 3, 16777217, -1, 0]
instant = dt.datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=dt.timezone.utc)
early = dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=dt.timezone.utc)


def some(i, value):
    """Every third is null."""
    return None if i % 3 == 2 else value


rows = [
    {
        'id': f'user-{i}',
        'vector_embedding': vectors[i].tolist(),
        'double': [0.1 * i, 1e300, -5e-324],
        'big': some(i, 9007199254740993 + i),
        'huge': 18446744073709551615 - i,
        'small': i - 20,
        'flag': some(i, i % 2 == 0),
        'text': some(i, f'Zoë 😀 "{i}"\n'),
        'day': some(i, dt.date(2026, 3, 1) - dt.timedelta(days=i * 1000)),
        'millis': instant.replace(microsecond=123000),
        'micros': some(i, early),
        'nanos': instant,
        'price': some(i, decimal.Decimal(i - 20) / 100 + decimal.Decimal('12345678901234567.00')),
        'cents': decimal.Decimal(3 - i) / 10,
        'address': some(i, {'city': some(i + 1, 'Ulm'), 'geo': some(i, {'zip': 89073 + i})}),
        'labels': [[], None, ['kids', None, 'road'], ['a'] * 50][i % 4],
        'visits': [None, [], [{'shop': 'a', 'at': [1, 2]}, {'shop': None, 'at': []}]][i % 3],
        'scores': some(i, {'a': 1.5, 'b': float(i)}),
        'bytes': some(i, bytes([i, 255, 0])),
    }
    for i in range(COUNT)
]
schema = pa.schema(
    [
        pa.field('id', pa.string(), nullable=False),
        ('vector_embedding', pa.list_(pa.float32())),
        pa.field('double', pa.list_(pa.field('element', pa.float64(), nullable=False)), nullable=False),
        ('big', pa.int64()),
        ('huge', pa.uint64()),
        ('small', pa.int8()),
        ('flag', pa.bool_()),
        ('text', pa.string()),
        ('day', pa.date32()),
        ('millis', pa.timestamp('ms', 'UTC')),
        ('micros', pa.timestamp('us', 'UTC')),
        ('nanos', pa.timestamp('ns', 'UTC')),
        ('price', pa.decimal128(30, 2)),
        ('cents', pa.decimal128(5, 1)),
        ('address', pa.struct([('city', pa.string()), ('geo', pa.struct([('zip', pa.int32())]))])),
        ('labels', pa.list_(pa.string())),
        ('visits', pa.list_(pa.struct([('shop', pa.string()), ('at', pa.list_(pa.int64()))]))),
        ('scores', pa.map_(pa.string(), pa.float64())),
        ('bytes', pa.binary(3)),
    ]
)
table = pa.Table.from_pylist(rows, schema)
files = {
    'plain': dict(compression='none', use_dictionary=False, version='2.6'),
    'snappy': dict(compression='snappy'),
    'gzip-v2': dict(compression='gzip', data_page_version='2.0'),
    'brotli': dict(compression='brotli', write_page_checksum=True),
    'zstd-v2': dict(compression='zstd', data_page_version='2.0', store_decimal_as_integer=True),
    'split': dict(
        compression='zstd',
        use_dictionary=False,
        column_encoding={
            'vector_embedding.list.element': 'BYTE_STREAM_SPLIT',
            'id': 'DELTA_BYTE_ARRAY',
            'text': 'DELTA_LENGTH_BYTE_ARRAY',
            'big': 'DELTA_BINARY_PACKED',
        },
    ),
}
for name, options in files.items():
    # Tiny pages, so that there are many of them.
    pq.write_table(table, folder / f'{name}.parquet', row_group_size=16, data_page_size=100, write_batch_size=2, **options)


def plain(value):
    """What the importer makes of it: no member for null, ISO 8601, base64. Decimals are compared as doubles."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return value


def instants(row):
    digits = {'millis': '%Y-%m-%dT%H:%M:%S.123Z', 'micros': '%Y-%m-%dT%H:%M:%S.%fZ', 'nanos': '%Y-%m-%dT%H:%M:%S.%f000Z'}
    text = {name: row[name].strftime(form) for name, form in digits.items() if row[name]}
    day = {'day': row['day'].isoformat()} if row['day'] else {}
    return {**row, **text, **day}


with open(folder / 'rows.ndjson', 'w') as expected:
    expected.writelines(json.dumps(plain(instants(row))) + '\n' for row in rows)
