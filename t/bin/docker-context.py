#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Prints what docker build would send of a tree, sorted.

    docker-context.py IGNORE-FILE TREE

As much of its rules as our .dockerignore needs: no exceptions, ** at the
beginning only.
"""
import fnmatch
import os
import sys


def is_ignored(path, patterns):
    parts = path.split("/")
    for pattern in patterns:
        anywhere = pattern.startswith("**/")
        wanted = pattern[3:].split("/") if anywhere else pattern.split("/")
        for start in range(len(parts) if anywhere else 1):
            some = parts[start:start + len(wanted)]
            if len(some) == len(wanted) and all(
                    fnmatch.fnmatchcase(p, w) for p, w in zip(some, wanted)):
                return True
    return False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        patterns = [line for line in file.read().split("\n")
                    if line and not line.startswith("#")]
    for folder, folders, names in os.walk(sys.argv[2]):
        inside = os.path.relpath(folder, sys.argv[2])
        paths = {n: os.path.normpath(os.path.join(inside, n))
                 for n in folders + names}
        folders[:] = sorted(n for n in folders
                            if not is_ignored(paths[n], patterns))
        for name in sorted(names):
            if not is_ignored(paths[name], patterns):
                print(paths[name])


main()
