/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants and map sizes into a copy of the template.  That is our own, so
 * whatever is not where it should be is our fault and an assertion.
 */
#include "bundle/program.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <gelf.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/layout.h"
#include "cilium/reserved.h"

#define NAME_DIGITS 16 /* of the hash, in a file's name */

/* A part of the object. */
struct range {
	size_t offset, size;
};

static Elf_Scn *
section_named(Elf *elf, const char *name, GElf_Shdr *ret_header)
{
	Elf_Scn *scn = NULL;
	size_t names = 0;
	int failed = elf_getshdrstrndx(elf, &names);

	assert(failed == 0);
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr *header = gelf_getshdr(scn, ret_header);
		const char *s =
		    header ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (s && strcmp(s, name) == 0)
			return scn;
	}
	return NULL;
}

static struct range
find_section(Elf *elf, const char *name)
{
	GElf_Shdr header;
	Elf_Scn *scn = section_named(elf, name, &header);

	assert(scn);
	return (struct range){header.sh_offset, header.sh_size};
}

/* Where an object with a symbol of its own lies in its section. */
static struct range
find_symbol(Elf *elf, const char *name, struct range section)
{
	GElf_Shdr header;
	Elf_Scn *scn = section_named(elf, ".symtab", &header);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	struct range found = {0};
	GElf_Sym sym;

	assert(data);
	for (int i = 0; gelf_getsym(data, i, &sym); i++) {
		const char *s = elf_strptr(elf, header.sh_link, sym.st_name);

		if (s && strcmp(s, name) == 0) {
			assert(sym.st_value + sym.st_size <= section.size);
			found = (struct range){section.offset + sym.st_value,
			    sym.st_size};
		}
	}
	assert(found.size > 0);
	return found;
}

/*
 * A map's size is the length of an array type, which makes it a word of the
 * BTF; the template has a number there that occurs nowhere else.
 */
static void
set_size(uint8_t *object, struct range btf, uint32_t mark, uint32_t size)
{
	uint8_t *found = NULL;

	for (size_t i = 0; i + 4 <= btf.size; i += 4) {
		if (le32_get(object + btf.offset + i) != mark)
			continue;
		assert(!found);
		found = object + btf.offset + i;
	}
	assert(found);
	le32_put(found, size);
}

static void
put_number(uint8_t *p, size_t size, uint64_t v)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

#define PUT_MEMBER(type, name, value)                                    \
	put_number(p + offsetof(struct cnpc_config, name), sizeof(type), \
	    c->name);

static void
set_config(uint8_t *object, struct range at, const struct cnpc_config *c)
{
	uint8_t *p = object + at.offset;

	assert(at.size == sizeof(*c));
	CNPC_CONFIG(PUT_MEMBER)
}

struct str
program_make(struct arena *a, const struct program_params *params)
{
	const struct map_layout *layout = map_layout(params->cilium);
	size_t size = *layout->template_size;
	char *copy = arena_dup(a, (const char *)layout->template, size);
	uint8_t *object = (uint8_t *)copy;
	struct range btf, config;
	unsigned version = elf_version(EV_CURRENT);
	Elf *elf = elf_memory(copy, size);

	if (!elf)
		arena_exhausted();
	assert(version != EV_NONE && elf_kind(elf) == ELF_K_ELF);
	btf = find_section(elf, ".BTF");
	config = find_symbol(elf, "cnpc_config", find_section(elf, ".rodata"));
	elf_end(elf);
	assert(params->policy_entries > 0 && params->ipcache_entries > 0);
	set_size(object, btf, CNPC_POLICY_SIZE_MARK, params->policy_entries);
	set_size(object, btf, CNPC_IPCACHE_SIZE_MARK, params->ipcache_entries);
	set_config(object, config, &params->config);
	return (struct str){copy, size};
}

#define CONFIG_VALUE(type, name, value) .name = (value),

const struct cnpc_config program_config = {CNPC_CONFIG(CONFIG_VALUE)};

void
program_params_of(struct program_params *ret, struct arena *scratch,
    const struct image *policy, uint32_t ipcache_entries,
    const struct cluster_traits *traits)
{
	struct policy_table t;
	uint32_t world[2];

	/* Rows tell as well as entries: only any identity is number 0. */
	policy_table_read(&t, scratch, policy);
	sec_id_worlds(traits->family, world);
	*ret = (struct program_params){
	    .config = program_config,
	    .cilium = policy->cilium,
	    .policy_entries = policy->max_entries,
	    .ipcache_entries = ipcache_entries,
	};
	ret->config.world_ipv4 = world[0];
	ret->config.world_ipv6 = world[1];
	ret->config.ipv4 = traits->family[0];
	ret->config.ipv6 = traits->family[1];
	ret->config.sctp = traits->sctp;
	ret->config.extended = traits->other_transports;
	ret->config.ingress = !policy_open(&t, DIR_INGRESS);
	ret->config.egress = !policy_open(&t, DIR_EGRESS);
}

const char *
program_name(struct arena *a, struct str bytes)
{
	char hash[HASH_STRLEN];

	hash_text(bytes, hash);
	return arena_printf(a, BUNDLE_PROGRAM "%.*s.bpf.o", NAME_DIGITS, hash);
}
