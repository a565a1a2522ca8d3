#!/bin/sh
# SPDX-License-Identifier: ISC
# kubectl itself asks the Metrics API, of the cluster that metrics-server was
# captured in, and prints what it printed there.
. "$(dirname "$0")/lib.sh"
prereq kubectl
port=

# ask ARGUMENT...: what kubectl says, without blanks at the ends.
ask () {
	HOME=$scratch KUBECONFIG=/dev/null NO_PROXY='*' \
	    timeout "$patience" kubectl --server="http://127.0.0.1:$port" \
	    --cache-dir="$scratch/cache" "$@" </dev/null >said.raw 2>&1
	sed 's/ *$//' said.raw >said
}
# prints FILE ARGUMENT...: it says just that.
prints () {
	_want=$1
	shift
	ask "$@"
	diff -u "$_want" said
}
# is_new: it is of 1.27 or later, and explains from OpenAPI 3.
is_new () {
	ask version --client
	test "$(sed -n 's/^Client.*"*v1\.\([0-9]*\)\..*/\1/p' said)" -ge 27
}
# prints_nodes: the same of the nodes, whose columns newer ones call "CPU(%)".
prints_nodes () {
	ask top nodes
	sed 's/(%)/%/g' said | tr -s ' ' | diff -u nodes -
}

cat >nodes <<'EOF'
NAME CPU(cores) CPU% MEMORY(bytes) MEMORY%
rig-node 1420m 35% 1214Mi 29%
EOF
cat >pods <<'EOF'
NAMESPACE     NAME                      CPU(cores)   MEMORY(bytes)
alpha         scaled-64f98945fc-mp6xv   36m          10Mi
alpha         web-756f798b48-fp8s9      4m           1Mi
alpha         web-756f798b48-frnwh      4m           0Mi
beta          cpu-burn                  130m         5Mi
beta          disk-user                 11m          6Mi
beta          mem-hog                   6m           120Mi
gamma         best-effort               0m           0Mi
gamma         hostnet                   0m           0Mi
kube-system   agent-hjxrz               6m           8Mi
EOF
cat >containers <<'EOF'
POD                       NAME      CPU(cores)   MEMORY(bytes)
scaled-64f98945fc-mp6xv   load      36m          10Mi
web-756f798b48-fp8s9      httpd     1m           0Mi
web-756f798b48-fp8s9      sidecar   3m           0Mi
web-756f798b48-frnwh      httpd     1m           0Mi
web-756f798b48-frnwh      sidecar   3m           0Mi
EOF
cat >selected <<'EOF'
NAMESPACE   NAME                   CPU(cores)   MEMORY(bytes)
alpha       web-756f798b48-fp8s9   4m           1Mi
alpha       web-756f798b48-frnwh   4m           0Mi
EOF
cat >table <<'EOF'
NAMESPACE     NAME                      CPU          MEMORY     WINDOW
alpha         scaled-64f98945fc-mp6xv   35409898n    10496Ki    10.756s
alpha         web-756f798b48-fp8s9      3575303n     1440Ki     12.286s
alpha         web-756f798b48-frnwh      3633543n     880Ki      17.659s
beta          cpu-burn                  129083908n   5368Ki     19.665s
beta          disk-user                 10213132n    6784Ki     18.638s
beta          mem-hog                   5185504n     123360Ki   13.944s
gamma         best-effort               0            228Ki      18.896s
gamma         hostnet                   0            232Ki      22.482s
kube-system   agent-hjxrz               5190966n     8644Ki     17.249s
EOF
cat >yaml <<'EOF'
apiVersion: metrics.k8s.io/v1beta1
kind: NodeMetrics
metadata:
  creationTimestamp: "2026-11-23T09:17:13Z"
  labels:
    beta.kubernetes.io/arch: amd64
    beta.kubernetes.io/os: linux
    kubernetes.io/arch: amd64
    kubernetes.io/hostname: rig-node
    kubernetes.io/os: linux
  name: rig-node
timestamp: "2026-11-23T09:17:01Z"
usage:
  cpu: 1419474591n
  memory: 1243444Ki
window: 10.085s
EOF
echo 'Error from server (NotFound): pods "nosuch" not found' >missing
echo 'Error from server (NotFound): podmetrics.metrics.k8s.io "gamma/crash"' \
    'not found' >crash
echo 'Error from server (MethodNotAllowed): the server does not allow this' \
    'method on the requested resource' >refused

expect_success 'the API is there' '
	spawn_raw rig "$top_builddir/t/bin/metrics-api" "$scratch/port" &&
	wait_for "test -s $scratch/port" &&
	port=$(cat "$scratch/port")
'
expect_success 'top nodes' '
	prints_nodes
'
expect_success 'top pods' '
	prints pods top pods -A &&
	prints containers top pods -n alpha --containers &&
	prints selected top pods -A -l app=web &&
	prints missing top pod nosuch -n beta
'
expect_success 'get, as tables, in pages' '
	prints table get pods.metrics.k8s.io -A &&
	prints table get pods.metrics.k8s.io -A --chunk-size=2
'
expect_success 'get, as objects' '
	prints yaml get nodes.v1beta1.metrics.k8s.io rig-node -o yaml
'
if is_new; then
expect_success 'explain' '
	ask explain podmetrics.containers &&
	grep "^KIND: *PodMetrics" said && grep "usage.*map" said
'
fi
expect_success 'errors' '
	prints crash get pods.metrics.k8s.io -n gamma crash &&
	ask get pods.metrics.k8s.io -A -w &&
	tail -n 1 said | grep "^Error from server (MethodNotAllowed): " &&
	prints refused delete pods.metrics.k8s.io -n gamma hostnet
'
expect_success 'they came in pages indeed' '
	grep -q "^/apis/metrics.k8s.io/v1/pods?limit=2$" rig.out &&
	grep -q "^/apis/metrics.k8s.io/v1/pods?continue=.*limit=2$" rig.out
'
done_testing
