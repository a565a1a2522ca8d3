/* SPDX-License-Identifier: ISC */
/* What clients accept, as Kubernetes understands it. */
#include "config.h"

#include "apiserver/negotiate.h"

#include "t/tap.h"

#define TABLE "as=Table;v=v1;g=meta.k8s.io"
#define LIST "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#define GROUPS "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static const struct {
	const char *accept;
	enum kube_offer offer;
	enum negotiation result;
	enum kube_form form;
	enum kube_view view;
	const char *version;
} cases[] = {
#define OBJECTS KUBE_OFFERS_OBJECTS
	{ "", OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ NULL, OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "*/*", OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "*", OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/*", OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF,
	    NULL },
	{ "application/json", OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF,
	    NULL },
	{ "application/yaml", OBJECTS, NEGOTIATED, KUBE_YAML, KUBE_ITSELF,
	    NULL },
	{ "application/vnd.kubernetes.protobuf, */*", OBJECTS, NEGOTIATED,
	    KUBE_PROTOBUF, KUBE_ITSELF, NULL },
	{ "application/vnd.kubernetes.protobuf,application/json", OBJECTS,
	    NEGOTIATED, KUBE_PROTOBUF, KUBE_ITSELF, NULL },
	{ "*/*, application/vnd.kubernetes.protobuf", OBJECTS, NEGOTIATED,
	    KUBE_PROTOBUF, KUBE_ITSELF, NULL },
	{ "application/yaml;q=0.5, application/json;q=0.9", OBJECTS,
	    NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;q=0.5,application/yaml", OBJECTS, NEGOTIATED,
	    KUBE_YAML, KUBE_ITSELF, NULL },
	{ "application/json;q=rubbish,application/yaml;q=0.1", OBJECTS,
	    NEGOTIATED, KUBE_YAML, KUBE_ITSELF, NULL },
	{ "text/html, application/yaml;q=0.2", OBJECTS, NEGOTIATED,
	    KUBE_YAML, KUBE_ITSELF, NULL },
	{ "text/html", OBJECTS, NEGOTIATE_NO_TYPE, KUBE_JSON, KUBE_ITSELF,
	    NULL },
	{ "application", OBJECTS, NEGOTIATE_NO_TYPE, KUBE_JSON, KUBE_ITSELF,
	    NULL },
	{ "application/json/x", OBJECTS, NEGOTIATE_NO_TYPE, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/json;" TABLE ",application/json;as=Table;v=v1beta1;"
	    "g=meta.k8s.io,application/json", OBJECTS, NEGOTIATED, KUBE_JSON,
	    KUBE_TABLE, "v1" },
	{ "application/json;as=Table;v=v1beta1;g=meta.k8s.io", OBJECTS,
	    NEGOTIATED, KUBE_JSON, KUBE_TABLE, "v1beta1" },
	{ "application/yaml; " TABLE, OBJECTS, NEGOTIATED, KUBE_YAML,
	    KUBE_TABLE, "v1" },
	{ "application/vnd.kubernetes.protobuf;" TABLE ",application/json;"
	    TABLE, OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_TABLE, "v1" },
	{ "application/vnd.kubernetes.protobuf;" TABLE, OBJECTS,
	    NEGOTIATE_NO_VIEW, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;as=Table;v=v2;g=meta.k8s.io", OBJECTS,
	    NEGOTIATE_NO_VIEW, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;as=Chair;v=v1;g=meta.k8s.io,application/json",
	    OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;v=v1", OBJECTS, NEGOTIATE_NO_VIEW, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/vnd.kubernetes.protobuf;" LIST, OBJECTS, NEGOTIATED,
	    KUBE_PROTOBUF, KUBE_METADATA_LIST, "v1" },
	{ "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
	    OBJECTS, NEGOTIATED, KUBE_JSON, KUBE_METADATA, "v1" },
	{ "application/json;stream=watch", OBJECTS, NEGOTIATED, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/yaml;stream=watch", OBJECTS, NEGOTIATE_NO_VIEW,
	    KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;stream=eggs", OBJECTS, NEGOTIATE_NO_VIEW,
	    KUBE_JSON, KUBE_ITSELF, NULL },
	{ "application/json;charset=utf-8", OBJECTS, NEGOTIATED, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/json;=;;a=b=c;x", OBJECTS, NEGOTIATED, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/json;" GROUPS, OBJECTS, NEGOTIATE_NO_VIEW, KUBE_JSON,
	    KUBE_ITSELF, NULL },
	{ "application/json;" GROUPS ",application/json;g=apidiscovery.k8s."
	    "io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
	    KUBE_OFFERS_DISCOVERY, NEGOTIATED, KUBE_JSON, KUBE_DISCOVERY,
	    "v2" },
	{ "application/json;" GROUPS ";profile=nopeer",
	    KUBE_OFFERS_DISCOVERY, NEGOTIATED, KUBE_JSON, KUBE_DISCOVERY,
	    "v2" },
	{ "application/vnd.kubernetes.protobuf;" GROUPS ",application/json",
	    KUBE_OFFERS_DISCOVERY, NEGOTIATED, KUBE_JSON, KUBE_ITSELF,
	    NULL },
	{ "application/json;" TABLE, KUBE_OFFERS_PLAIN, NEGOTIATE_NO_VIEW,
	    KUBE_JSON, KUBE_ITSELF, NULL },
};

int
main(void)
{
	struct kube_wish wish;
	char many[2000] = "";

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum negotiation n = negotiate(str_of(cases[i].accept),
		    cases[i].offer, &wish);

		ok(n == cases[i].result && wish.form == cases[i].form &&
		    wish.view == cases[i].view &&
		    str_eq(wish.version, str_of(cases[i].version)),
		    "%s", cases[i].accept == NULL ? "none" :
		    cases[i].accept);
	}
	negotiate(STR("application/json;pretty=1"), KUBE_OFFERS_OBJECTS,
	    &wish);
	ok(wish.is_pretty, "pretty may be a parameter");
	for (int i = 0; i < 100; i++)
		memcpy(many + 4 * i, "a/b,", 5);
	strcat(many, "*/*");
	ok(negotiate(str_of(many), KUBE_OFFERS_OBJECTS, &wish) ==
	    NEGOTIATE_NO_TYPE, "what is beyond the bound is not read");
	return done_testing();
}
