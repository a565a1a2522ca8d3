/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/attributes.h"
#include "t/tap.h"

#define G "/apis/metrics.k8s.io/v1beta1"
#define RESOURCE "\"group\":\"metrics.k8s.io\",\"version\":\"v1beta1\","

static const struct {
	const char *method, *path, *query;
	const char *want;	/* NULL: refused */
} cases[] = {
	{ "GET", "/", NULL, "path \"/\" get" },
	{ "GET", "/healthz", NULL, "path \"/healthz\" get" },
	{ "POST", "/healthz/", NULL, "path \"/healthz/\" post" },
	{ "GET", "/%68ealthz", NULL, "path \"/healthz\" get" },
	{ "GET", "/apis", NULL, "path \"/apis\" get" },
	{ "GET", "/apis/metrics.k8s.io", NULL,
	    "path \"/apis/metrics.k8s.io\" get" },
	{ "GET", G, NULL, "path \"" G "\" get" },
	{ "GET", G "/", NULL, "path \"" G "/\" get" },
	{ "GET", G "/nodes", NULL, "list nodes - - -" },
	{ "HEAD", G "/nodes", NULL, "list nodes - - -" },
	{ "GET", G "/nodes/", NULL, "list nodes - - -" },
	{ "GET", G "/nodes", "watch=true", "watch nodes - - -" },
	{ "GET", G "/nodes", "a=b&watch", "watch nodes - - -" },
	{ "GET", G "/nodes", "watch=0", "list nodes - - -" },
	{ "GET", G "/nodes", "watch=False", "list nodes - - -" },
	{ "GET", G "/nodes", "watch=%30", "list nodes - - -" },
	{ "GET", G "/nodes", "watch=%zz&watch=0", "list nodes - - -" },
	{ "GET", G "/nodes", "fieldSelector=metadata.name%3Dn",
	    "list nodes - n -" },
	{ "GET", G "/nodes", "fieldSelector=metadata.name==n&watch=1",
	    "watch nodes - n -" },
	{ "GET", G "/namespaces/a/pods", "fieldSelector=metadata.namespace!="
	    "b,metadata.name=p,metadata.name=q", "list pods a p -" },
	{ "GET", G "/pods", "fieldSelector=%zz&fieldSelector=metadata.name=p",
	    "list pods - p -" },
	{ "GET", G "/pods", "fieldSelector=metadata.name!=p",
	    "list pods - - -" },
	{ "GET", G "/pods", "fieldSelector=metadata.name=a%2Fb",
	    "list pods - - -" },
	{ "GET", G "/pods", "fieldSelector=metadata.name=..",
	    "list pods - - -" },
	{ "GET", G "/pods", "fieldSelector=metadata.name=",
	    "list pods - - -" },
	{ "GET", G "/pods", "fieldSelector=metadata.name=p,spec.x=y",
	    "list pods - - -" },
	{ "GET", G "/nodes/n", "fieldSelector=metadata.name=m",
	    "get nodes - n -" },
	{ "DELETE", G "/nodes", "fieldSelector=metadata.name=n",
	    "deletecollection nodes - - -" },
	{ "GET", G "/nodes/n", "watch=1", "get nodes - n -" },
	{ "GET", G "/nodes/n", NULL, "get nodes - n -" },
	{ "GET", G "/n%6fdes/n", NULL, "get nodes - n -" },
	{ "GET", G "/nodes/n/proxy", NULL, "get nodes - n proxy" },
	{ "GET", G "/pods", NULL, "list pods - - -" },
	{ "GET", G "/namespaces/a/pods", NULL, "list pods a - -" },
	{ "GET", G "/namespaces/a/pods/p", NULL, "get pods a p -" },
	{ "GET", G "/namespaces/a", NULL, "get namespaces a a -" },
	{ "GET", G "/namespaces", NULL, "list namespaces - - -" },
	{ "POST", G "/namespaces/a/pods", NULL, "create pods a - -" },
	{ "PUT", G "/nodes/n", NULL, "update nodes - n -" },
	{ "PATCH", G "/nodes/n", NULL, "patch nodes - n -" },
	{ "DELETE", G "/nodes/n", NULL, "delete nodes - n -" },
	{ "DELETE", G "/nodes", NULL, "deletecollection nodes - - -" },
	{ "OPTIONS", G "/nodes", NULL, "- nodes - - -" },
	{ "GET", "/api/v1/nodes", NULL, "list nodes - - -" },
	{ "GET", "/api/v1", NULL, "path \"/api/v1\" get" },
	{ "GET", G "/nodes/a%2Fb", NULL, NULL },
	{ "GET", G "/nodes/%2e%2e", NULL, NULL },
	{ "GET", G "/nodes/..", NULL, NULL },
	{ "GET", G "//nodes", NULL, NULL },
	{ "GET", "//", NULL, NULL },
	{ "GET", "/a/./b", NULL, NULL },
	{ "GET", "/a%00b", NULL, NULL },
	{ "GET", "/a%zz", NULL, NULL },
	{ "OPTIONS", "*", NULL, NULL },
};

