/* SPDX-License-Identifier: ISC */
/* Any body, as what /stats/container/ answers. */
#include "config.h"

#include "collector/cadvisor.h"
#include "t/fuzz/decoded.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_decoder(cadvisor_decode, data, size);
	return 0;
}
