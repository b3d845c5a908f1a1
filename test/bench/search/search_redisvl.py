"""A round of RedisVL on our index, beside redis-py with the same command: JSON in and out, times by its own clock."""
import base64
import json
import sys
import time

from redisvl.index import SearchIndex
from redisvl.query import VectorQuery

given = json.load(sys.stdin)
queries = [base64.b64decode(text) for text in given["queries"]]
index = SearchIndex.from_existing(given["index"], redis_url=given["url"])


def query_of(i):
    return VectorQuery(
        vector=queries[i % len(queries)],
        vector_field_name="vector",
        return_fields=["labels"],
        num_results=given["k"],
        ef_runtime=given["efRuntime"],
    )


def command_of(i):
    query = query_of(i)
    arguments, _ = index.client.ft(given["index"])._mk_query_args(query.query, query.params)
    return ["FT.SEARCH", *arguments]


commands = [command_of(i) for i in range(len(queries))]


def library(i):
    return index.query(query_of(i))


def bare(i):
    return index.client.execute_command(*commands[i % len(commands)])


def timed(call, i):
    started = time.perf_counter()
    call(i)
    return (time.perf_counter() - started) * 1000


found = [[row["id"] for row in library(i)] for i in range(len(queries))]
times = {"library": [], "bare": []}
for i in range(-(given["count"] // 5), given["count"]):
    # Not the same query twice: the second would find its part of the graph in the processor's cache.
    for name, call, at in (("bare", bare, i), ("library", library, i + len(queries) // 2)):
        took = timed(call, at)
        if i >= 0:
            times[name].append(took)
print(json.dumps({"times": times, "found": found}))
