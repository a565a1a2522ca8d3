#!/bin/sh
# SPDX-License-Identifier: ISC
# The Metrics API stays where clients find it: without any value, with old ones
# only, and while everybody asks for the largest list.
. "$(dirname "$0")/lib.sh"
prereq curl jq openssl python3

expect_success 'there is a cluster, and somebody who may ask' '
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout root.key -out root.crt -days 2 \
		-subj /O=system:masters/CN=root \
		-addext basicConstraints=critical,CA:TRUE 2>err &&
	spawn sim "$top_builddir/contrib/kubesim/kubesim" --ready-fd=9 \
		--port-file="$scratch/port" --nodes=4 --pods=250
'
# ask PATH: the status; the answer is in said.
ask () {
	curl -sSk --noproxy "*" --max-time "$patience" -o said \
		-w "%{http_code}" --cert root.crt --key root.key \
		"https://$(address_of api secure_listening)$1"
}
group=/apis/metrics.k8s.io
# is_there: it is ready, and every path by which it is found answers.
is_there () {
	for path in /readyz /livez /healthz /apis $group $group/v1 \
	    $group/v1beta1 /openapi/v2 /openapi/v3; do
		test "$(ask $path)" = 200 || { echo "$path"; return 1; }
	done &&
	test "$(ask $group/v1beta1)" = 200 && cp said now &&
	{ test -e resources || mv now resources; } &&
	test "$(ask $group/v1beta1)" = 200 && cmp said resources
}
# pods N: so many have a value.
pods () {
	test "$(ask $group/v1/pods)" = 200 &&
	test "$(jq ".items | length" said)" -eq "$1"
}
expect_success 'without anything it is there' '
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--secure-listen=127.0.0.1:0 --cert-dir=made --max-age=3s \
		--kube-server="http://127.0.0.1:$(cat port)" \
		--authentication-skip-lookup --client-ca-file=root.crt &&
	is_there && pods 0
'
start () {
	spawn agg cheapster-aggregator &&
	spawn col cheapster-collector --metric-resolution=1s \
		--source="kubernetes:http://127.0.0.1:$(cat port)?inClusterConfig=false&kubeletHttps=false"
}
expect_success 'with a pipeline too' '
	start && wait_for pods 1000 && is_there
'
expect_success 'and when all of its nodes are gone' '
	for i in 0 1 2 3; do
		http_get -X POST \
			"http://127.0.0.1:$(cat port)/kubesim?down=node-$i" \
			>told || return
	done && wait_for pods 0 && is_there
'
expect_success 'and when it is' '
	stop col && stop agg && is_there && pods 0
'
# Half of them never take what they have asked for.  What was answered before
# is not told again: each asks for something else.
cat >crowd.py <<'END'
import asyncio
import ssl
import sys
import time

PATH = "/apis/metrics.k8s.io/v1/"
host, port = sys.argv[1].rsplit(":", 1)
limit_s = float(sys.argv[2])
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.load_cert_chain("root.crt", "root.key")
n_lists = 0


async def connect():
    return await asyncio.open_connection(host, int(port), ssl=context,
                                         limit=65536)


def request(path):
    return f"GET {PATH}{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    left = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    while left > 0:
        left -= len(await reader.read(min(left, 65536)))
    return int(head.split()[1])


async def take(i):
    global n_lists
    reader, writer = await connect()
    for k in range(1000):
        writer.write(request(f"pods?n={i}.{k}"))
        assert await answer(reader) in (200, 503)
        n_lists += 1


async def leave(i):
    reader, writer = await connect()
    writer.write(request(f"pods?left={i}"))
    await writer.drain()
    return reader, writer


async def main():
    left = await asyncio.gather(*(leave(i) for i in range(100)))
    takers = [asyncio.create_task(take(i)) for i in range(100)]
    longest_s = 0
    while n_lists < 10:
        await asyncio.sleep(0.01)
    for i in range(10):
        began_s = time.monotonic()
        reader, writer = await connect()
        for path in "", "?timeout=32s":
            writer.write(request(path))
            assert await answer(reader) == 200
        longest_s = max(longest_s, time.monotonic() - began_s)
        writer.close()
    assert not any(t.done() for t in takers)
    print(f"{n_lists} lists, the longest discovery took {longest_s:.3f} s")
    assert longest_s < limit_s
    for t in takers:
        t.cancel()
    del left


asyncio.run(main())
END
# The aggregation layer takes an API away that does not answer in 5 seconds.
expect_success 'while 200 ask for all pods it is answered at once' '
	for i in 0 1 2 3; do
		http_get -X POST \
			"http://127.0.0.1:$(cat port)/kubesim?up=node-$i" \
			>told || return
	done && start && wait_for pods 1000 &&
	python3 crowd.py "$(address_of api secure_listening)" \
		$((5 * slowness)) >found && is_there
'
expect_success 'all end in peace' '
	stop col && stop api && stop agg && stop sim && log_is_clean api
'
done_testing
