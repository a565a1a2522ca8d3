/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/glob.h"

bool
glob_match(struct str pattern, struct str text)
{
	size_t p = 0, t = 0;
	size_t star = pattern.len, star_t = 0;	/* the last '*', its end */

	while (t < text.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			star_t = t;
		} else if (p < pattern.len && (pattern.p[p] == '?' ||
		    pattern.p[p] == text.p[t])) {
			p++;
			t++;
		} else if (star < pattern.len) {
			p = star + 1;	/* the star takes one byte more */
			t = ++star_t;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}
