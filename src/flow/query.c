/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a command line to a query, without looking anything up.
 */
#include "flow/query.h"

#include <netinet/in.h>

#include "base/ascii.h"
#include "base/near.h"
#include "base/num.h"
#include "cilium/proto.h"
#include "cilium/reserved.h"

static bool
is_namespace(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.s[i];

		if (!ascii_is_lower(c) && !ascii_is_digit(c) && c != '-')
			return false;
	}
	return s.n > 0;
}

/* Takes "ns/" off the front of *TEXT; a label key with a slash has none. */
static struct str
split_namespace(struct str *text, struct str default_ns)
{
	const char *slash = memchr(text->s, '/', text->n);
	struct str ns = default_ns;

	if (slash) {
		ns = (struct str){text->s, (size_t)(slash - text->s)};
		if (!is_namespace(ns))
			return default_ns;
		text->s += ns.n + 1;
		text->n -= ns.n + 1;
	}
	return ns;
}

static bool
is_pod_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.s[i];

		if (!ascii_is_lower(c) && !ascii_is_digit(c) && c != '-' &&
		    c != '.')
			return false;
	}
	return s.n > 0;
}

static const char *
parse_labels(struct arena *a, struct str text, struct query_end *ret_end)
{
	struct lang_error err;

	if (text.n == 0)
		return "name a pod, its labels or * for all after the "
		       "namespace";
	if (!str_is(text, "*") &&
	    !lang_selector_parse(a, text, &ret_end->labels, &err))
		return arena_printf(a, "\"" STR_FMT "\": %s at character %u",
		    STR_ARG(text), err.text, err.start + 1);
	ret_end->who = QUERY_LABELS;
	return NULL;
}

/* Nothing but digits and dots: somebody meant an address. */
static bool
is_numeric(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit(s.s[i]) && s.s[i] != '.')
			return false;
	}
	return s.n > 0 && memchr(s.s, '.', s.n);
}

/* "ns/name" after a WORD and a slash; else it is a pod of such a namespace. */
static bool
is_word(struct str text, const char *word, struct query_end *ret_end)
{
	size_t n = strlen(word);
	const char *slash;

	if (!str_starts(text, str_of(word)) || n == text.n || text.s[n] != '/')
		return false;
	text = (struct str){text.s + n + 1, text.n - n - 1};
	slash = memchr(text.s, '/', text.n);
	if (!slash)
		return false;
	ret_end->ns = (struct str){text.s, (size_t)(slash - text.s)};
	ret_end->name = (struct str){slash + 1, text.n - ret_end->ns.n - 1};
	return is_namespace(ret_end->ns) && is_pod_name(ret_end->name);
}

/* "deploy/ns/name" and the like, in the words of kubectl. */
static bool
is_workload(struct str text, struct query_end *ret_end)
{
	static const struct {
		const char *word, *kind;
	} words[] = {{"deploy", "Deployment"}, {"deployment", "Deployment"},
	    {"sts", "StatefulSet"}, {"statefulset", "StatefulSet"},
	    {"ds", "DaemonSet"}, {"daemonset", "DaemonSet"},
	    {"rs", "ReplicaSet"}, {"replicaset", "ReplicaSet"}, {"job", "Job"},
	    {"cronjob", "CronJob"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(text, words[i].word, ret_end)) {
			ret_end->kind = words[i].kind;
			return true;
		}
	}
	return false;
}

const char *
query_parse_end(struct arena *a, struct str text, struct str default_ns,
    struct query_end *ret_end)
{
	struct query_end end = {.text = text};
	struct cidr cidr;
	const char *problem = NULL;

	if (ip_parse(text, &end.ip)) {
		end.who = QUERY_ADDRESS;
	} else if (cidr_parse(text, &cidr)) {
		problem = "a prefix may hold several identities; "
			  "give one address of it";
	} else if (is_word(text, "svc", &end)) {
		end.who = QUERY_SERVICE;
	} else if (is_workload(text, &end)) {
		end.who = QUERY_WORKLOAD;
	} else if (is_numeric(text)) {
		problem = arena_printf(a, "\"" STR_FMT "\" is no address",
		    STR_ARG(text));
	} else if (reserved_list_has(reserved_names, text)) {
		end.who = QUERY_ENTITY;
		end.name = text;
	} else if (str_is(text, "all") || str_is(text, "cluster")) {
		problem = arena_printf(a,
		    "\"" STR_FMT "\" stands for many identities; name one",
		    STR_ARG(text));
	} else {
		end.ns = split_namespace(&text, default_ns);
		end.name = text;
		if (is_pod_name(text))
			end.who = QUERY_POD;
		else
			problem = parse_labels(a, text, &end);
	}
	if (!problem)
		*ret_end = end;
	return problem;
}

