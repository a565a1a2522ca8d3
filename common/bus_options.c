/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/bus_options.h"

static struct bus_security conf;

const struct bus_security *const bus_security = &conf;

const struct opt bus_options[] = {
	OPT_SWITCH("allow-plain-tcp", conf.allow_plain_tcp,
	    "accept tcp:// on other addresses than loopback: neither "
	    "encrypted nor authenticated"),
	OPT_STRING("bus-ca", conf.ca_file, NULL, "FILE",
	    "for tls+tcp://: who signs certificates of the bus"),
	OPT_STRING("bus-cert", conf.cert_file, NULL, "FILE",
	    "for tls+tcp://: our certificate"),
	OPT_STRING("bus-key", conf.key_file, NULL, "FILE",
	    "for tls+tcp://: its key"),
	OPT_STRING("bus-server-name", conf.server_name, NULL, "NAME",
	    "for whom the certificate of a listener that we dial has to be; "
	    "default the host of its URL"),
	OPT_END
};
