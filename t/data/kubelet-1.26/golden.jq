# What summary_decode() makes of a body, said independently of it: one line
# "key what value" per fact, for
#	jq -r -f golden.jq --arg now 2026-11-23T09:24:05Z X.body | LC_ALL=C sort
def s: fromdateiso8601;
def line($key; $what): if . == null then empty else "\($key) \($what) \(.)" end;

def counters($key):
	(.cpu.usageCoreNanoSeconds | line($key; "cpu/usage")),
	(.cpu.usageNanoCores | line($key; "cpu/first_usage")),
	(.memory |
	    (.usageBytes | line($key; "memory/usage")),
	    (.workingSetBytes | line($key; "memory/working_set")),
	    (.rssBytes | line($key; "memory/rss")),
	    (.pageFaults | line($key; "memory/page_faults")),
	    (.majorPageFaults | line($key; "memory/major_page_faults")),
	    (.availableBytes | line($key; "memory/available"))),
	(.network |
	    (.rxBytes | line($key; "network/rx")),
	    (.rxErrors | line($key; "network/rx_errors")),
	    (.txBytes | line($key; "network/tx")),
	    (.txErrors | line($key; "network/tx_errors"))),
	(.startTime | s | line($key; "start")),
	(($now | s) - (.startTime | s) | . * 1000 | line($key; "uptime")),
	((.cpu.time // .memory.time // .network.time) as $first |
	    ($first | s | line($key; "scraped")),
	    (.memory.time | select(. != $first) | values | s |
		line($key; "memory-scraped")),
	    (.network.time | select(. != $first) | values | s |
		line($key; "network-scraped")));

def fs($key; $id):
	(.usedBytes | line($key; "filesystem/usage{\($id)}")),
	(.capacityBytes | line($key; "filesystem/limit{\($id)}")),
	(.availableBytes | line($key; "filesystem/available{\($id)}")),
	(.inodes | line($key; "filesystem/inodes{\($id)}")),
	(.inodesFree | line($key; "filesystem/inodes_free{\($id)}"));

def sys_name: { runtime: "docker-daemon", misc: "system" }[.] // .;

"node:\(.node.nodeName)" as $node |
(.node |
    counters($node),
    (.fs | fs($node; "/")),
    (.fs.usedBytes | line($node; "ephemeral_storage/usage")),
    (.rlimit.maxpid | line($node; "process/limit")),
    (.rlimit.curproc | line($node; "process/count")),
    (.systemContainers[] | counters("\($node)/container:\(.name | sys_name)"))),
(.pods[] | "namespace:\(.podRef.namespace)/pod:\(.podRef.name)" as $pod |
    (.podRef.uid | line($pod; "uid")),
    counters($pod),
    (."ephemeral-storage".usedBytes | line($pod; "ephemeral_storage/usage")),
    (.process_stats.process_count | line($pod; "process/count")),
    (.volume[]? | fs($pod; "Volume:\(.name)")),
    (.containers[] | "\($pod)/container:\(.name)" as $key |
	counters($key),
	(.rootfs | fs($key; "/")),
	(.logs | fs($key; "logs")),
	(if .rootfs.usedBytes != null or .logs.usedBytes != null then
	    .rootfs.usedBytes + .logs.usedBytes else null end |
	    line($key; "ephemeral_storage/usage"))))
