"""Sentence embeddings by all-MiniLM-L6-v2 (sentence-transformers), its int8 export run by ONNX Runtime."""

from dalsegno.scenes.minilm.embedding import DIMENSIONS, Embedder

__all__ = ["DIMENSIONS", "Embedder"]
