#!/bin/sh
# SPDX-License-Identifier: ISC
# A real Kafka: TLS, passwords, and every point once although the broker is
# killed.  It is there after "make kafka-server", which asks Maven Central.
. "$(dirname "$0")/lib.sh"
. "$top_srcdir/t/published.sh"
prereq java openssl python3
test -x "$top_builddir/cheapster-sink-kafka" ||
	skip_all 'built without librdkafka'
jars=$top_builddir/t/kafka
test -d "$jars" || skip_all 'needs a Kafka: make kafka-server'

# sign NAME: NAME.pem of the authority ca.pem, its key in NAME.key.
sign () {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out csr \
		-subj "/CN=$1" 2>/dev/null &&
	printf "subjectAltName=IP:127.0.0.1\n" >san &&
	openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial \
		-out "$1.pem" -days 2 -extfile san 2>/dev/null
}
make_certificates () {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
		-days 2 -subj /CN=ca 2>/dev/null && cp ca.pem other.pem &&
	openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key \
		-out other.pem -days 2 -subj /CN=other 2>/dev/null &&
	sign broker && sign client && cat broker.key broker.pem >broker.all
}
configure_kafka () {
	read -r plain tls sasl controller <<-EOF &&
	$(free_ports 4)
	EOF
	cat >server.properties <<-EOF
	process.roles=broker,controller
	node.id=1
	controller.quorum.voters=1@127.0.0.1:$controller
	controller.listener.names=CONTROLLER
	listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
	listeners=PLAINTEXT://127.0.0.1:$plain,SSL://127.0.0.1:$tls,SASL_SSL://127.0.0.1:$sasl,CONTROLLER://127.0.0.1:$controller
	log.dirs=$scratch/kafka-data
	num.partitions=4
	offsets.topic.replication.factor=1
	transaction.state.log.replication.factor=1
	transaction.state.log.min.isr=1
	ssl.keystore.type=PEM
	ssl.keystore.location=$scratch/broker.all
	ssl.truststore.type=PEM
	ssl.truststore.location=$scratch/ca.pem
	listener.name.ssl.ssl.client.auth=required
	sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
	listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_u="hush";
	listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
	EOF
}
kafka () {
	java -Xmx512m -cp "$jars/*" "$@"
}
format_kafka () {
	kafka kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg \
		-c server.properties \
		--add-scram "SCRAM-SHA-256=[name=u,password=hush]" 2>&1
}
start_kafka () {
	spawn_raw kafka java -Xmx512m -cp "$jars/*" kafka.Kafka \
		server.properties &&
	wait_for "cheapster-sink-kafka --check \
		\"?brokers=127.0.0.1:\$plain&timeout=1s\" 2>/dev/null"
}
check () {
	cheapster-sink-kafka --check "?brokers=127.0.0.1:$1&timeout=3s&$2" 2>err
	_status=$?
	cat err
	return $_status
}
# sink NAME PORT [OPTIONS]: everything comes again.
sink () {
	: >messages &&
	spawn sink cheapster-sink-kafka --name="$1" \
		"?brokers=127.0.0.1:$2&batchdelay=20ms&timeout=2s&$3"
}
all_is_there () {
	python3 "$top_srcdir/t/bin/check-kafka.py" published messages
}
arrives () {
	wait_for "all_is_there >/dev/null" || { all_is_there; return 1; }
}
is_failing () {
	grep -q "warning write_failed" sink.log
}
patience=$((3 * patience))

expect_success 'frames are published' '
	spawn aggregator cheapster-aggregator &&
	spawn tap cheapster-tap --json --replay && ln -s tap.out published &&
	publish 0 && wait_for "is_published 1"
'
expect_success 'every point is there once' '
	make_certificates && configure_kafka && format_kafka && start_kafka &&
	sink plain "$plain" && spawn_raw reader mock-kafka "127.0.0.1:$plain" \
		messages && arrives && stop sink &&
	log_is_clean sink "kafka_complains facility=GETPID"
'
expect_success 'by TLS, with a certificate of our own' '
	sink tls "$tls" "cacert=ca.pem&cert=client.pem&key=client.key" &&
	arrives && stop sink && log_is_clean sink
'
expect_success 'without one, or with others, it is said' '
	must_fail 69 check "$tls" "cacert=ca.pem" &&
	must_fail 69 check "$tls" \
		"cacert=other.pem&cert=client.pem&key=client.key" &&
	grep "certificate verify failed" err &&
	check "$tls" "insecuressl=true&cert=client.pem&key=client.key"
'
expect_success 'with a password' '
	for mechanism in PLAIN SCRAM-SHA-256; do
		sink $mechanism "$sasl" \
			"cacert=ca.pem&user=u&password=hush&mechanism=$mechanism" &&
		arrives && stop sink && log_is_clean sink || return
	done &&
	must_fail 69 check "$sasl" "cacert=ca.pem&user=u&password=geheim" &&
	grep -i "authentication failed" err && ! grep geheim err
'
expect_success 'that is mended in its file' '
	echo wrong >password &&
	sink mended "$sasl" "cacert=ca.pem&user=u&password-file=password" &&
	wait_for is_failing && echo hush >password && arrives && stop sink &&
	log_is_clean sink "write_failed|kafka_complains" &&
	! grep -E "hush|wrong" sink.log
'
expect_success 'every point is there once although the broker is killed' '
	sink killed "$plain" "compression=zstd" && arrives && kill9 kafka &&
	publish 10 && wait_for "is_published 3" && wait_for is_failing &&
	start_kafka && arrives &&
	wait_for "grep -q \"info write_succeeded\" sink.log" && stop sink &&
	log_is_clean sink "write_failed|kafka_complains"
'
expect_success 'all of it ends in peace' '
	stop tap && stop aggregator && log_is_clean aggregator && stop reader &&
	stop kafka 143
'
done_testing
