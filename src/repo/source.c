/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of Flux: whose they are. */
#include "repo/source.h"

#include <string.h>
#include <strings.h>

#include "repo/edit.h"
#include "repo/origin.h"

#define GIT "GitRepository"

static struct str
text_at(const struct ynode *n, const char *path)
{
	return edit_text(edit_find(n, path));
}

static struct str
without(struct str s, const char *suffix)
{
	size_t n = strlen(suffix);

	if (s.n >= n && memcmp(s.s + s.n - n, suffix, n) == 0)
		s.n -= n;
	return s;
}

/*
 * "owner/name" at the end of an address, which may be one of ssh, with a
 * colon; "" for an address with variables.
 */
static struct str
repo_of(struct str url)
{
	size_t i, parts = 0;

	url = without(without(url, "/"), ".git");
	if (url.n == 0 || memchr(url.s, '$', url.n))
		return STR("");
	for (i = url.n; i > 0; i--) {
		if ((url.s[i - 1] == '/' || url.s[i - 1] == ':') &&
		    ++parts == 2)
			break;
	}
	return (struct str){url.s + i, url.n - i};
}

static bool
same_repo(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.s, b.s, a.n) == 0;
}

void
source_repos_init(struct source_repos *s, struct arena *a)
{
	*s = (struct source_repos){.arena = a};
}

/* One name of several addresses says nothing. */
static void
add_repo(struct source_repos *s, struct str name, struct str repo)
{
	VEC_FOREACH (r, &s->v) {
		if (!str_eq(r->name, name))
			continue;
		if (!same_repo(r->repo, repo))
			r->repo = STR("");
		return;
	}
	*vec_push(&s->v, s->arena) = (struct source_repo){name, repo};
}

static void
add_use(struct source_repos *s, struct str name)
{
	VEC_FOREACH (u, &s->uses) {
		if (str_eq(u->name, name)) {
			u->n++;
			return;
		}
	}
	*vec_push(&s->uses, s->arena) = (struct source_use){name, 1};
}

/* The name of the GitRepository that N takes its folder from, or "". */
static struct str
git_of(const struct ynode *n)
{
	return str_is(text_at(n, "spec/sourceRef/kind"), GIT)
	    ? text_at(n, "spec/sourceRef/name")
	    : STR("");
}

void
source_repos_add(struct source_repos *s, const struct ynode *n)
{
	struct str sync = STR(""), name = git_of(n);

	if (origin_is_kind(n, "source.toolkit.fluxcd.io/", GIT))
		add_repo(s, text_at(n, "metadata/name"),
		    repo_of(text_at(n, "spec/url")));
	else if (origin_is_kind(n, "fluxcd.controlplane.io/", "FluxInstance"))
		sync = text_at(n, "spec/sync/url");
	else if (origin_is_kind(n, "helm.toolkit.fluxcd.io/", "HelmRelease"))
		sync = text_at(n, "spec/values/instance/sync/url");
	else if (origin_is(n) && name.n > 0)
		add_use(s, name);
	if (sync.n > 0)
		s->synced = repo_of(sync);
}

/* What is known of the repository NAME, or "". */
static struct str
find_repo(const struct source_repos *s, struct str name)
{
	VEC_FOREACH (r, &s->v) {
		if (str_eq(r->name, name))
			return r->repo;
	}
	return STR("");
}

/* The source that most name, or what bootstrapping calls it. */
static struct str
own_name(const struct source_repos *s)
{
	const struct source_use *best = NULL;

	VEC_FOREACH (u, &s->uses) {
		if (str_is(u->name, "flux-system"))
			return u->name;
		if (!best || u->n > best->n)
			best = u;
	}
	return best ? best->name : STR("");
}

bool
source_is_other(const struct source_repos *s, const struct ynode *n)
{
	struct str name = git_of(n), repo = find_repo(s, name), own, known;

	if (repo.n == 0)
		return false;
	own = own_name(s);
	known = s->synced.n > 0 ? s->synced : find_repo(s, own);
	if (known.n > 0)
		return !same_repo(repo, known);
	return !str_eq(name, own);
}
