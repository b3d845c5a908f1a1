"""Loads the users of an NDJSON file with RedisVL, as its documentation does; prints the milliseconds of `load`."""

import json
import sys
import time

from redisvl.index import SearchIndex

url, file, schema = sys.argv[1:]
with open(file) as lines:
    users = [json.loads(line) for line in lines if line.strip()]
# The index of that name is there already; this object only knows how it looks.
index = SearchIndex.from_dict(json.loads(schema), redis_url=url)
started = time.perf_counter()
keys = index.load(users, id_field="id")
print((time.perf_counter() - started) * 1000)
assert len(keys) == len(users)
