/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keys that tests sign with, made with openssl for them alone: a private one,
 * its public one, and one that signed nothing.
 */

#define SIGNING_SECRET                                                       \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MC4CAQAwBQYDK2VwBCIEIP7DLOhGBZW/RayTUeArBEtbX8xDu9KL9EBcyQ1rbuOK\n" \
	"-----END PRIVATE KEY-----\n"
#define SIGNING_PUBLIC                                                   \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEAtf2BDtc9t8TYL1ENkQ9AX1LzON6KVJSH21Por3VbcVE=\n" \
	"-----END PUBLIC KEY-----\n"
#define SIGNING_OTHER                                                    \
	"-----BEGIN PUBLIC KEY-----\n"                                   \
	"MCowBQYDK2VwAyEAtf2BDtc9t8TYL1ENkQ9AX1LzON6KVJSH21Por3VbcVA=\n" \
	"-----END PUBLIC KEY-----\n"
