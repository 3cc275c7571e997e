/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that are run: started with posix_spawn(), which copies no memory.
 */
#include "base/program.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int
program_start(char *const *argv, char *const *env, int in, int out,
    pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out,
		    STDOUT_FILENO);
	if (!error)
		error =
		    posix_spawnp(ret_pid, argv[0], &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

unsigned
program_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? (unsigned)WEXITSTATUS(status)
				 : 128 + (unsigned)WTERMSIG(status);
}
