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
#include "diag/diag.h"

#define SHA256_STRLEN 65 /* hexadecimal and a NUL */

/* The largest signature file that a reader accepts; ours have 89 bytes. */
#define SIGNATURE_MAX 1024

struct public_key {
	uint8_t bytes[32];
	const char *path; /* of the file that it is from */
};

struct signing_key {
	uint8_t bytes[64]; /* the secret, then the public key */
};

/* Whose signatures are accepted. */
struct trusted_keys {
	VEC(struct public_key) v;
};

/* These return NULL, or what is wrong with the text. */
const char *sign_parse_key(struct str pem, struct signing_key *ret_key);
const char *sign_parse_trusted(struct arena *a, struct str pem,
    const char *path, struct trusted_keys *keys);

/*
 * Reads the private key in the file PATH.  What is wrong is an error in SINK;
 * so is, as with ssh(1), that the file is ours and others have a right to it.
 */
void sign_read_key(struct diag_sink *sink, const char *path,
    struct signing_key *ret_key);

/*
 * Adds the public keys in the file PATH, or in the files *.pem and *.pub below
 * the directory PATH.  What is wrong is an error in SINK.
 */
void sign_read_trusted(struct arena *a, struct diag_sink *sink,
    const char *path, struct trusted_keys *keys);

/* The content of a signature file for TEXT, in A: one line. */
struct str sign_make(struct arena *a, const struct signing_key *key,
    struct str text);

/* The key that SIGNATURE, such a line, of TEXT was made with; or NULL. */
const struct public_key *sign_check(const struct trusted_keys *keys,
    struct str text, struct str signature);

void sha256_print(struct str bytes, char out[static SHA256_STRLEN]);

/* Overwrites the key. */
void sign_forget(struct signing_key *key);
