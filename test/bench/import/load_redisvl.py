"""Loads the users of an NDJSON file with RedisVL, as its documentation does; prints the milliseconds of reading the
file, and those of `load`."""

import json
import sys
import time

from redisvl.index import SearchIndex

url, file, schema = sys.argv[1:]
# The index of that name is there already; this object only knows how it looks.
index = SearchIndex.from_dict(json.loads(schema), redis_url=url)
begun = time.perf_counter()
with open(file) as lines:
    users = [json.loads(line) for line in lines if line.strip()]
read = time.perf_counter()
keys = index.load(users, id_field="id")
loaded = time.perf_counter()
assert len(keys) == len(users)
print(json.dumps({"read": (read - begun) * 1000, "load": (loaded - read) * 1000}))
