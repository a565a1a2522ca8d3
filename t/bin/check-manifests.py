#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reads manifests of Kubernetes as an operator would.

    check-manifests.py FILE...

Complains of what does not fit together within a pod, and of what is less
locked up than it could be; prints the command of every container, one per
line, its parts separated by tabs.
"""
import re
import sys

import yaml

problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


def check_probe(where, probe, ports):
    handler = probe.get("httpGet") or probe.get("tcpSocket")
    check(handler and handler["port"] in ports, f"{where}: probe of no port")
    check(probe["periodSeconds"] >= 5, f"{where}: probed too often")


def check_container(container, volumes, pod_security):
    where = container["name"]
    ports = {p["name"] for p in container["ports"]}
    check(len(where) <= 15, f"{where}: too long for the name of a port")
    check("livenessProbe" in container, f"{where}: no liveness probe")
    for key in ("livenessProbe", "readinessProbe"):
        if key in container:
            check_probe(where, container[key], ports)
    security = container["securityContext"]
    check(security["allowPrivilegeEscalation"] is False and
          security["readOnlyRootFilesystem"] is True and
          security["capabilities"] == {"drop": ["ALL"]},
          f"{where}: not locked up")
    check(pod_security["runAsNonRoot"] is True and
          pod_security["seccompProfile"] == {"type": "RuntimeDefault"},
          "the pod is not locked up")
    check("memory" in container["resources"]["limits"] and
          {"cpu", "memory"} <= container["resources"]["requests"].keys(),
          f"{where}: resources")
    for mount in container["volumeMounts"]:
        check(mount["name"] in volumes, f"{where}: mounts no volume")
    mounts = [m["mountPath"] for m in container["volumeMounts"]]
    line = "\t".join(container["command"] + container["args"])
    for variable in container["env"]:
        if "valueFrom" in variable:
            line = line.replace(f"$({variable['name']})", "n1")
            continue
        check(any(variable["value"].startswith(m + "/") for m in mounts),
              f"{where}: {variable['name']} is not in a volume")
    check("$(" not in line, f"{where}: no such variable")
    for part in re.findall(r"=(/[^\t]*)", line):
        check(any(part.startswith(m + "/") for m in mounts),
              f"{where}: {part} is not in a volume")
    print(line)


def check_workload(thing):
    pod = thing["spec"]["template"]
    labels = pod["metadata"]["labels"]
    check(thing["spec"]["selector"]["matchLabels"].items() <= labels.items(),
          "the selector selects something else")
    volumes = {v["name"] for v in pod["spec"]["volumes"]}
    names = [p["containerPort"] for c in pod["spec"]["containers"]
             for p in c["ports"]]
    check(len(names) == len(set(names)), "two containers with one port")
    for container in pod["spec"]["containers"]:
        check_container(container, volumes, pod["spec"]["securityContext"])
    return pod


def check_rules(thing, rules):
    for rule in thing["rules"]:
        check("*" not in rule["resources"] + rule["verbs"], "a rule has a *")
        check("nodes/proxy" not in rule["resources"], "a rule is root's")
        for resource in rule["resources"]:
            rules.setdefault(resource, set()).update(rule["verbs"])


def main():
    things = [t for name in sys.argv[1:]
              for t in yaml.safe_load_all(open(name, encoding="utf-8"))]
    pods = [check_workload(t) for t in things
            if t["kind"] in ("Deployment", "DaemonSet")]
    rules = {}
    for thing in things:
        if thing["kind"] == "ClusterRole":
            check_rules(thing, rules)
        if thing["kind"] == "Service":
            wanted = thing["spec"]["selector"].items()
            ports = {p["name"] for pod in pods
                     if wanted <= pod["metadata"]["labels"].items()
                     for c in pod["spec"]["containers"] for p in c["ports"]}
            check({p["targetPort"] for p in thing["spec"]["ports"]} <= ports,
                  "the service has no such port")
    check(rules == {"nodes": {"list", "watch"}, "pods": {"list", "watch"},
                    "namespaces": {"list", "watch"}, "nodes/stats": {"get"},
                    "nodes/metrics": {"get"}},
          "rules: neither more nor less than is needed")
    accounts = {t["metadata"]["name"] for t in things
                if t["kind"] == "ServiceAccount"}
    check({p["spec"]["serviceAccountName"] for p in pods} <= accounts,
          "no such service account")
    bound = {s["name"] for t in things if t["kind"] == "ClusterRoleBinding"
             for s in t["subjects"]}
    check({p["spec"]["serviceAccountName"] for p in pods
           if p["spec"].get("automountServiceAccountToken", True)} == bound,
          "a role for nobody, or somebody without one")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
