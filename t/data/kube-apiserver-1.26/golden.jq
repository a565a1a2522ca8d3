# SPDX-License-Identifier: ISC
# What the decoders must make of the objects: the text of t/kube_text.h.
#
#	jq -r -f golden.jq pods.body nodes.body namespaces.body \
#		watch-pods-life.body watch-nodes.body watch-namespaces.body \
#		>objects.golden

def number:
	capture("^(?<n>[0-9.]+)(?<unit>.*)$") |
	(.n | tonumber) * {"": 1, m: 0.001, k: 1000, M: 1e6, G: 1e9,
		Ki: 1024, Mi: 1048576, Gi: 1073741824}[.unit];
def amounts(name):
	if . == null or (has("cpu") or has("memory") or
		has("ephemeral-storage") | not) then ""
	else " " + name + "=" + ([
		(.cpu | if . then number * 1000 | round else "-" end),
		(.memory | if . then number | round else "-" end),
		(.["ephemeral-storage"] | if . then number | round else "-"
			end)] | map(tostring) | join(","))
	end;
def labels: .metadata.labels // {} | to_entries |
	map(" " + .key + ":" + .value) | join("");
def text(name): if . == null or . == "" then "" else " \(name)=\(.)" end;

def container(statuses):
	.name as $name | (statuses[] | select(.name == $name)) // null |
	if . == null then "" else " restarts=\(.restartCount)" end;
def pod:
	"pod \(.metadata.namespace)/\(.metadata.name)" +
	(.metadata.uid | text("uid")) +
	(.metadata.annotations["kubernetes.io/config.mirror"] |
		text("kubelet_uid")) +
	(.spec.nodeName | text("node")) +
	(if .status.startTime then
		" start=\(.status.startTime | fromdate)000000000" else "" end) +
	labels,
	((.status.initContainerStatuses // []) +
		(.status.containerStatuses // [])) as $statuses |
	((.spec.initContainers // [] | map(. + {init: true})) as $init |
	(.spec | keys_unsorted | index("initContainers") // 1000) as $first |
	(.spec | keys_unsorted | index("containers")) as $second |
	(if $first < $second then $init + .spec.containers
		else .spec.containers + $init end)[] |
	" " + .name + (.image | text("image")) +
	(.resources.requests | amounts("requests")) +
	(.resources.limits | amounts("limits")) + container($statuses) +
	(if .init and .restartPolicy != "Always" then " init" else "" end));
def node:
	"node \(.metadata.name)" + (.metadata.uid | text("uid")) +
	(.status.conditions[] | select(.type == "Ready") |
		if .status == "True" then " ready" else " notready" end) +
	(.status.daemonEndpoints.kubeletEndpoint.Port | text("port")) +
	(.status.addresses | map(" \(.type)=\(.address)") | join("")) +
	(.status.capacity | amounts("capacity")) +
	(.status.allocatable | amounts("allocatable")) + labels;
def namespace: "namespace \(.metadata.name) \(.metadata.uid)" + labels;

if .kind == "PodList" then .items[] | pod
elif .kind == "NodeList" then .items[] | node
elif .kind == "NamespaceList" then .items[] | namespace
elif .type == "BOOKMARK" then
	"\(.type) \(.object.metadata.resourceVersion)"
else "\(.type) \(.object.metadata.resourceVersion)", (.object |
	if .kind == "Pod" then pod elif .kind == "Node" then node
	else namespace end)
end
