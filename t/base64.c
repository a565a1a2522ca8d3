/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/base64.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Decodes from and into blocks of exactly their size. */
static bool
decode(struct str text, char **out, size_t *len)
{
	size_t room = BASE64_DECODED_MAX(text.len);
	char *exact = malloc(text.len == 0 ? 1 : text.len);
	bool is_good;

	*out = malloc(room == 0 ? 1 : room);
	if (exact == NULL || *out == NULL)
		bail("no memory");
	if (text.len > 0)
		memcpy(exact, text.p, text.len);
	is_good = base64_decode((struct str){ exact, text.len }, *out, len);
	free(exact);
	return is_good;
}

static void
test_good(void)
{
	static const struct {
		const char *text;
		struct str bytes;
		bool is_wrapped;
	} vectors[] = {
		{ "", STR_INIT(""), false },
		{ "Zg==", STR_INIT("f"), false },
		{ "Zm8=", STR_INIT("fo"), false },
		{ "Zm9v", STR_INIT("foo"), false },
		{ "Zm9vYg==", STR_INIT("foob"), false },
		{ "Zm9vYmE=", STR_INIT("fooba"), false },
		{ "Zm9vYmFy", STR_INIT("foobar"), false },
		{ "AAAA", STR_INIT("\0\0\0"), false },
		{ "/+8=", STR_INIT("\xff\xef"), false },
		{ "////", STR_INIT("\xff\xff\xff"), false },
		{ "Zm9v\nYmFy\n", STR_INIT("foobar"), true },
		{ "Zm9vYg=\r\n=\r\n", STR_INIT("foob"), true },
		{ "\n", STR_INIT(""), true },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct str text = str_of(vectors[i].text);
		struct buf back = BUF_INIT;
		char *bytes;
		size_t len = 99;

		ok(decode(text, &bytes, &len), "takes \"%s\"",
		    vectors[i].text);
		is_mem(bytes, len, vectors[i].bytes.p, vectors[i].bytes.len,
		    "and gives the bytes");
		free(bytes);
		if (vectors[i].is_wrapped)
			continue;
		base64_encode(&back, vectors[i].bytes);
		is_mem(buf_str(&back).p, back.len, text.p, text.len,
		    "and writes them again");
		buf_fini(&back);
	}
}

static void
test_bad(void)
{
	static const struct { const char *name; struct str text; } vectors[] = {
		{ "no padding", STR_INIT("Zg") },
		{ "half the padding", STR_INIT("Zg=") },
		{ "one symbol", STR_INIT("Z") },
		{ "padding after one symbol", STR_INIT("Z===") },
		{ "padding alone", STR_INIT("====") },
		{ "too much padding", STR_INIT("Zg===") },
		{ "a group of padding behind", STR_INIT("Zm9v====") },
		{ "more after the padding", STR_INIT("Zg==Zg==") },
		{ "a symbol within the padding", STR_INIT("Zg=g") },
		{ "bits left over, one byte", STR_INIT("Zh==") },
		{ "bits left over, two bytes", STR_INIT("Zm9=") },
		{ "a blank", STR_INIT("Zm 9v") },
		{ "a tab", STR_INIT("Zm9v\t") },
		{ "the alphabet of URLs", STR_INIT("_-8=") },
		{ "a zero byte", STR_INIT("Zm9\0") },
		{ "a byte beyond ASCII", STR_INIT("Zm9\xf6") },
		{ "PEM", STR_INIT("-----BEGIN CERTIFICATE-----") },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		char *bytes;
		size_t len;

		ok(!decode(vectors[i].text, &bytes, &len), "refuses %s",
		    vectors[i].name);
		free(bytes);
	}
}

/* Every length, every value of a byte. */
static void
test_round_trip(void)
{
	unsigned char bytes[600];
	size_t n_wrong = 0;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 167 + i / 256);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct buf text = BUF_INIT;
		char *back;
		size_t len;

		base64_encode(&text, (struct str){ (char *)bytes, n });
		if (!decode(buf_str(&text), &back, &len) || len != n ||
		    memcmp(back, bytes, n) != 0)
			n_wrong++;
		free(back);
		buf_fini(&text);
	}
	is_u64(n_wrong, 0, "what is written is read again");
}

int
main(void)
{
	test_good();
	test_bad();
	test_round_trip();
	return done_testing();
}
