/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps that are pinned: those of an agent, by their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/dir.h"
#include "kernel/pinned.h"
#include "node/node.h"

struct live {
	struct node_state *node;
	const char *dir;
	struct node_map *map; /* of the policy map that is read */
	const char *problem;
};

static bool
take_policy(void *arg, const uint8_t *key, const uint8_t *value)
{
	struct live *l = arg;

	l->problem = node_add_policy(l->node, l->map, key, value);
	return !l->problem;
}

static bool
take_ipcache(void *arg, const uint8_t *key, const uint8_t *value)
{
	struct live *l = arg;

	l->problem = node_add_ipcache(l->node, key, value);
	return !l->problem;
}

static bool
take_lxc(void *arg, const uint8_t *key, const uint8_t *value)
{
	struct live *l = arg;

	node_add_lxc(l->node, key, value);
	return true;
}

/* Reads the pin when it is one of those wanted: a dir_entry. */
static int
read_pin(void *arg, int dir, const struct dirent *e)
{
	struct live *l = arg;
	const char *name = e->d_name;
	const struct map_layout *layout = l->node->layout;
	const char *path = arena_printf(l->node->arena, "%s/%s", l->dir, name);
	struct pinned_shape shape = {IPCACHE_KEY_SIZE,
	    layout->ipcache_value_size};
	pinned_entry *take = take_ipcache;

	(void)dir;
	if (l->problem)
		return 0;
	if (str_starts(str_of(name), STR("cilium_policy_v"))) {
		shape = (struct pinned_shape){POLICY_KEY_SIZE,
		    layout->policy_value_size};
		take = take_policy;
		l->map = node_add_map(l->node, node_endpoint_of(name), path);
	} else if (strcmp(name, "cilium_lxc") == 0) {
		shape = (struct pinned_shape){LXC_KEY_SIZE, LXC_VALUE_SIZE};
		take = take_lxc;
	} else if (strcmp(name, layout->ipcache_name) == 0) {
		l->node->has_ipcache = true;
	} else {
		return 0;
	}
	return pinned_read(path, shape, take, l, &l->problem);
}

int
node_read_live(struct node_state *n, const char *dir, const char **ret_problem)
{
	struct live l = {.node = n, .dir = dir};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	*ret_problem = NULL;
	if (fd < 0)
		return errno;
	error = dir_each(fd, read_pin, &l);
	*ret_problem = l.problem;
	return error;
}
