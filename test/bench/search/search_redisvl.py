"""Searches our index with RedisVL: JSON in and out. Times are by its own clock."""
import base64
import json
import sys
import time

from redisvl.index import SearchIndex
from redisvl.query import VectorQuery

given = json.load(sys.stdin)
queries = [base64.b64decode(text) for text in given["queries"]]
index = SearchIndex.from_existing(given["index"], redis_url=given["url"])


def search(i):
    query = VectorQuery(
        vector=queries[i % len(queries)],
        vector_field_name="vector",
        return_fields=["labels"],
        num_results=given["k"],
        ef_runtime=given["efRuntime"],
    )
    return index.query(query)


def timed(i):
    started = time.perf_counter()
    search(i)
    return (time.perf_counter() - started) * 1000


found = [[row["id"] for row in search(i)] for i in range(len(queries))]
for i in range(given["count"] // 5):
    search(i)
print(json.dumps({"times": [timed(i) for i in range(given["count"])], "found": found}))
