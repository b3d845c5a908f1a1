"""Makes events/data/readers.parquet: python3 test/support/make_readers.py VECTORS.f32 LABELS.txt events/data/readers.parquet (needs numpy and pyarrow).

VECTORS.f32 holds float32 little-endian, 384 a row, LABELS.txt a line for each row (test/data/README.md).
"""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

vectors_path, labels_path, target = sys.argv[1:]
ROWS = 5_000
# As float16 they take half of the room, and are the same neighbours.
vectors = np.fromfile(vectors_path, "<f4").reshape(-1, 384)[:ROWS].astype("f2").astype("f4")
with open(labels_path, encoding="utf-8") as file:
    labels = file.read().splitlines()[:ROWS]
rows = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 384)
table = pa.table({"id": [f"reader-{i}" for i in range(ROWS)], "labels": labels, "vector_embedding": rows})
pq.write_table(
    table,
    target,
    compression="zstd",
    compression_level=19,
    use_dictionary=["labels"],
    column_encoding={"vector_embedding.list.element": "BYTE_STREAM_SPLIT"},
    data_page_size=1 << 20,
)
