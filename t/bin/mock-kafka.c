/* SPDX-License-Identifier: ISC */
/*
 * mock-kafka BOOTSTRAP-FILE MESSAGES-FILE COMMANDS
 * mock-kafka BROKERS MESSAGES-FILE
 *
 * A Kafka of two brokers, librdkafka's own mock; or a reader of brokers that are
 * there.  Where the mock is goes to BOOTSTRAP-FILE, every message that it takes
 * to MESSAGES-FILE, one per line:
 *
 *	PARTITION KEY VALUE		KEY is "-" if there is none
 *
 * COMMANDS is a FIFO: "down" and "up", "rtt MS", "error CODE N": the next N
 * requests with messages are answered so; "topic CODE": what asks for the topic
 * is; "well": no more requests with messages are.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define N_BROKERS 2
#define N_PARTITIONS 4
#define TOPIC "heapster-metrics"
#define PRODUCE 0		/* number of the request */
#define POLL_MS 20

static volatile sig_atomic_t is_over;

static void
on_signal(int sig)
{
	(void)sig;
	is_over = 1;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "mock-kafka: %s: %s\n", what, why);
	exit(1);
}

static rd_kafka_t *
make(rd_kafka_type_t type, const char *servers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char reason[256];
	rd_kafka_t *rk;

	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	rd_kafka_conf_set(conf, "fetch.wait.max.ms", "50", NULL, 0);
	rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "200", NULL, 0);
	rd_kafka_conf_set(conf, "group.id", "test", NULL, 0);
	rd_kafka_conf_set(conf, "enable.auto.commit", "false", NULL, 0);
	if (servers != NULL)
		rd_kafka_conf_set(conf, "bootstrap.servers", servers, NULL, 0);
	rk = rd_kafka_new(type, conf, reason, sizeof reason);
	if (rk == NULL)
		die("rd_kafka_new", reason);
	return rk;
}

static void
write_place(const char *path, const char *servers)
{
	char fresh[4096];
	FILE *f;

	snprintf(fresh, sizeof fresh, "%s.new", path);
	f = fopen(fresh, "w");
	if (f == NULL || fprintf(f, "%s\n", servers) < 0 || fclose(f) != 0 ||
	    rename(fresh, path) != 0)
		die(path, "cannot be written");
}

static void
obey(rd_kafka_mock_cluster_t *cluster, const char *command)
{
	int code, n;

	for (int32_t id = 1; id <= N_BROKERS; id++)
		if (strcmp(command, "down") == 0)
			rd_kafka_mock_broker_set_down(cluster, id);
		else if (strcmp(command, "up") == 0)
			rd_kafka_mock_broker_set_up(cluster, id);
		else if (sscanf(command, "rtt %d", &n) == 1)
			rd_kafka_mock_broker_set_rtt(cluster, id, n);
	if (sscanf(command, "error %d %d", &code, &n) == 2)
		while (n-- > 0)
			rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1,
			    (rd_kafka_resp_err_t)code);
	if (sscanf(command, "topic %d", &code) == 1)
		rd_kafka_mock_topic_set_error(cluster, TOPIC,
		    (rd_kafka_resp_err_t)code);
	if (strcmp(command, "well") == 0)
		rd_kafka_mock_clear_request_errors(cluster, PRODUCE);
	printf("%s\n", command);
	fflush(stdout);
}

static void
take_commands(rd_kafka_mock_cluster_t *cluster, FILE *commands)
{
	struct pollfd fd = { .fd = fileno(commands), .events = POLLIN };
	char line[128];

	while (poll(&fd, 1, 0) == 1 &&
	    fgets(line, sizeof line, commands) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		obey(cluster, line);
	}
}

static rd_kafka_t *
start_consumer(const char *servers)
{
	rd_kafka_t *consumer = make(RD_KAFKA_CONSUMER, servers);
	rd_kafka_topic_partition_list_t *all =
	    rd_kafka_topic_partition_list_new(N_PARTITIONS);

	rd_kafka_poll_set_consumer(consumer);
	for (int32_t i = 0; i < N_PARTITIONS; i++)
		rd_kafka_topic_partition_list_add(all, TOPIC, i)->offset = 0;
	rd_kafka_assign(consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	return consumer;
}

static void
take_messages(rd_kafka_t *consumer, FILE *out)
{
	rd_kafka_message_t *m;

	while ((m = rd_kafka_consumer_poll(consumer, POLL_MS)) != NULL) {
		if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			fprintf(out, "%d %.*s %.*s\n", (int)m->partition,
			    m->key == NULL ? 1 : (int)m->key_len,
			    m->key == NULL ? "-" : (const char *)m->key,
			    (int)m->len, (const char *)m->payload);
		rd_kafka_message_destroy(m);
	}
	fflush(out);
}

static void
serve(const char *place, FILE *out, const char *fifo)
{
	rd_kafka_t *host = make(RD_KAFKA_PRODUCER, NULL), *consumer;
	rd_kafka_mock_cluster_t *cluster =
	    rd_kafka_mock_cluster_new(host, N_BROKERS);
	int fd = open(fifo, O_RDWR | O_CLOEXEC);
	FILE *commands = fd == -1 ? NULL : fdopen(fd, "r");

	if (commands == NULL)
		die(fifo, "cannot be opened");
	setvbuf(commands, NULL, _IONBF, 0);
	rd_kafka_mock_topic_create(cluster, TOPIC, N_PARTITIONS, N_BROKERS);
	consumer = start_consumer(rd_kafka_mock_cluster_bootstraps(cluster));
	write_place(place, rd_kafka_mock_cluster_bootstraps(cluster));
	while (!is_over) {
		take_commands(cluster, commands);
		take_messages(consumer, out);
	}
	rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(host);
	fclose(commands);
}

static void
read_from(const char *brokers, FILE *out)
{
	rd_kafka_t *consumer = start_consumer(brokers);

	while (!is_over)
		take_messages(consumer, out);
	rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

int
main(int argc, char **argv)
{
	FILE *out;

	if (argc != 3 && argc != 4)
		die("usage", "BOOTSTRAP-FILE|BROKERS MESSAGES-FILE [COMMANDS]");
	out = fopen(argv[2], "a");
	if (out == NULL)
		die(argv[2], "cannot be opened");
	signal(SIGTERM, on_signal);
	if (argc == 4)
		serve(argv[1], out, argv[3]);
	else
		read_from(argv[1], out);
	fclose(out);
	return 0;
}
