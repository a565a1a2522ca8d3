/* SPDX-License-Identifier: ISC */
/*
 * Compact JSON of our own in the other forms that Kubernetes has for people:
 * indented by two blanks per level, and as YAML with sorted keys, quoted where
 * Go's encoder would.  The JSON is written in one form only, and this is for
 * whoever reads it: no client does it often.
 *
 * The text has to be JSON without blanks.  Pure.
 */
#ifndef APISERVER_KUBE_TEXT_H
#define APISERVER_KUBE_TEXT_H

#include "common/buf.h"
#include "common/str.h"

#define KUBE_TEXT_DEPTH_MAX 32		/* of YAML; what is deeper is left out */

void kube_text_indent(struct buf *out, struct str json);
void kube_text_yaml(struct buf *out, struct str json);

/* A string as YAML writes it. */
void kube_text_yaml_str(struct buf *out, struct str s);

#endif
