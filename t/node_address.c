/* SPDX-License-Identifier: ISC */
/* Which of a node's addresses is asked, and how. */
#include "config.h"

#include <string.h>

#include "collector/node_address.h"
#include "t/tap.h"

static const struct address_case {
	const char *title;
	const char *types;
	const char *addresses;		/* "TYPE=ADDRESS|..." */
	uint16_t conf_port, node_port;
	bool is_plain;
	const char *url;		/* NULL: none */
	const char *connect_to;
} cases[] = {
	{ "the internal one", "InternalIP,Hostname",
	    "Hostname=h|InternalIP=10.0.0.1", 0, 0, false,
	    "https://n1:10250", "10.0.0.1:10250" },
	{ "by order of types", "Hostname,InternalIP",
	    "Hostname=h|InternalIP=10.0.0.1", 0, 0, false,
	    "https://n1:10250", "h:10250" },
	{ "the first of a type", "InternalIP",
	    "InternalIP=10.0.0.1|InternalIP=10.0.0.2", 0, 0, true,
	    "http://10.0.0.1:10250", "" },
	{ "of two families the primary one", "InternalIP,Hostname",
	    "Hostname=h|InternalIP=10.0.0.1|InternalIP=fd00::1", 0, 0, false,
	    "https://n1:10250", "10.0.0.1:10250" },
	{ "whichever that is", "InternalIP",
	    "InternalIP=fd00::1|InternalIP=10.0.0.1", 0, 0, false,
	    "https://n1:10250", "[fd00::1]:10250" },
	{ "the first that is an address", "InternalIP",
	    "InternalIP=host|InternalIP=10.0.0.2", 0, 0, true,
	    "http://10.0.0.2:10250", "" },
	{ "the node's port", "InternalIP", "InternalIP=10.0.0.1", 0, 7, false,
	    "https://n1:7", "10.0.0.1:7" },
	{ "ours wins", "InternalIP", "InternalIP=10.0.0.1", 8, 7, true,
	    "http://10.0.0.1:8", "" },
	{ "IPv6", "InternalIP", "InternalIP=fd00::1", 0, 0, true,
	    "http://[fd00::1]:10250", "" },
	{ "IPv6 with TLS", "InternalIP", "InternalIP=fd00::1", 0, 0, false,
	    "https://n1:10250", "[fd00::1]:10250" },
	{ "a name is no IP address", "InternalIP,ExternalIP",
	    "InternalIP=host|ExternalIP=1.2.3.4", 0, 0, true,
	    "http://1.2.3.4:10250", "" },
	{ "no address", "InternalIP", "", 0, 0, true, NULL, "" },
	{ "none of those types", "ExternalDNS", "InternalIP=10.0.0.1", 0, 0,
	    true, NULL, "" },
	{ "what is not a host", "Hostname", "Hostname=a/b?c|Hostname=h@i", 0,
	    0, true, NULL, "" },
	{ "an empty one", "Hostname", "Hostname=", 0, 0, true, NULL, "" },
};

static size_t
split(const char *text, struct kube_address *out)
{
	struct str rest = str_of(text);
	size_t n = 0;

	while (rest.len > 0) {
		out[n].address = str_cut(&rest, '|');
		out[n].type = str_cut(&out[n].address, '=');
		n++;
	}
	return n;
}

static void
run(const struct address_case *c)
{
	struct object_cache_conf cache_conf = { .host_id_annotation = NULL };
	struct node_address_conf conf = { .port = c->conf_port,
	    .is_plain = c->is_plain };
	struct kube_address addresses[4];
	struct kube_node node = { .meta = { .name = STR("n1") },
	    .kubelet_port = c->node_port };
	struct buf url = BUF_INIT, connect_to = BUF_INIT;
	struct object_cache cache;
	struct err err;
	bool is_good;

	node.addresses = addresses;
	node.n_addresses = split(c->addresses, addresses);
	object_cache_init(&cache, &cache_conf);
	object_cache_put_node(&cache, &node);
	if (!node_address_types(&conf, str_of(c->types), &err))
		bail("%s: %s", c->title, err.msg);
	is_good = node_address(&conf, object_cache_node(&cache, STR("n1")),
	    &url, &connect_to);
	ok(is_good == (c->url != NULL), "%s", c->title);
	if (c->url != NULL && is_good) {
		is_str(url.p, c->url, "%s: url", c->title);
		is_str(connect_to.len == 0 ? "" : connect_to.p, c->connect_to,
		    "%s: address", c->title);
	}
	object_cache_fini(&cache);
	buf_fini(&url);
	buf_fini(&connect_to);
}

static void
test_names(void)
{
	static const struct {
		const char *name;
		bool is_valid;
	} names[] = {
		{ "n1", true }, { "n-1.example.com", true }, { "1", true },
		{ "10.0.0.1", true },
		{ "", false }, { ".", false }, { "..", false },
		{ "a..b", false }, { "a.", false }, { ".a", false },
		{ "-a", false }, { "a-", false }, { "a.-b", false },
		{ "N1", false }, { "a_b", false }, { "a/b", false },
		{ "a:1", false }, { "a%2f", false }, { "a b", false },
		{ "a?b", false }, { "a@b", false }, { "\xc3\xa4", false },
	};
	char text[NODE_NAME_BYTES_MAX + 1];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ok(node_name_is_valid(str_of(names[i].name)) ==
		    names[i].is_valid, "\"%s\" is %s name of a node",
		    names[i].name, names[i].is_valid ? "a" : "no");
	memset(text, 'a', sizeof text);
	ok(node_name_is_valid((struct str){ text, sizeof text - 1 }),
	    "%d bytes are", NODE_NAME_BYTES_MAX);
	ok(!node_name_is_valid((struct str){ text, sizeof text }),
	    "one more is not");
	ok(!node_name_is_valid((struct str){ "a\0b", 3 }),
	    "nor what has a NUL");
}

int
main(void)
{
	static const char *const bad[] = { "", "InternalIP,", "internalip",
	    "Hostname,Hostname" };
	struct node_address_conf conf = { .port = 0 };
	struct err err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!node_address_types(&conf, str_of(bad[i]), &err),
		    "\"%s\" is refused: %s", bad[i], err.msg);
	test_names();
	return done_testing();
}
