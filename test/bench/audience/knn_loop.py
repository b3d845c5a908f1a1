"""An audience by a plain loop of RedisVL: a KNN for each seed, the best score of each user, the nearest of all users."""
import json
import sys
import time

import numpy as np
from redisvl.index import SearchIndex
from redisvl.query import VectorQuery

given = json.load(sys.stdin)
users = np.memmap(given["vectors"], dtype="<f4", mode="r").reshape(-1, given["dimensions"])
index = SearchIndex.from_existing(given["index"], redis_url=given["url"])
seeds = {given["prefix"] + str(row) for row in given["seeds"]}

started = time.perf_counter()
best = {}
for row in given["seeds"]:
    query = VectorQuery(
        vector=users[row].tobytes(),
        vector_field_name="vector",
        return_fields=["labels"],
        num_results=given["k"],
        ef_runtime=given["k"],
    )
    for found in index.query(query):
        distance = float(found["vector_distance"])
        if distance < best.get(found["id"], 3):
            best[found["id"]] = distance
nearest = sorted((distance, id) for id, distance in best.items() if id not in seeds)[: given["size"]]
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "ids": [id[len(given["prefix"]) :] for _, id in nearest]}))
