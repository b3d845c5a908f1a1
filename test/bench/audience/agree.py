"""Which users belong into the audience, by numpy in doubles over all users: JSON in, counts out."""
import csv
import json
import sys

import numpy as np

given = json.load(sys.stdin)
users = np.memmap(given["vectors"], dtype="<f4", mode="r").reshape(-1, given["dimensions"])
seed_rows = np.asarray(given["seeds"])


def unit(vectors):
    vectors = np.asarray(vectors, dtype=np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


seeds = unit(users[seed_rows])
best = np.empty(len(users))
for start in range(0, len(users), 5_000):
    best[start : start + 5_000] = (unit(users[start : start + 5_000]) @ seeds.T).max(axis=1)
best[seed_rows] = -np.inf
size = given["size"]
belongs = np.zeros(len(users), dtype=bool)
belongs[np.argsort(-best, kind="stable")[:size]] = True


def membership(ids):
    there = np.zeros(len(users), dtype=bool)
    there[np.fromiter((int(id) for id in ids), dtype=np.int64)] = True
    return there


def compared(there):
    return {
        "users": len(users),
        "agreed": int((there == belongs).sum()),
        "both": int((there & belongs).sum()),
        "size": size,
    }


with open(given["csv"], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file))
ours = compared(membership(row["id"] for row in rows))
difference = max(abs((1 + best[int(row["id"])]) / 2 - float(row["similarity"])) for row in rows)
answer = {"ours": ours, "largestDifference": difference}
if "ids" in given:
    answer["peer"] = compared(membership(given["ids"]))
print(json.dumps(answer))
