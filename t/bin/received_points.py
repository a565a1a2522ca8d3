# SPDX-License-Identifier: ISC
"""What a body with points says, as one line of text per point, by the path that
it was sent to.  A path that is not in the table has lines already."""
import json
import struct


def unsnappy(data):
    """The way back from Snappy's block format, by its description."""
    _, at = varint(data, 0)
    out = bytearray()
    while at < len(data):
        kind, n = data[at] & 3, data[at] >> 2
        at += 1
        if kind == 0:
            if n >= 60:
                extra = n - 59
                n = int.from_bytes(data[at:at + extra], "little")
                at += extra
            out += data[at:at + n + 1]
            at += n + 1
            continue
        if kind == 1:
            offset = (data[at - 1] >> 5) << 8 | data[at]
            n = (n & 7) + 4
        else:
            offset = int.from_bytes(data[at:at + 2 * kind - 2], "little")
        at += (0, 1, 2, 4)[kind]
        for _ in range(n + (kind != 1)):
            out.append(out[-offset])
    return bytes(out)


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """Number and value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            n, at = (8, at) if key & 7 == 1 else varint(data, at)
            value, at = data[at:at + n], at + n
        yield key >> 3, value


def remote_write(body):
    for _, series in fields(unsnappy(body)):
        labels, samples = [], []
        for number, value in fields(series):
            if number == 1:
                labels.append("=".join(v.decode()
                                       for _, v in fields(value)))
            else:
                samples.append(dict(fields(value)))
        for s in samples:
            yield "%s %r %d" % (",".join(labels),
                                struct.unpack("<d", s[1])[0], s[2])


def opentsdb(body):
    points = json.loads(body)
    for point in points if isinstance(points, list) else [points]:
        yield json.dumps(point, sort_keys=True)


READERS = {"/api/v1/write": remote_write, "/api/put": opentsdb}


def text_of(path, body):
    reader = READERS.get(path.split("?")[0])
    if reader is None:
        return body
    return "".join(line + "\n" for line in reader(body)).encode()
