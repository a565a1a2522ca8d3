/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "collector/node_address.h"

static const char *const type_names[NODE_ADDRESS_TYPES_MAX] = {
	"InternalIP", "ExternalIP", "InternalDNS", "ExternalDNS", "Hostname",
};

static bool
is_type(struct str name)
{
	for (size_t i = 0; i < NODE_ADDRESS_TYPES_MAX; i++)
		if (str_is(name, type_names[i]))
			return true;
	return false;
}

bool
node_address_types(struct node_address_conf *conf, struct str text,
    struct err *err)
{
	conf->n_types = 0;
	while (text.p != NULL) {
		struct str name = str_cut(&text, ',');

		if (!is_type(name))
			return err_set(err, "not a type of address: \"%.*s\"",
			    STR_ARG(name));
		for (size_t i = 0; i < conf->n_types; i++)
			if (str_eq(conf->types[i], name))
				return err_set(err, "%.*s is given twice",
				    STR_ARG(name));
		conf->types[conf->n_types++] = name;
	}
	return true;
}

static bool
is_ip(struct str s, bool *is_v6)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (s.len >= sizeof text)
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	*is_v6 = inet_pton(AF_INET6, text, &v6) == 1;
	return *is_v6 || inet_pton(AF_INET, text, &v4) == 1;
}

/* Letters, digits, dots and dashes, as in a name. */
static bool
is_host(struct str s)
{
	static const char host[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(host, s.p[i]) == NULL)
			return false;
	return s.len > 0;
}

bool
node_name_is_valid(struct str name)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (name.len > NODE_NAME_BYTES_MAX)
		return false;
	do {
		struct str label = str_cut(&name, '.');

		if (label.len == 0 || label.p[0] == '-' ||
		    label.p[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++)
			if (label.p[i] == '\0' ||
			    strchr(inside, label.p[i]) == NULL)
				return false;
	} while (name.p != NULL);
	return true;
}

static bool
find(const struct node_address_conf *conf, const struct cached_node *node,
    struct str *out, bool *is_v6)
{
	const struct cached_object *o = &node->object;
	size_t n;
	const struct cached_label *pairs = cached_labels(o, node->addresses,
	    &n);

	for (size_t t = 0; t < conf->n_types; t++) {
		bool must_be_ip = str_is(conf->types[t], "InternalIP") ||
		    str_is(conf->types[t], "ExternalIP");

		for (size_t i = 0; i < n; i++) {
			struct str address = cached_str(o, pairs[i].value);

			if (!str_eq(cached_str(o, pairs[i].key),
			    conf->types[t]))
				continue;
			*out = address;
			if (is_ip(address, is_v6) ||
			    (!must_be_ip && is_host(address)))
				return true;
		}
	}
	return false;
}

bool
node_address(const struct node_address_conf *conf,
    const struct cached_node *node, struct buf *url, struct buf *connect_to)
{
	struct str name = cached_str(&node->object, node->object.name);
	uint16_t port = conf->port != 0 ? conf->port :
	    node->kubelet_port != 0 ? node->kubelet_port : KUBELET_PORT;
	struct str address;
	const char *open, *close;
	bool is_v6 = false;

	if (!find(conf, node, &address, &is_v6) || !node_name_is_valid(name))
		return false;
	open = is_v6 ? "[" : "";
	close = is_v6 ? "]" : "";
	if (conf->is_plain) {
		buf_addf(url, "http://%s%.*s%s:%u", open, STR_ARG(address),
		    close, (unsigned)port);
	} else {
		buf_addf(url, "https://%.*s:%u", STR_ARG(name), (unsigned)port);
		buf_addf(connect_to, "%s%.*s%s:%u", open, STR_ARG(address),
		    close, (unsigned)port);
		buf_add_char(connect_to, '\0');
	}
	buf_add_char(url, '\0');
	return true;
}