static const char *
parse_proto(struct arena *a, struct str text, uint8_t *ret_proto)
{
	static const char *const names[] = {"tcp", "udp", "sctp", "icmp",
	    "icmpv6", NULL};
	uint8_t proto;

	if (proto_parse(text, &proto) &&
	    (proto_has_ports(proto) || proto_is_icmp(proto))) {
		*ret_proto = proto;
		return NULL;
	}
	return arena_printf(a,
	    "\"" STR_FMT "\" is none of tcp, udp, sctp, icmp and icmpv6%s",
	    STR_ARG(text), near_hint(a, text, names, ""));
}

static const char *
parse_number(struct arena *a, struct str text, uint8_t proto,
    uint16_t *ret_port)
{
	uint64_t n;

	if (proto_is_icmp(proto)) {
		if (!num_u64(text, UINT8_MAX, &n))
			return arena_printf(a,
			    "\"" STR_FMT "\" is no ICMP type (0 to 255)",
			    STR_ARG(text));
	} else if (!num_u64(text, UINT16_MAX, &n) || n == 0) {
		return arena_printf(a,
		    "\"" STR_FMT "\" is no port (1 to 65535)", STR_ARG(text));
	}
	*ret_port = (uint16_t)n;
	return NULL;
}

const char *
query_parse_port(struct arena *a, struct str port, struct str proto,
    struct query *ret_query)
{
	const char *slash = port.s ? memchr(port.s, '/', port.n) : NULL;
	struct query q = {.proto = IPPROTO_TCP};
	const char *problem = NULL;

	if (slash) {
		struct str tail = {slash + 1,
		    port.n - (size_t)(slash + 1 - port.s)};

		if (proto.s && !str_eq(proto, tail))
			return "the port names another protocol";
		proto = tail;
		port.n = (size_t)(slash - port.s);
	}
	if (proto.s)
		problem = parse_proto(a, proto, &q.proto);
	if (problem)
		return problem;
	if (port.s)
		problem = parse_number(a, port, q.proto, &q.port);
	else if (q.proto == IPPROTO_ICMP)
		q.port = 8; /* echo request */
	else if (q.proto == IPPROTO_ICMPV6)
		q.port = 128; /* the same */
	else
		problem = "which port? For example --port 443/tcp";
	if (!problem) {
		ret_query->proto = q.proto;
		ret_query->port = q.port;
	}
	return problem;
}

/* "443", "443/tcp" */
static bool
looks_like_port(struct str s)
{
	size_t i = 0;

	while (i < s.n && ascii_is_digit(s.s[i]))
		i++;
	return i > 0 && (i == s.n || s.s[i] == '/');
}

bool
query_split_port(struct str *text, struct str *ret_port)
{
	const char *colon = memrchr(text->s, ':', text->n);
	struct str end, port;
	struct ip ip;

	if (!colon || ip_parse(*text, &ip))
		return false;
	end = (struct str){text->s, (size_t)(colon - text->s)};
	port = (struct str){colon + 1, text->n - end.n - 1};
	if (end.n == 0 || !looks_like_port(port))
		return false;
	if (end.s[0] == '[' && end.s[end.n - 1] == ']')
		end = (struct str){end.s + 1, end.n - 2};
	*text = end;
	*ret_port = port;
	return true;
}

const char *
query_parse_header(struct arena *a, struct str text,
    struct request_header *ret_header)
{
	const char *colon = memchr(text.s, ':', text.n);
	struct str name = text, value;

	if (!colon || colon == text.s)
		return arena_printf(a,
		    "\"" STR_FMT "\" is no header; write \"Name: value\"",
		    STR_ARG(text));
	name.n = (size_t)(colon - text.s);
	value = (struct str){colon + 1, text.n - name.n - 1};
	while (value.n > 0 && value.s[0] == ' ') {
		value.s++;
		value.n--;
	}
	*ret_header = (struct request_header){name, value};
	return NULL;
}

const char *
query_check_request(const struct query *q)
{
	const struct request *r = &q->request;
	bool http = r->method.s || r->path.s || r->host.s || r->headers.n > 0;

	if (r->dns.s && (http || r->sni.s))
		return "a request is a DNS query or goes over HTTP or TLS";
	if ((http || r->sni.s) && q->proto != IPPROTO_TCP)
		return "HTTP and TLS requests need --port of tcp";
	if (r->dns.s && proto_is_icmp(q->proto))
		return "DNS queries need --port of udp or tcp";
	return NULL;
}

const char *
query_print_port(struct arena *a, uint8_t proto, uint16_t port)
{
	return arena_printf(a, "%u/%s", port, proto_name(proto));
}

const char *
query_near_entity(struct str text)
{
	return near_guess(text, reserved_names);
}
