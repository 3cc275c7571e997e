/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Real packets: the programs on the host's direction of a veth pair, by
 * libbpf's tc interface, between two network namespaces that end with this
 * test.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cnpc_abi.h"
#include "bundle/program.h"
#include "kernel_test.h"
#include "cilium/version.h"

#define POD "10.0.0.1"
#define HOST "10.0.0.2"

enum {
	POD_ID = 256,
	HOST_ID = 1,
	WAIT_SECONDS = 10, /* for a packet that is to come */
};

extern char **environ;

/* The pod may ask the host at 8080, the host may ask the pod at 9090. */
static const struct policy_record entries[] = {
    {DIR_INGRESS, HOST_ID, IPPROTO_UDP, 16, 9090, .precedence = 0xffffff01},
    {DIR_EGRESS, HOST_ID, IPPROTO_UDP, 16, 8080, .precedence = 0xffffff01},
};

static const struct ipcache_record addresses[] = {
    {{IP_V4, 32, {10, 0, 0, 1}}, POD_ID},
    {{IP_V4, 32, {10, 0, 0, 2}}, HOST_ID},
};

static const struct cnpc_config config = {.world_ipv4 = 2,
    .world_ipv6 = 2,
    .hz = 250,
    .ipv4 = 1,
    .ingress = 1,
    .egress = 1};

/* Runs ip(8); the words end with NULL. */
static void
ip(const char *const words[])
{
	pid_t pid;
	int status,
	    error = posix_spawnp(&pid, "ip", NULL, NULL, (char *const *)words,
		environ);

	if (error == ENOENT)
		skip_test("ip(8) of iproute2 is not installed");
	if (error)
		errx(1, "ip: %s", strerrordesc_np(error));
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "ip %s %s failed", words[1], words[2]);
}

#define IP(...) ip((const char *const[]){"ip", __VA_ARGS__, NULL})

/* IPv6 would add packets of its own. */
static void
disable_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY);

	if (fd >= 0) {
		if (write(fd, "1", 1) != 1)
			err(1, "disable_ipv6");
		close(fd);
	}
}

/* A process whose network namespace is the pod's, until it is killed. */
static pid_t
start_pod(int *ret_netns)
{
	char path[64], ready;
	int pipefd[2];
	pid_t pid;

	if (pipe(pipefd) < 0)
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		disable_ipv6();
		if (write(pipefd[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipefd[1]);
	if (read(pipefd[0], &ready, 1) != 1)
		errx(1, "no namespace for the pod");
	close(pipefd[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	*ret_netns = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret_netns < 0)
		err(1, "%s", path);
	return pid;
}

static void
enter(int netns)
{
	if (setns(netns, CLONE_NEWNET) < 0)
		err(1, "setns");
}

static void
load(struct kernel_policy *k, struct arena *a)
{
	struct program_params params = {.cilium = CILIUM_1_20,
	    .config = config,
	    .policy_entries = 2,
	    .ipcache_entries = 2};
	struct image policy, ipcache;
	const char *log = "";
	int fd, error;

	image_put_policy(&policy, a, CILIUM_1_20, entries, 2, 2);
	image_put_ipcache(&ipcache, a, CILIUM_1_20, addresses, 2, 2);
	error = kernel_ipcache_new(CILIUM_1_20, 2, &fd);
	if (!error)
		error = kernel_map_fill(fd, &ipcache);
	if (!error)
		error = kernel_policy_open(k, a, program_make(a, &params),
		    &policy, fd, &log);
	if (error)
		errx(1, "not loaded: %s\n%s", strerrordesc_np(error), log);
	close(fd);
}

static void
attach(int ifindex, enum bpf_tc_attach_point point, int prog)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog);
	int error = bpf_tc_attach(&hook, &opts);

	if (error)
		errx(1, "bpf_tc_attach: %s", strerrordesc_np(-error));
}

static void
attach_both(const struct kernel_policy *k, const char *device)
{
	int ifindex = (int)if_nametoindex(device);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
	    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int error = bpf_tc_hook_create(&hook);

	if (error)
		errx(1, "bpf_tc_hook_create: %s", strerrordesc_np(-error));
	/* The host receives what leaves the pod. */
	attach(ifindex, BPF_TC_INGRESS, k->prog[DIR_EGRESS]);
	attach(ifindex, BPF_TC_EGRESS, k->prog[DIR_INGRESS]);
}

static struct sockaddr_in
address(const char *text, uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
	    .sin_port = htons(port)};

	inet_pton(AF_INET, text, &sin.sin_addr);
	return sin;
}

