#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reads manifests of Kubernetes as an operator would.

    check-manifests.py FILE...

Complains of what does not fit together within a pod, and of what is less
locked up than it could be; prints the command of every container, one per
line, its parts separated by tabs.  The programs have to be in PATH: what they
write at most without an option for it is read from their --help.
"""
import os
import re
import subprocess
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


def size_bytes(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]?)i?", text).groups()
    return int(number) << {"": 0, "K": 10, "M": 20, "G": 30}[unit]


def written_bytes(container, what="journal|store"):
    """What it keeps in its state directory at most: journal, store."""
    program = os.path.basename(container["command"][0])
    text = subprocess.run([program, "--help"], stdout=subprocess.PIPE,
                          check=True, encoding="utf-8").stdout
    total = 0
    for option, default in re.findall(
            rf"--((?:{what})-bytes)=[^(]*\((\w+),\s+\$", text):
        given = [a.partition("=")[2] for a in container["args"]
                 if a.startswith(f"--{option}=")]
        total += size_bytes((given or [default])[0])
    return total


def check_room(where, container, volumes):
    """A volume that is larger than its limit is the end of the pod."""
    state = [v["value"] for v in container["env"]
             if v["name"] == "CHEAPSTER_STATE_DIR"][0]
    for mount in container["volumeMounts"]:
        if not state.startswith(mount["mountPath"] + "/"):
            continue
        limit = volumes[mount["name"]]["emptyDir"]["sizeLimit"]
        check(written_bytes(container) <= size_bytes(limit) * 3 / 4,
              f"{where}: writes more than its volume may have")
    for arg in container["args"]:
        if not arg.startswith("--spool="):
            continue
        room = [size_bytes(volumes[m["name"]]["emptyDir"]["sizeLimit"])
                for m in container["volumeMounts"]
                if arg[8:].startswith(m["mountPath"] + "/")]
        check(room and written_bytes(container, "spool") <= room[0] * 3 / 4,
              f"{where}: its spool has no room")


def check_ports(where, container):
    """Every address of IPv6 and IPv4: a cluster may have but one of them."""
    for port in container["ports"]:
        number = port["containerPort"]
        any_address = re.compile(
            rf"--metrics-listen=\*:{number}|--(secure-)?listen=:{number}|"
            rf"--(raw|out)-(bus|replay)=tls\+tcp://\[::\]:{number}")
        check(any(any_address.fullmatch(a) for a in container["args"]),
              f"{where}: does not listen at {number} of every address")


def is_secure(container):
    """It asks the kube-apiserver who its clients are."""
    return any(a.startswith("--secure-listen=") for a in container["args"])


def has_token(container, volumes):
    return any("serviceAccountToken" in source
               for mount in container["volumeMounts"]
               for source in volumes.get(mount["name"], {})
               .get("projected", {}).get("sources", []))


def check_container(container, volumes, pod_security):
    where = container["name"]
    check_ports(where, container)
    check_room(where, container, volumes)
    check(has_token(container, volumes) ==
          (container["command"][0].endswith("-collector") or
           is_secure(container)),
          f"{where}: the token is for collectors, and for nobody else")
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
    volumes = {v["name"]: v for v in pod["spec"]["volumes"]}
    check(pod["spec"].get("automountServiceAccountToken") is False,
          "every container gets the token")
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
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                name = f"{group}/{resource}" if group else resource
                rules.setdefault(name, set()).update(rule["verbs"])


def check_service(thing, pods):
    wanted = thing["spec"]["selector"].items()
    ports = {p["name"] for pod in pods
             if wanted <= pod["metadata"]["labels"].items()
             for c in pod["spec"]["containers"] for p in c["ports"]}
    check({p["targetPort"] for p in thing["spec"]["ports"]} <= ports,
          "the service has no such port")


def check_dialled(pods, services):
    """Who is dialled has to be there before it is ready: being ready takes
    data, and that comes from who dials."""
    for container in [c for p in pods for c in p["spec"]["containers"]]:
        for name, port in re.findall(
                r"--(?:raw|out)-bus=tls\+tcp://([a-z-]+)\.cheapster\.svc:(\d+)",
                " ".join(container["args"])):
            spec = services.get(name, {"ports": []})
            check({int(port), int(port) + 1} <=
                  {p["port"] for p in spec["ports"]},
                  f"{container['name']}: nobody is at {name}:{port}")
            check(spec.get("publishNotReadyAddresses") is True,
                  f"{name}: cannot be dialled until it is ready")


def accounts_of(pods, is_one):
    return {p["spec"]["serviceAccountName"] for p in pods
            if any(is_one(c) for c in p["spec"]["containers"])}


def bound_to(things, name):
    return {s["name"] for t in things
            if t["kind"] in ("RoleBinding", "ClusterRoleBinding") and
            t["roleRef"]["name"] == name for s in t["subjects"]}


def check_delegation(things, pods):
    """Who asks who its clients are may do so, and nobody else."""
    secure = accounts_of(pods, is_secure)
    for name in ("system:auth-delegator",
                 "extension-apiserver-authentication-reader"):
        check(bound_to(things, name) == secure,
              f"{name}: neither more nor fewer than ask")
    for thing in [t for t in things if t["kind"] == "RoleBinding"]:
        check(thing["metadata"]["namespace"] == "kube-system",
              "the ConfigMap is not there")


def check_api_services(things, services):
    versions = {}
    for thing in [t["spec"] for t in things if t["kind"] == "APIService"]:
        versions[thing["version"]] = thing["versionPriority"]
        where = thing["service"]
        check(where["port"] in {p["port"] for p in
                                services[where["name"]]["ports"]},
              f"{thing['version']}: no such service")
    check(not versions or versions["v1"] > versions["v1beta1"],
          "v1 is not preferred")
    return bool(versions)


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
            check_service(thing, pods)
    services = {t["metadata"]["name"]: t["spec"] for t in things
                if t["kind"] == "Service"}
    check_dialled(pods, services)
    check_delegation(things, pods)
    reading = {"get", "list", "watch"}
    readers = {"metrics.k8s.io/pods": reading,
               "metrics.k8s.io/nodes": reading}
    if not check_api_services(things, services):
        readers = {}
    check(rules == {**readers, "nodes": {"list", "watch"}, "pods": {"list", "watch"},
                    "namespaces": {"list", "watch"}, "nodes/stats": {"get"},
                    "nodes/metrics": {"get"}},
          "rules: neither more nor less than is needed")
    accounts = {t["metadata"]["name"] for t in things
                if t["kind"] == "ServiceAccount"}
    check({p["spec"]["serviceAccountName"] for p in pods} <= accounts,
          "no such service account")
    own = {t["metadata"]["name"] for t in things if t["kind"] == "ClusterRole"}
    bound = {s for name in own for s in bound_to(things, name)}
    check(accounts_of(pods, lambda c: c["command"][0].endswith(
        "-collector")) == bound,
          "a role for nobody, or somebody without one")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
