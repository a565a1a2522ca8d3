/* SPDX-License-Identifier: ISC */
/* Any body, as a Summary. */
#include "config.h"

#include "collector/summary.h"
#include "t/fuzz/decoded.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_decoder(summary_decode, data, size);
	return 0;
}
