/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures, with libsodium.  A key's PEM block is base64 of a fixed
 * prefix, which says that it is one of Ed25519, and 32 bytes.
 */
#include "bundle/sign.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file.h"
#include "diag_gen.h"

#define BLOCK_MAX 128 /* bytes of base64; ours have 64 */
#define KEY_FILE_MAX ((size_t)64 << 10)

/* What comes before the bytes of a key. */
static const uint8_t secret_prefix[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30,
    0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const uint8_t public_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

/* What is between two lines of a PEM file; REST goes to what is after it. */
static bool
next_block(struct str *rest, const char *begin, const char *end,
    struct str *ret_block)
{
	const char *from =
	    rest->n > 0 ? memmem(rest->s, rest->n, begin, strlen(begin)) : NULL;
	const char *to, *limit = rest->s + rest->n;

	if (!from)
		return false;
	from += strlen(begin);
	to = memmem(from, (size_t)(limit - from), end, strlen(end));
	if (!to)
		return false;
	*ret_block = (struct str){from, (size_t)(to - from)};
	to += strlen(end);
	*rest = (struct str){to, (size_t)(limit - to)};
	return true;
}

/* The 32 bytes of the key in a block that has PREFIX. */
static const char *
read_block(struct str block, const uint8_t *prefix, size_t nprefix,
    uint8_t ret[static 32])
{
	uint8_t der[BLOCK_MAX];
	size_t n;

	if (sodium_base642bin(der, sizeof(der), block.s, block.n, "\r\n ", &n,
		NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return "a key is not base64";
	if (n != nprefix + 32 || memcmp(der, prefix, nprefix) != 0)
		return "a key is not one of Ed25519";
	memcpy(ret, der + nprefix, 32);
	sodium_memzero(der, sizeof(der));
	return NULL;
}

const char *
sign_parse_key(struct str pem, struct signing_key *ret_key)
{
	struct public_key public;
	struct str block;
	uint8_t seed[32];
	const char *problem;

	if (sodium_init() < 0)
		return "libsodium cannot be used here";
	if (!next_block(&pem, "-----BEGIN PRIVATE KEY-----",
		"-----END PRIVATE KEY-----", &block))
		return "there is no PEM block PRIVATE KEY";
	problem = read_block(block, secret_prefix, sizeof(secret_prefix), seed);
	if (!problem)
		crypto_sign_seed_keypair(public.bytes, ret_key->bytes, seed);
	sodium_memzero(seed, sizeof(seed));
	return problem;
}

const char *
sign_parse_trusted(struct arena *a, struct str pem, const char *path,
    struct trusted_keys *keys)
{
	size_t before = keys->v.n;
	struct str block;

	if (sodium_init() < 0)
		return "libsodium cannot be used here";
	while (next_block(&pem, "-----BEGIN PUBLIC KEY-----",
	    "-----END PUBLIC KEY-----", &block)) {
		struct public_key key = {.path = path};
		const char *problem = read_block(block, public_prefix,
		    sizeof(public_prefix), key.bytes);

		if (problem)
			return problem;
		*vec_push(&keys->v, a) = key;
	}
	return keys->v.n > before ? NULL : "there is no PEM block PUBLIC KEY";
}

/* Whether others than its owner, who we are, have a right to the file. */
static bool
is_open_to_others(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	    (st->st_mode & 077) != 0;
}

/* The text of the private key's file, unless others may have it, too. */
static const char *
take_key(struct arena *a, const char *path, struct signing_key *ret_key,
    int *ret_error)
{
	const char *problem;
	struct stat st;
	struct str pem;

	*ret_error = stat(path, &st) < 0 ? errno : 0;
	if (*ret_error)
		return NULL;
	if (is_open_to_others(&st))
		return "others than its owner may read or change it";
	*ret_error = file_read(a, path, KEY_FILE_MAX, &pem);
	if (*ret_error)
		return NULL;
	problem = sign_parse_key(pem, ret_key);
	sodium_memzero((char *)pem.s, pem.n);
	return problem;
}

static void
report(struct diag_sink *sink, const char *path, int error, const char *problem)
{
	if (error)
		diag_cannot_read_file(sink, (struct span){0}, path,
		    strerrordesc_np(error));
	else if (problem)
		diag_bad_key(sink, (struct span){0}, path, problem);
}

void
sign_read_key(struct diag_sink *sink, const char *path,
    struct signing_key *ret_key)
{
	struct arena a = {0};
	int error;
	const char *problem = take_key(&a, path, ret_key, &error);

	report(sink, path, error, problem);
	arena_free(&a);
}

static void
read_public(struct arena *a, struct diag_sink *sink, const char *path,
    struct trusted_keys *keys)
{
	const char *problem = NULL;
	struct str pem;
	int error = file_read(a, path, KEY_FILE_MAX, &pem);

	if (!error)
		problem = sign_parse_trusted(a, pem, path, keys);
	report(sink, path, error, problem);
}

void
sign_read_trusted(struct arena *a, struct diag_sink *sink, const char *path,
    struct trusted_keys *keys)
{
	static const char *const suffixes[] = {".pem", ".pub", NULL};
	struct file_list l = {0};
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		read_public(a, sink, path, keys);
		return;
	}
	file_walk(&l, a, path, suffixes);
	VEC_FOREACH (failed, &l.failed)
		report(sink, failed->path, failed->error, NULL);
	VEC_FOREACH (file, &l.path)
		read_public(a, sink, *file, keys);
	if (l.path.n == 0)
		report(sink, path, 0, "it has no file *.pem or *.pub");
}

struct str
sign_make(struct arena *a, const struct signing_key *key, struct str text)
{
	uint8_t signature[crypto_sign_BYTES];
	size_t n = sodium_base64_ENCODED_LEN(sizeof(signature),
	    sodium_base64_VARIANT_ORIGINAL);
	char *line = arena_alloc(a, n + 1);

	crypto_sign_detached(signature, NULL, (const uint8_t *)text.s, text.n,
	    key->bytes);
	sodium_bin2base64(line, n, signature, sizeof(signature),
	    sodium_base64_VARIANT_ORIGINAL);
	line[n - 1] = '\n';
	return (struct str){line, n};
}

const struct public_key *
sign_check(const struct trusted_keys *keys, struct str text,
    struct str signature)
{
	uint8_t bytes[crypto_sign_BYTES];
	size_t n;

	if (sodium_base642bin(bytes, sizeof(bytes), signature.s, signature.n,
		"\r\n", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    n != sizeof(bytes))
		return NULL;
	VEC_FOREACH (key, &keys->v) {
		if (crypto_sign_verify_detached(bytes, (const uint8_t *)text.s,
			text.n, key->bytes) == 0)
			return key;
	}
	return NULL;
}

void
sha256_print(struct str bytes, char out[static SHA256_STRLEN])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const uint8_t *)bytes.s, bytes.n);
	sodium_bin2hex(out, SHA256_STRLEN, hash, sizeof(hash));
}

void
sign_forget(struct signing_key *key)
{
	sodium_memzero(key, sizeof(*key));
}
