/* SPDX-License-Identifier: ISC */
/*
 * A genuine body: what it says is what t/data/kubelet-1.26/golden-resource.py
 * says of it, also with its lines and labels in any order.
 */
#include "config.h"

#include "collector/resource.h"
#include "t/golden.h"

static uint32_t random_state = 1;

static uint32_t
next_random(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % n;
}

/* The line with the first of its labels behind the others. */
static void
rotate_labels(struct buf *out, struct str line)
{
	struct str rest = line, name = str_cut(&rest, '{'), labels, first;

	if (rest.p == NULL) {
		buf_addf(out, "%.*s\n", STR_ARG(line));
		return;
	}
	labels = str_cut(&rest, '}');
	first = str_cut(&labels, ',');
	buf_addf(out, "%.*s { %.*s , %.*s, }\t%.*s \n", STR_ARG(name),
	    STR_ARG(labels), STR_ARG(first), STR_ARG(rest));
}

/* The samples in random order, a part of them with other labels and blanks. */
static void
shuffle(struct buf *out, struct str body)
{
	struct str lines[256];
	uint32_t n = 0;

	while (body.len > 0 && n < COUNT(lines)) {
		lines[n] = str_cut(&body, '\n');
		n += lines[n].len > 0 && *lines[n].p != '#';
	}
	for (; n > 0; n--) {
		uint32_t i = next_random(n);

		if (next_random(2) == 0)
			rotate_labels(out, lines[i]);
		else
			buf_addf(out, "%.*s\n", STR_ARG(lines[i]));
		lines[i] = lines[n - 1];
	}
}

static void
test_genuine(const struct buf *body)
{
	struct buf shuffled = BUF_INIT;

	is_golden(resource_decode, buf_str(body), "resource.golden",
	    "resource.body");
	for (int i = 0; i < 8; i++) {
		buf_reset(&shuffled);
		shuffle(&shuffled, buf_str(body));
		is_golden(resource_decode, buf_str(&shuffled),
		    "resource.golden", "the same shuffled");
	}
	buf_fini(&shuffled);
}

static void
test_truncation(const struct buf *body)
{
	struct decoded d;
	size_t n_accepted = 0, n_lines = 0;

	for (size_t len = 0; len < body->len; len++) {
		decode_with(&d, (struct str){ body->p, len }, resource_decode);
		if (d.is_decoded) {
			n_accepted++;
			n_lines += body->p[len - 1] == '\n';
		}
		decoded_fini(&d);
	}
	ok(n_accepted > 50, "beginnings of a body are decoded");
	is_u64(n_accepted, n_lines, "but none that is cut within a line");
}

int
main(void)
{
	struct buf body = BUF_INIT;

	read_file(&body, "resource.body");
	test_genuine(&body);
	test_truncation(&body);
	buf_fini(&body);
	return done_testing();
}
