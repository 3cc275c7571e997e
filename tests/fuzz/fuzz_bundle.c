/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A bundle with one file changed, and the hashes mended (tampering.h): the
 * first byte says which file, and of the others three each are a change: where,
 * how, what.
 * Nothing is read as whole that is another bundle than the one written.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "tampering.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char shop[] = NAMESPACE("shop", "") POD("shop", "web", "10.0.0.1")
    POD("shop", "db", "10.0.0.3") CILIUM_POLICY("shop", "db",
	"endpointSelector: {matchLabels: {app: db}}, ingress: ["
	"{fromEndpoints: [{matchLabels: {app: web}}], "
	"toPorts: [{ports: [{port: '80', protocol: TCP}], "
	"rules: {http: [{method: GET, path: /a}]}}]}], "
	"egressDeny: [{toCIDR: [192.0.2.0/24]}]");

static struct tampering bundle;
static char folder[] = "/tmp/cnpc-fuzz-XXXXXX";

static void
clean_up(void)
{
	VEC_FOREACH (f, &bundle.bundle.files)
		unlink(tampering_path(&bundle, f->name));
	tampering_end(&bundle);
	rmdir("out/maps");
	rmdir("out/programs");
	rmdir("out");
	if (chdir("/") == 0)
		rmdir(folder);
}

static void
begin(void)
{
	if (!mkdtemp(folder) || chdir(folder) < 0)
		abort();
	tampering_begin(&bundle, shop);
	atexit(clean_up);
}

/* TEXT with one change: a byte is another, a new one, a line gone or twice. */
static struct str
changed(struct arena *a, struct str text, const uint8_t *how)
{
	size_t at = (size_t)(how[0] | how[1] >> 2 << 8) % (text.n + 1);
	struct str byte = {(const char *)&how[2], 1}, line;
	const char *end = memchr(text.s + at, '\n', text.n - at);

	line = (struct str){text.s + at,
	    end ? (size_t)(end + 1 - text.s) - at : text.n - at};
	switch (how[1] & 3) {
	case 0:
		return tampering_splice(a, text, at, at + (at < text.n), byte);
	case 1:
		return tampering_splice(a, text, at, at, byte);
	case 2:
		return tampering_splice(a, text, at, at + line.n, STR(""));
	default:
		return tampering_splice(a, text, at, at, line);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bundle_file *f;
	struct arena a = {0};
	struct str bytes;

	if (bundle.bundle.files.n == 0)
		begin();
	if (size < 4)
		return 0;
	f = &bundle.bundle.files.v[data[0] % bundle.bundle.files.n];
	bytes = f->bytes;
	for (size_t i = 1; i + 2 < size && i < 48; i += 3)
		bytes = changed(&a, bytes, data + i);
	if (!tampering_change(&bundle, f, bytes)) {
		fprintf(stderr, "accepted: %s\n", f->name);
		abort();
	}
	arena_free(&a);
	return 0;
}
