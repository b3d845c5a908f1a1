"""Stands in for sentence-transformers, which needs PyTorch (2 GB) and a model, in test/slow/quickstart.test.ts.

It answers real embeddings of test/data. They were made of other sentences, by the model that the page names.
"""

from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "data"


class SentenceTransformer:
    def __init__(self, name):
        if name != "all-MiniLM-L6-v2":
            raise ValueError(f"Expected all-MiniLM-L6-v2, the model of test/data, got {name}")

    def encode(self, sentences):
        if isinstance(sentences, str):
            return rows("queries-100x384.f32")[0]
        return rows("readers-2000x384.f32")[: len(sentences)]


def rows(name):
    return np.fromfile(DATA / name, "<f4").reshape(-1, 384)
