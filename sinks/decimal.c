/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/number.h"

#include "sinks/decimal.h"

/* "1.5e-7" is 15 * 10^-8: its digits, and where the point goes. */
static size_t
expand(char *p, struct str mantissa, int64_t exponent)
{
	char digits[NUMBER_MAX_BYTES];
	int64_t n = 0, point = -1;
	size_t len = 0;

	for (size_t i = 0; i < mantissa.len; i++) {
		if (mantissa.p[i] == '-')
			p[len++] = '-';
		else if (mantissa.p[i] == '.')
			point = n;
		else
			digits[n++] = mantissa.p[i];
	}
	point = (point < 0 ? n : point) + exponent;
	if (point <= 0) {
		p[len++] = '0';
		p[len++] = '.';
	}
	for (int64_t i = point; i < 0; i++)
		p[len++] = '0';
	for (int64_t i = 0; i < n || i < point; i++) {
		if (i == point && i > 0)
			p[len++] = '.';
		p[len++] = i < n ? digits[i] : '0';
	}
	return len;
}

size_t
print_decimal(char *p, double v)
{
	char text[NUMBER_MAX_BYTES];
	struct str exponent_text = { text, print_double(text, v) };
	struct str mantissa = str_cut(&exponent_text, 'e');
	int64_t exponent = 0;

	if (exponent_text.p == NULL) {
		memcpy(p, mantissa.p, mantissa.len);
		return mantissa.len;
	}
	if (exponent_text.len > 0 && exponent_text.p[0] == '+') {
		exponent_text.p++;
		exponent_text.len--;
	}
	parse_i64(exponent_text, &exponent);
	return expand(p, mantissa, exponent);
}
