# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading structs out of a .blend file by the description that each such file carries ("SDNA").

For the few things that Blender saves but does not show to Python. Layout: Blender's
`doc/blender_file_format` and `BLO_core_bhead.hh`; both the header of up to 4.5 and that of 5.0 are read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InputError

_SCALARS = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "float": "f", "double": "d"}
_SCALARS |= {"int64_t": "q", "uint64_t": "Q", "int8_t": "b"}


@dataclass(frozen=True)
class _Block:
    code: bytes
    struct_index: int
    address: int
    count: int
    data: memoryview


@dataclass(frozen=True)
class _Field:
    offset: int
    type_name: str
    is_pointer: bool
    length: int


class Record:
    """One struct of the file; fields are read by name."""

    def __init__(self, file: "BlendFile", struct_name: str, data: memoryview) -> None:
        self._file = file
        self._fields = file.fields[struct_name]
        self._data = data

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def number(self, name: str) -> float:
        """A number, or the address in a pointer."""
        field = self._fields[name]
        code = "Q" if field.is_pointer else _SCALARS[field.type_name]
        return struct.unpack_from("<" + code, self._data, field.offset)[0]

    def text(self, name: str) -> str:
        """A character array, up to its end mark."""
        field = self._fields[name]
        raw = bytes(self._data[field.offset : field.offset + field.length])
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace")

    def record(self, name: str) -> "Record":
        """A struct that lies inside this one."""
        field = self._fields[name]
        return Record(self._file, field.type_name, self._data[field.offset :])

    def pointed(self, name: str) -> list["Record"]:
        """The structs that a pointer leads to; none for a null pointer."""
        return self._file.at(int(self.number(name)))


class BlendFile:
    """The structs of an uncompressed .blend file."""

    def __init__(self, path: Path) -> None:
        data = memoryview(Path(path).read_bytes())
        if bytes(data[:7]) != b"BLENDER":
            raise InputError(f"'{path}' is not an uncompressed .blend file.")
        self._blocks = list(_blocks(data))
        description = next(block.data for block in self._blocks if block.code == b"DNA1")
        self._names, self.fields, self._sizes = _describe(bytes(description))
        self._by_address = {block.address: block for block in self._blocks}

    def all(self, struct_name: str) -> Iterator[Record]:
        """Every struct of that kind that is a block of its own."""
        for block in self._blocks:
            if self._names[block.struct_index] == struct_name:
                yield from self._records(block)

    def at(self, address: int) -> list[Record]:
        """The structs at an address."""
        block = self._by_address.get(address)
        return [] if block is None or not address else list(self._records(block))

    def _records(self, block: _Block) -> Iterator[Record]:
        name = self._names[block.struct_index]
        size = self._sizes[name]
        for index in range(block.count):
            yield Record(self, name, block.data[index * size : (index + 1) * size])


def _blocks(data: memoryview) -> Iterator[_Block]:
    # "BLENDER-v405" up to 4.5; "BLENDER17-01v0500" from 5.0: the header's own size comes first.
    is_large = bytes(data[7:8]) not in (b"-", b"_")
    position = int(bytes(data[7:9])) if is_large else 12
    while True:
        if is_large:
            code, index, address, size, count = struct.unpack_from("<4siQqq", data, position)
            position += 32
        else:
            code, size, address, index, count = struct.unpack_from("<4siQii", data, position)
            position += 24
        if code == b"ENDB":
            return
        yield _Block(code, index, address, count, data[position : position + size])
        position += size


def _describe(data: bytes) -> tuple[list[str], dict[str, dict[str, _Field]], dict[str, int]]:
    """Struct names by index, fields by struct, and sizes by type, from a DNA1 block."""
    position = 4

    def take(tag: bytes) -> int:
        nonlocal position
        position = (position + 3) // 4 * 4
        assert data[position : position + 4] == tag
        position += 8
        return struct.unpack_from("<i", data, position - 4)[0]

    def take_texts(count: int) -> list[str]:
        nonlocal position
        texts = []
        for _ in range(count):
            end = data.index(b"\0", position)
            texts.append(data[position:end].decode())
            position = end + 1
        return texts

    names = take_texts(take(b"NAME"))
    types = take_texts(take(b"TYPE"))
    position = (position + 3) // 4 * 4 + 4
    lengths = struct.unpack_from(f"<{len(types)}h", data, position)
    position += 2 * len(types)
    sizes = dict(zip(types, lengths, strict=True))
    order: list[str] = []
    fields: dict[str, dict[str, _Field]] = {}
    for _ in range(take(b"STRC")):
        type_index, count = struct.unpack_from("<hh", data, position)
        position += 4
        offset = 0
        described: dict[str, _Field] = {}
        for _ in range(count):
            field_type, field_name = struct.unpack_from("<hh", data, position)
            position += 4
            name, *dimensions = names[field_name].replace("]", "").split("[")
            is_pointer = name.startswith(("*", "("))
            length = 8 if is_pointer else sizes[types[field_type]]
            for dimension in dimensions:
                length *= int(dimension)
            described[name.strip("*()")] = _Field(offset, types[field_type], is_pointer, length)
            offset += length
        order.append(types[type_index])
        fields[types[type_index]] = described
    return order, fields, sizes
