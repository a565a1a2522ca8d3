/* SPDX-License-Identifier: ISC */
/* Any body, as what /metrics/resource answers. */
#include "config.h"

#include "collector/resource.h"
#include "t/fuzz/decoded.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_decoder(resource_decode, data, size);
	return 0;
}
