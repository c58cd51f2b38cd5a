"""Writes op-definitions.ts: TensorFlow's definitions of the operations that tfjs's backend and Laurel's can run.

    python3 main/engine/backends/functions/make-op-definitions.py ~/.laurel/runtimes/cpu node_modules/@tensorflow/tfjs-node-gpu/dist

The first argument is a runtime pack, whose library lists its operations (TF_GetAllOpList); the second, tfjs's backend.
"""

import ctypes
import re
import sys
from pathlib import Path

here = Path(__file__).parent
pack, tfjs = map(Path, sys.argv[1:])


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


def library_bytes():
    ctypes.CDLL(str(pack / "libtensorflow_framework.so.2"), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(pack / "libtensorflow_cc.so.2"))
    library.TF_GetAllOpList.restype = ctypes.POINTER(Buffer)
    library.TF_Version.restype = ctypes.c_char_p
    buffer = library.TF_GetAllOpList().contents
    return library.TF_Version().decode(), ctypes.string_at(buffer.data, buffer.length)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The fields of a message (protobuf.dev/programming-guides/encoding): numbers, or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            length, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value = data[at : at + length]
            at += length
        yield tag >> 3, value


def text(data, field):
    return next((value.decode() for number, value in fields(data) if number == field), "")


# Of OpDef and its ArgDef and AttrDef (tensorflow/core/framework/op_def.proto)
NAME, INPUT, OUTPUT, ATTRIBUTE = 1, 2, 3, 4
TYPE_ATTRIBUTE, NUMBER_ATTRIBUTE, TYPES_ATTRIBUTE, DEFAULT = 4, 5, 6, 3


def input_text(argument):
    number, kind, kinds = (text(argument, field) for field in (NUMBER_ATTRIBUTE, TYPE_ATTRIBUTE, TYPES_ATTRIBUTE))
    return kinds + "..." if kinds else (number + "*" if number else "") + (kind or "-")


def output_text(argument):
    isList = text(argument, NUMBER_ATTRIBUTE) or text(argument, TYPES_ATTRIBUTE)
    return text(argument, NAME) + ("*" if isList else "")


def definition(op):
    parts = {INPUT: [], OUTPUT: [], ATTRIBUTE: []}
    for number, value in fields(op):
        if number in parts:
            parts[number].append(value)
    required = [text(one, NAME) for one in parts[ATTRIBUTE] if all(number != DEFAULT for number, _ in fields(one))]
    sides = [" ".join(map(input_text, parts[INPUT])), "->", " ".join(map(output_text, parts[OUTPUT]))]
    return " ".join(part for part in sides if part) + ("; " + " ".join(required) if required else "")


version, listed = library_bytes()
definitions = {text(op, NAME): definition(op) for _, op in fields(listed)}
named = set()
for path in [*tfjs.rglob("*.js"), *here.parents[1].rglob("*.ts")]:
    if path.name != "op-definitions.ts":
        named.update(re.findall(r"(?:tfjs_1\.|['\"])([A-Z]\w+)\b", path.read_text()))
lines = [f"  {name}: '{definitions[name]}'," for name in sorted(named & definitions.keys())]
(here / "op-definitions.ts").write_text(
    f"""/**
 * Operations of TensorFlow {version}, by make-op-definitions.py: the type attribute of each input (`-`: a fixed type; `N*T`: N inputs of type T;
 * `T...`: as many as there are types), the name of each output (`*`: a list), and after the semicolon the attributes that have no default.
 */
export const opDefinitions: Readonly<Record<string, string>> = {{
"""
    + "\n".join(lines)
    + "\n}\n"
)
