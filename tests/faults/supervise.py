# SPDX-License-Identifier: Apache-2.0
"""Runs a program whose N-th system call or allocation fails, or is its end.

The program is preloaded with shim.c. Calls are counted in its main thread,
from the first one of main(), so the N-th is the same in every run."""
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile

RECV, SEND = 0xc0502100, 0xc0182101  # SECCOMP_IOCTL_NOTIF_*
CONTINUE = 1                         # SECCOMP_USER_NOTIF_FLAG_CONTINUE
NOTICE = 80                          # bytes
HANGS = 20                           # seconds that no run takes

# What a call fails with where it is not EIO.
ERRORS = {errno.ENOMEM: "mmap mremap mprotect madvise bpf",
          errno.EMFILE: "open openat openat2 pipe2 dup fcntl socket",
          errno.EAGAIN: "clone clone3",
          errno.ENOSPC: "write mkdirat renameat renameat2",
          errno.ENOLCK: "flock",
          errno.EACCES: "readlink stat lstat"}
ERROR_OF = {name: error for error, names in ERRORS.items()
            for name in names.split()}

_seccomp = ctypes.CDLL("libseccomp.so.2")
_seccomp.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
_libc = ctypes.CDLL(None)
_libc.free.argtypes = [ctypes.c_void_p]
_NATIVE = ctypes.c_uint32(_seccomp.seccomp_arch_native())
_names = {}


def call_name(number):
    if number not in _names:
        p = _seccomp.seccomp_syscall_resolve_num_arch(_NATIVE, number)
        _names[number] = (ctypes.string_at(p).decode() if p else
                          f"call {number}")
        _libc.free(p)
    return _names[number]


def _only_reads(pid, name, notice):
    """Whether a call closes what was not written to. A close that fails closes
    all the same, which cannot be had from here, and a lock would stay."""
    if name != "close":
        return False
    descriptor = struct.unpack_from("=Q", notice, 32)[0]
    try:
        with open(f"/proc/{pid}/fdinfo/{descriptor}") as f:
            flags = int(f.read().split("flags:")[1].split()[0], 8)
    except OSError:
        return True
    return flags & os.O_ACCMODE == os.O_RDONLY


class Run:
    """What came of a run."""

    def __init__(self):
        self.status = self.out = self.err = None
        self.calls = 0  # of the main thread
        self.hit = None  # the name of the call that N was


class Supervisor:
    def __init__(self, shim, cwd):
        self.shim, self.cwd = os.path.abspath(shim), cwd

    def _start(self, argv, run, pass_fds=(), **env):
        """The outputs are files, so that nobody waits for a reader."""
        run.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        return subprocess.Popen(
            argv, cwd=self.cwd, stdin=subprocess.DEVNULL,
            stdout=run.files[0], stderr=run.files[1], pass_fds=pass_fds,
            env={**os.environ, "LD_PRELOAD": self.shim, "LC_ALL": "C", **env})

    @staticmethod
    def _end(process, run):
        try:
            run.status = process.wait(HANGS)
        except subprocess.TimeoutExpired:
            process.kill()
            run.status = process.wait()
        texts = []
        for f in run.files:
            f.seek(0)
            texts.append(f.read().decode())
            f.close()
        run.out, run.err = texts
        if run.status == 99:
            raise RuntimeError(run.err)
        return run

    def plain(self, argv):
        run = Run()
        return self._end(self._start(argv, run), run)

    def fail_allocation(self, argv, n):
        """Lets the N-th allocation fail; hit says whether there was one."""
        run = Run()
        with tempfile.NamedTemporaryFile() as f:
            f.write(struct.pack("=QQ", n, 0))
            f.flush()
            self._end(self._start(argv, run, CNPC_FAULT_ALLOC=f.name), run)
            f.seek(0)
            seen = struct.unpack("=QQ", f.read())[1]
        run.calls = seen
        run.hit = "allocation" if 0 < n <= seen else None
        return run

    def fail_call(self, argv, n, names=None):
        """Lets the N-th call fail, of those with NAMES if there are any."""
        return self._supervise(argv, n, names, None)

    def signal_at(self, argv, n, signum):
        """Sends a signal before the N-th call is made."""
        return self._supervise(argv, n, None, signum)

    def _supervise(self, argv, n, names, signum):
        run = Run()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours, theirs:
            process = self._start(argv, run, (theirs.fileno(),),
                                  CNPC_FAULT_SOCKET=str(theirs.fileno()))
            theirs.close()
            _, fds, _, _ = socket.recv_fds(ours, 1, 1)
            if fds:
                try:
                    self._answer(fds[0], process, run, n, names, signum)
                finally:
                    os.close(fds[0])
        return self._end(process, run)

    @staticmethod
    def _answer(listener, process, run, n, names, signum):
        """Answers until nobody is there to ask."""
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        while True:
            events = poll.poll(1000 * HANGS)
            if not events:
                process.kill()
            if not events or not events[0][1] & select.POLLIN:
                return
            notice = bytearray(NOTICE)
            try:
                fcntl.ioctl(listener, RECV, notice, True)
            except FileNotFoundError:  # ended meanwhile
                continue
            ident, pid, _, number = struct.unpack_from("=QIIi", notice)
            error, flags = 0, CONTINUE
            if pid == process.pid and (
                    not names or call_name(number) in names):
                run.calls += 1
                if run.calls == n:
                    run.hit = call_name(number)
                    if signum is None and not _only_reads(
                            process.pid, run.hit, notice):
                        error = -ERROR_OF.get(run.hit, errno.EIO)
                        flags = 0
                    elif signum is not None:
                        os.kill(process.pid, signum)
            answer = struct.pack("=QqiI", ident, 0, error, flags)
            try:
                fcntl.ioctl(listener, SEND, answer)
            except (FileNotFoundError, OSError) as e:
                if e.errno != errno.ENOENT:
                    raise
            if signum == signal.SIGKILL and run.hit:
                return
