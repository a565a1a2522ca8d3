/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/byte_map.h"

void
byte_map_make(struct byte_map *map, const char *special, char substitute)
{
	if (map->is_made)
		return;
	for (unsigned c = 0; c < sizeof map->to; c++)
		map->to[c] = (unsigned char)(c < ' ' || c == 0x7f ?
		    (unsigned char)substitute : c);
	for (const char *p = special; *p != '\0'; p++)
		map->to[(unsigned char)*p] = (unsigned char)substitute;
	map->is_made = true;
}

void
byte_map_add(struct buf *out, const struct byte_map *map, struct str s)
{
	char *p = buf_reserve(out, s.len);

	if (p == NULL)
		return;
	for (size_t i = 0; i < s.len; i++)
		p[i] = (char)map->to[(unsigned char)s.p[i]];
	out->len += s.len;
}