static int
udp_socket(const char *local, uint16_t port)
{
	struct sockaddr_in sin = address(local, port);
	struct timeval wait = {.tv_sec = WAIT_SECONDS};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		err(1, "socket");
	return fd;
}

static void
send_to(int fd, const char *to, uint16_t port)
{
	struct sockaddr_in sin = address(to, port);

	/* The sender may hear of a drop, or not. */
	if (sendto(fd, "?", 1, 0, (struct sockaddr *)&sin, sizeof(sin)) < 0 &&
	    errno != ENOBUFS && errno != EPERM)
		err(1, "sendto");
}

/*
 * One packet to a port that the policy has not, then one to the port that it
 * has.  They stay in order, so when the second is there the first is lost.
 */
static void
exchange(int from, const char *to, int allowed, uint16_t good, int denied,
    uint16_t bad)
{
	char c;

	send_to(from, to, bad);
	send_to(from, to, good);
	if (recv(allowed, &c, 1, 0) != 1)
		err(1, "an allowed packet did not come through");
	if (recv(denied, &c, 1, MSG_DONTWAIT) >= 0)
		errx(1, "a packet came through that no entry allows");
}

static void
expect(const struct kernel_policy *k, enum direction dir, uint32_t reason,
    uint64_t n)
{
	uint64_t got = packet_count(k, dir, reason);

	if (got != n)
		errx(1, "%s: %llu packets with reason %u, expected %llu",
		    dir == DIR_INGRESS ? "ingress" : "egress",
		    (unsigned long long)got, reason, (unsigned long long)n);
}

int
main(void)
{
	struct arena arena = {0};
	struct kernel_policy k;
	char pid_text[16];
	int host, pod;
	pid_t pid;

	need_kernel();
	need_namespaces(CLONE_NEWNET);
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	pid = start_pod(&pod);
	snprintf(pid_text, sizeof(pid_text), "%d", pid);
	disable_ipv6();
	IP("link", "add", "lxc0", "type", "veth", "peer", "name", "eth0");
	IP("link", "set", "eth0", "netns", pid_text);
	IP("addr", "add", HOST "/24", "dev", "lxc0");
	IP("link", "set", "lxc0", "up");
	enter(pod);
	IP("addr", "add", POD "/24", "dev", "eth0");
	IP("link", "set", "eth0", "up");
	int pod_9090 = udp_socket(POD, 9090);
	int pod_9091 = udp_socket(POD, 9091);
	enter(host);
	int host_8080 = udp_socket(HOST, 8080);
	int host_8081 = udp_socket(HOST, 8081);

	load(&k, &arena);
	attach_both(&k, "lxc0");
	exchange(pod_9090, HOST, host_8080, 8080, host_8081, 8081);
	exchange(host_8080, POD, pod_9090, 9090, pod_9091, 9091);
	expect(&k, DIR_EGRESS, CNPC_ALLOWED, 1);
	expect(&k, DIR_EGRESS, CNPC_NO_ENTRY, 1);
	expect(&k, DIR_INGRESS, CNPC_ALLOWED, 1);
	expect(&k, DIR_INGRESS, CNPC_NO_ENTRY, 1);
	/* The two found each other by ARP. */
	if (packet_count(&k, DIR_EGRESS, CNPC_ARP) == 0)
		errx(1, "no ARP was seen");

	kernel_policy_close(&k);
	arena_free(&arena);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
