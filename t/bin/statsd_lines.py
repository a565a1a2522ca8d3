# SPDX-License-Identifier: ISC
"""Lines of StatsD in Etsy's form.  Written without a look at the programs, after
Heapster's."""


def clean(text):
    for special in ".=|":
        text = text.replace(special, "_")
    return text


def go_value(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = repr(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        digits, exponent = ("%.16e" % value).split("e")
        for precision in range(17):
            digits, exponent = ("%.*e" % (precision, value)).split("e")
            if float(digits + "e" + exponent) == value:
                break
        return digits + "e" + exponent
    return text[:-2] if text.endswith(".0") else text


FLOATS = ("_rate", "/node_capacity", "/node_allocatable", "/node_utilization",
          "/node_reservation")


def line(name, labels, value):
    kind = labels["type"]
    parts = []
    if kind == "cluster":
        parts = ["cluster"]
    elif kind != "ns":
        parts = ["node", clean(labels["hostname"])]
    if kind in ("ns", "pod", "pod_container"):
        parts += ["namespace", clean(labels["namespace_name"])]
    if kind in ("pod", "pod_container"):
        parts += ["pod", clean(labels["pod_name"])]
    if kind == "pod_container":
        parts += ["container", clean(labels["container_name"])]
    if kind == "sys_container":
        parts += ["sys-container", clean(labels["container_name"])]
    for pair in sorted(labels.get("labels", "").split(",")):
        if ":" in pair:
            parts += [clean(p) for p in pair.split(":")[:2]]
    parts.append(clean(name))
    if "resource_id" in labels:
        parts.append(clean(labels["resource_id"]))
    if name.endswith(FLOATS) and name != "cpu/usage_rate":
        value = float(value)
    return ".".join(parts) + ":" + go_value(value) + "|g"
