# SPDX-License-Identifier: ISC
"""What a point is called by the sinks with Prometheus' names, written without
a look at the programs: of the metrics that the sample has."""

import re

# Name, divisor.
NAMES = {
    "cpu/usage": ("cpu_usage_seconds_total", 1e9),
    "cpu/usage_rate": ("cpu_usage_cores", 1000),
    "memory/usage": ("memory_usage_bytes", 1),
    "memory/working_set": ("memory_working_set_bytes", 1),
    "filesystem/usage": ("filesystem_usage_bytes", 1),
}
SHORT = {"nodename": "node", "namespace_name": "namespace", "pod_name": "pod",
         "container_name": "container", "type": "type",
         "resource_id": "resource_id"}
WANTED = {"hostname": "host", "pod_id": "uid", "container_base_image": "image"}
DROPPED = ("labels", "host_id", "namespace_id", "schedulable")


def stored(name):
    """Byte by byte."""
    return "label_" + re.sub(rb"\W", b"_", name.encode()).decode()


def series(name, labels, value, wanted):
    """(name, labels, value); wanted: with host, uid and image."""
    short = dict(SHORT, **WANTED) if wanted else SHORT
    dropped = DROPPED if wanted else DROPPED + tuple(WANTED)
    called, divisor = NAMES[name]
    return "heapster_" + called, {
        short.get(k) or stored(k): v for k, v in labels.items()
        if v and k not in dropped}, value / divisor
