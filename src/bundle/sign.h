/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signatures of bundles: Ed25519 over the manifest, which has the SHA-256 of
 * every other file.  Keys are PEM files as OpenSSL writes them (RFC 8410):
 *
 *     openssl genpkey -algorithm ed25519 -out key.pem
 *     openssl pkey -in key.pem -pubout -out key.pub
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

#define SHA256_STRLEN 65 /* hexadecimal and a NUL */

struct public_key {
	uint8_t bytes[32];
};

struct signing_key {
	uint8_t bytes[64]; /* the secret, then the public key */
};

/* Whose signatures are accepted. */
typedef VEC(struct public_key) trusted_keys;

/* These return NULL, or what is wrong with the text. */
const char *sign_read_key(struct str pem, struct signing_key *ret_key);
const char *sign_read_trusted(struct arena *a, struct str pem,
    trusted_keys *ret_keys);

/* The content of a signature file for TEXT, in A: one line. */
struct str sign_make(struct arena *a, const struct signing_key *key,
    struct str text);

/* Whether SIGNATURE, such a line, is of TEXT by one of the keys. */
bool sign_check(const trusted_keys *keys, struct str text,
    struct str signature);

void sha256_print(struct str bytes, char out[static SHA256_STRLEN]);

/* Overwrites the key. */
void sign_forget(struct signing_key *key);