static const char *
or_dash(struct str s, char *to)
{
	snprintf(to, 64, "%.*s", s.len == 0 ? 1 : (int)s.len,
	    s.len == 0 ? "-" : s.p);
	return to;
}

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct attributes a = { .is_resource = false };
		char got[256], t[5][64];
		bool is_good = attributes_of(&a, str_of(cases[i].method),
		    str_of(cases[i].path), str_of(cases[i].query));

		if (a.is_resource)
			snprintf(got, sizeof got, "%s %s %s %s %s",
			    or_dash(a.verb, t[0]), or_dash(a.resource, t[1]),
			    or_dash(a.namespace, t[2]), or_dash(a.name, t[3]),
			    or_dash(a.subresource, t[4]));
		else
			snprintf(got, sizeof got, "path \"%.*s\" %.*s",
			    STR_ARG(a.path), STR_ARG(a.verb));
		is_str(is_good ? got : NULL, cases[i].want, "%s %s?%s",
		    cases[i].method, cases[i].path,
		    cases[i].query == NULL ? "" : cases[i].query);
		attributes_fini(&a);
	}
}

static const struct {
	const char *path;
	const char *spec, *text;
} texts[] = {
	{ G "/nodes", "\"resourceAttributes\":{\"verb\":\"list\"," RESOURCE
	    "\"resource\":\"nodes\"}", "nodes.metrics.k8s.io is forbidden: "
	    "User \"a&lt;b\" cannot list resource \"nodes\" in API group "
	    "\"metrics.k8s.io\" at the cluster scope" },
	{ G "/namespaces/x/pods/p", "\"resourceAttributes\":{\"namespace\":"
	    "\"x\",\"verb\":\"get\"," RESOURCE "\"resource\":\"pods\","
	    "\"name\":\"p\"}", "pods.metrics.k8s.io \"p\" is forbidden: User "
	    "\"a&lt;b\" cannot get resource \"pods\" in API group "
	    "\"metrics.k8s.io\" in the namespace \"x\"" },
	{ "/metrics", "\"nonResourceAttributes\":{\"path\":\"/metrics\","
	    "\"verb\":\"get\"}", "forbidden: User \"a&lt;b\" cannot get path "
	    "\"/metrics\"" },
};

static void
test_texts(void)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct attributes a = { .is_resource = false };
		struct buf out = BUF_INIT;

		attributes_of(&a, STR("GET"), str_of(texts[i].path),
		    (struct str){ NULL, 0 });
		attributes_print(&a, &out);
		is_mem(out.p, out.len, texts[i].spec, strlen(texts[i].spec),
		    "asks of %s", texts[i].path);
		buf_reset(&out);
		attributes_explain(&a, STR("a<b"), &out);
		is_mem(out.p, out.len, texts[i].text, strlen(texts[i].text),
		    "and says so");
		buf_fini(&out);
		attributes_fini(&a);
	}
}

int
main(void)
{
	test_cases();
	test_texts();
	return done_testing();
}
