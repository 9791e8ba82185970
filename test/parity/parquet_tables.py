#!/usr/bin/env python3
"""Writes Parquet files of many kinds with pyarrow, and tells what stands in them.

usage: parquet_tables.py DIR            every variant of the tables; prints a JSON line {"file", "rows"} for each file
       parquet_tables.py --fixtures DIR the small files of fixtures/formats/parquet/
       parquet_tables.py --encrypted DIR an encrypted footer.parquet, and a column.parquet with an encrypted column
       parquet_tables.py --read FILE    prints {"types", "groups", "rows"} of a file
Values are written down as mdp reads them: whole numbers beyond 2^53 and decimals of more than 15 digits as strings,
times in ISO 8601 with Z for UTC and no zeros at their end, bytes that are no text in Base64.
"""

import base64
import datetime
import decimal
import json
import os
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

from peer_end import end

UTC = datetime.timezone.utc


def plain(value, kind):
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return {field.name: plain(value[field.name], field.type) for field in kind}
    if pa.types.is_map(kind):
        return {str(plain(key, kind.key_type)): plain(item, kind.item_type) for key, item in value}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if isinstance(value, decimal.Decimal):
        return float(value) if kind.precision <= 15 else format(value, "f")
    if isinstance(value, (datetime.datetime, datetime.time)):
        text = value.isoformat().replace("+00:00", "")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text + ("Z" if isinstance(value, datetime.datetime) and value.tzinfo else "")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        try:
            text = value.decode()
            if "\0" not in text:
                return text
        except UnicodeDecodeError:
            pass
        return base64.b64encode(value).decode()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        return str(value)
    return value


def rows_of(table):
    return [
        {field.name: plain(row[field.name], field.type) for field in table.schema} for row in table.to_pylist()
    ]


def scalars(count):
    """A column of each type, every seventh value missing."""
    micros = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999) + datetime.timedelta(days=97 * i) for i in range(count)]

    def some(values):
        return [None if i % 7 == 3 else value for i, value in enumerate(values)]

    def column(values, kind):
        return pa.array(some(values), kind)

    rows = range(count)
    return pa.table(
        {
            "id": pa.array([f"row-{i}" for i in rows]),
            "text": pa.array([f"Text number {i}: ünïcödé ☃ {'😀' * (i % 4)}, and more of it." for i in rows]),
            "words": column([("low", "middle", "high")[i % 3] for i in rows], pa.string()),
            "large": column([f"large {i}" for i in rows], pa.large_string()),
            "flag": column([i % 3 == 0 for i in rows], pa.bool_()),
            "i8": column([i % 256 - 128 for i in rows], pa.int8()),
            "u8": column([i % 256 for i in rows], pa.uint8()),
            "u16": column([65_535 - i for i in rows], pa.uint16()),
            "i32": column([-(2**31) + i for i in rows], pa.int32()),
            "u32": column([2**32 - 1 - i for i in rows], pa.uint32()),
            "i64": column([(-1) ** i * (2**53 - 2 + i) for i in rows], pa.int64()),
            "u64": column([2**64 - 1 - i for i in rows], pa.uint64()),
            "f32": column([i / 8 for i in rows], pa.float32()),
            "f64": column([i / 10 for i in rows], pa.float64()),
            "f16": column([i / 4 for i in rows], pa.float16()),
            "price": column([decimal.Decimal(i * 1_234_567 - 9).scaleb(-2) for i in rows], pa.decimal128(15, 2)),
            "exact": column([decimal.Decimal(-(10**29) - i).scaleb(-9) for i in rows], pa.decimal128(38, 9)),
            "whole": column([decimal.Decimal(7 * i) for i in rows], pa.decimal128(9, 0)),
            "day": column([datetime.date(1800, 1, 31) + datetime.timedelta(days=977 * i) for i in rows], pa.date32()),
            "at_ms": column([m.replace(microsecond=m.microsecond // 1000 * 1000) for m in micros], pa.timestamp("ms")),
            "at_us": column(micros, pa.timestamp("us")),
            "at_utc": column([m.replace(tzinfo=UTC) for m in micros], pa.timestamp("us", "UTC")),
            "clock": column([(datetime.datetime.min + datetime.timedelta(microseconds=i * 86_399_000)).time() for i in rows], pa.time64("us")),
            "bytes": column([bytes([i % 256, 255, 0]) for i in rows], pa.binary()),
            "ascii": column([b"bytes of text %d" % i for i in rows], pa.binary()),
            "never": pa.array([None] * count, pa.string()),
            "nothing": pa.nulls(count),
            "fixed": column([bytes([200, i % 256, 3, 4]) for i in rows], pa.binary(4)),
        }
    )


def nested(count):
    """Lists, structs and maps, missing, empty and within each other."""
    rows = range(count)
    message = pa.struct([("role", pa.string()), ("content", pa.string()), ("score", pa.float64())])
    chats = [
        None if i % 5 == 1 else [{"role": "user", "content": f"question {i}.{j}", "score": None if j % 2 else j / 2} for j in range(i % 4)]
        for i in rows
    ]
    deep = [None if i % 6 == 2 else [[k for k in range(j)] if j != 2 else None for j in range(i % 5)] for i in rows]
    return pa.table(
        {
            "id": pa.array(list(rows), pa.int64()),
            "body": pa.array([f"The body of row {i} is a text that is long enough to be taken for one, as it were." for i in rows]),
            "tags": pa.array([None if i % 4 == 2 else [f"tag{j}" for j in range(i % 3)] for i in rows], pa.list_(pa.string())),
            "chat": pa.array(chats, pa.list_(message)),
            "deep": pa.array(deep, pa.list_(pa.list_(pa.int64()))),
            "about": pa.array(
                [None if i % 3 == 2 else {"lang": "en", "at": None if i % 2 else {"line": i, "big": 2**60 + i}} for i in rows],
                pa.struct([("lang", pa.string()), ("at", pa.struct([("line", pa.int32()), ("big", pa.int64())]))]),
            ),
            "counts": pa.array([None if i % 5 == 4 else [(f"k{j}", i * j) for j in range(i % 3)] for i in rows], pa.map_(pa.string(), pa.int32())),
        }
    )


VARIANTS = {
    "snappy": {"compression": "snappy"},
    "zstd": {"compression": "zstd", "row_group_size": 100},
    "gzip": {"compression": "gzip", "use_dictionary": False},
    "brotli": {"compression": "brotli", "row_group_size": 64},
    "lz4": {"compression": "lz4"},
    "plain-v1": {"compression": "none", "version": "1.0", "use_dictionary": False, "data_page_size": 512, "write_batch_size": 16},
    "pages-v2": {"compression": "zstd", "data_page_version": "2.0", "data_page_size": 256, "write_batch_size": 8},
    "pages": {"compression": "snappy", "data_page_size": 256, "write_batch_size": 8, "row_group_size": 150},
    "delta": {
        "compression": "zstd",
        "use_dictionary": False,
        "column_encoding": {"text": "DELTA_LENGTH_BYTE_ARRAY", "large": "DELTA_BYTE_ARRAY", "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "f64": "BYTE_STREAM_SPLIT"},
    },
    "int96": {"compression": "snappy", "use_deprecated_int96_timestamps": True},
    "index": {"compression": "snappy", "write_page_index": True, "write_statistics": True, "data_page_size": 300, "write_batch_size": 8},
}


def write_all(folder):
    for name, options in VARIANTS.items():
        for kind, table in (("scalars", scalars(300)), ("nested", nested(300))):
            if kind == "nested" and "column_encoding" in options:
                continue
            path = os.path.join(folder, f"{kind}-{name}.parquet")
            pq.write_table(table, path, **options)
            print(json.dumps({"file": path, "rows": rows_of(pq.read_table(path))}))


def write_fixtures(folder):
    pq.write_table(scalars(12), os.path.join(folder, "scalars.parquet"), compression="snappy", row_group_size=5)
    pq.write_table(nested(12), os.path.join(folder, "nested.parquet"), compression="zstd")


def write_encrypted(folder):
    """All of a file, or one column of it behind a footer that can be read."""
    import pyarrow.parquet.encryption as encryption

    class Keys(encryption.KmsClient):
        def __init__(self, config):
            encryption.KmsClient.__init__(self)

        def wrap_key(self, key, master):
            return base64.b64encode(key)

    factory = encryption.CryptoFactory(Keys)
    table = pa.table({"id": ["a", "b"], "text": ["one text", "two texts"]})
    for name, plaintext in (("footer", False), ("column", True)):
        config = encryption.EncryptionConfiguration("k", column_keys={"k": ["text"]}, plaintext_footer=plaintext)
        properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), config)
        path = os.path.join(folder, f"{name}.parquet")
        with pq.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
            writer.write_table(table)


def read(path):
    file = pq.ParquetFile(path)
    table = file.read()
    table.validate(full=True)
    groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    types = {field.name: str(field.type) for field in table.schema}
    print(json.dumps({"types": types, "groups": groups, "rows": table.to_pylist()}))


if sys.argv[1] == "--fixtures":
    write_fixtures(sys.argv[2])
elif sys.argv[1] == "--encrypted":
    write_encrypted(sys.argv[2])
elif sys.argv[1] == "--read":
    read(sys.argv[2])
else:
    write_all(sys.argv[1])
end()
