import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workspace } from "../../src/ports/sandbox.ts";
import { sandboxBench, script, textOf } from "../support/docker.ts";
import type { SandboxBench } from "../support/docker.ts";

const never = new AbortController().signal;

/**
 * Each line tries one thing that must not work and prints its name if it did. FILTERED is for calls that the filter refuses: any other
 * cause than its own would mean that the kernel had looked at the call.
 */
const PROBES = String.raw`
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>
static int tried;
#define MUST_FAIL(name, call) do { errno = 0; tried++; if ((long)(call) >= 0) printf("possible: %s\n", name); } while (0)
#define FILTERED(name, call) do { \
  errno = 0; tried++; long answer = (long)(call); int why = errno; \
  if (answer >= 0) printf("possible: %s\n", name); \
  else if (why != EPERM && why != ENOSYS) printf("possible: %s came as far as the kernel: %s\n", name, strerror(why)); \
} while (0)
int main(void) {
  char buffer[256] = {0}; struct iovec piece = {buffer, sizeof buffer};
  FILTERED("AF_ALG", socket(38, SOCK_SEQPACKET, 0));
  FILTERED("AF_VSOCK", socket(40, SOCK_STREAM, 0));
  FILTERED("AF_PACKET", socket(17, SOCK_RAW, 0));
  FILTERED("AF_BLUETOOTH", socket(31, SOCK_RAW, 1));
  FILTERED("AF_XDP", socket(44, SOCK_RAW, 0));
  MUST_FAIL("raw IPv4", socket(AF_INET, SOCK_RAW, 1));
  MUST_FAIL("raw IPv6", socket(AF_INET6, SOCK_RAW, 58));
  FILTERED("netlink audit", socket(AF_NETLINK, SOCK_RAW, 9));
  FILTERED("netlink netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
  FILTERED("io_uring_setup", syscall(425, 8, buffer));
  FILTERED("io_uring_enter", syscall(426, 0, 0, 0, 0, 0));
  FILTERED("io_uring_register", syscall(427, 0, 0, 0, 0));
  FILTERED("unshare user", unshare(CLONE_NEWUSER));
  FILTERED("unshare net", unshare(CLONE_NEWNET));
  FILTERED("clone user namespace", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  FILTERED("clone3", syscall(435, buffer, 64));
  FILTERED("setns", setns(open("/proc/1/ns/net", O_RDONLY), 0));
  FILTERED("mount tmpfs", mount("none", "/tmp", "tmpfs", 0, ""));
  FILTERED("bind mount", mount("/etc", "/tmp", "", MS_BIND, ""));
  FILTERED("remount", mount("", "/", "", MS_REMOUNT, ""));
  FILTERED("umount", umount2("/workspace", MNT_DETACH));
  FILTERED("fsopen", syscall(430, "tmpfs", 0));
  FILTERED("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  FILTERED("chroot", chroot("/tmp"));
  FILTERED("bpf", syscall(SYS_bpf, 0, buffer, sizeof buffer));
  FILTERED("perf_event_open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
  FILTERED("userfaultfd", syscall(SYS_userfaultfd, 1));
  FILTERED("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  FILTERED("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -2));
  FILTERED("request_key", syscall(SYS_request_key, "user", "x", 0, -2));
  FILTERED("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, buffer, O_RDONLY));
  FILTERED("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", buffer, buffer, 0));
  FILTERED("ptrace self", ptrace(PTRACE_TRACEME, 0, 0, 0));
  FILTERED("ptrace PID 1", ptrace(PTRACE_ATTACH, 1, 0, 0));
  FILTERED("process_vm_readv", process_vm_readv(1, &piece, 1, &piece, 1, 0));
  FILTERED("pidfd_getfd", syscall(438, syscall(434, 1, 0), 0, 0));
  MUST_FAIL("device node", mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3)));
  FILTERED("kernel module", syscall(SYS_finit_module, 0, "", 0));
  FILTERED("kexec", syscall(SYS_kexec_load, 0, 0, 0, 0));
  FILTERED("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, 0));
  FILTERED("set time", syscall(SYS_clock_settime, 0, buffer));
  FILTERED("set host name", sethostname("x", 1));
  MUST_FAIL("become root", setuid(0));
  MUST_FAIL("root group", setgid(0));
  FILTERED("limits of PID 1", ({ struct rlimit l = {1, 1}; prlimit(1, RLIMIT_CPU, &l, 0); }));
  MUST_FAIL("memory of PID 1", open("/proc/1/mem", O_RDWR));
  MUST_FAIL("environment of PID 1", open("/proc/1/environ", O_RDONLY));
  MUST_FAIL("output of PID 1", open("/proc/1/fd/1", O_WRONLY));
  MUST_FAIL("maps of PID 1", read(open("/proc/1/maps", O_RDONLY), buffer, 1) - 1);
  MUST_FAIL("root of PID 1", open("/proc/1/root/etc/hostname", O_RDONLY));
  MUST_FAIL("core pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
  MUST_FAIL("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
  MUST_FAIL("kernel memory", open("/proc/kcore", O_RDWR));
  MUST_FAIL("cgroup", open("/sys/fs/cgroup/memory/release_agent", O_WRONLY));
  MUST_FAIL("write to the root file system", open("/usr/bin/planted", O_CREAT | O_WRONLY, 0755));
  MUST_FAIL("replace PID 1's program", open("/usr/local/bin/channel", O_WRONLY));
  MUST_FAIL("write to /etc", open("/etc/passwd", O_WRONLY));
  MUST_FAIL("write to /run", open("/run/x", O_CREAT | O_WRONLY, 0644));
  printf("tried %d\n", tried);
  return 0;
}
`;

/** Connects from the host, and waits until the other side has hung up. */
async function reach(host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  socket.resume();
  await once(socket, "close");
}

describe.each(["overlay", "archive"] as const)("from inside a sandbox (%s)", (strategy) => {
  let bench: SandboxBench;
  let workspace: Workspace;
  const server: { listening?: Server; connections: number } = { connections: 0 };

  beforeAll(async () => {
    bench = await sandboxBench({ strategy });
    const opened = await bench.sandbox.open(
      bench.spec(await bench.tree({ "probe.c": PROBES }), { memoryMb: 2048 }),
      never,
    );
    workspace = opened.workspace;
    server.listening = createServer((socket) => {
      server.connections++;
      socket.destroy();
    }).listen(0, "0.0.0.0");
    await new Promise((done) => server.listening?.once("listening", done));
  });
  afterAll(async () => {
    server.listening?.close();
    await bench.clean();
  });

  const says = async (text: string): Promise<string> => textOf((await workspace.run(script(text), never)).stdout);

  test("S63 none of the kernel's doors opens", async () => {
    const answer = await says("gcc -w -o /tmp/probe probe.c && /tmp/probe");
    expect(answer.match(/tried (\d+)/)?.[1]).toBe(String(PROBES.match(/^ {2}(?:MUST_FAIL|FILTERED)\(/gm)?.length));
    expect(answer.match(/possible: .*/g)).toBeNull();
  });

  test("S63 no capability, no new privileges, a filter, and no program that runs as its owner", async () => {
    const status = await says("cat /proc/self/status");
    expect(status).toMatch(/CapBnd:\s+0{16}\n/);
    expect(status).toMatch(/CapEff:\s+0{16}\n/);
    expect(status).toMatch(/NoNewPrivs:\s+1\n/);
    expect(status).toMatch(/Seccomp:\s+2\n/);
    expect(await says("id -u; find / -xdev -perm /6000 -type f 2> /dev/null")).toBe("10001\n");
  });

  test("S77 there is one interface, lo, with its name, and no route off it", async () => {
    const answer = await says("ls /sys/class/net; tail -n +2 /proc/net/route; grep nameserver /etc/resolv.conf");
    expect(answer).toBe("lo\nnameserver 127.0.0.1\n");
    expect(await says("getent hosts localhost | grep -c localhost")).toBe("1\n");
  });

  test("S67 S77 S83 nothing answers: not the host, not its engine, not the cloud's metadata, not a name server", async () => {
    const address = server.listening?.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    // The control: on each of the host's addresses the listener answers the host itself.
    const own = Object.values(networkInterfaces()).flatMap((each = []) =>
      each.filter(({ family }) => family === "IPv4"),
    );
    for (const { address: at } of own) await reach(at, port);
    expect(server.connections).toBe(own.length);
    expect(own.length).toBeGreaterThan(0);

    const targets = [
      ...own.map(({ address: at }) => [at, port]),
      ["172.17.0.1", port],
      ["172.17.0.1", 2375],
      ["172.17.0.1", 6379],
      ["127.0.0.1", port],
      ["127.0.0.1", 3128],
      ["169.254.169.254", 80],
      ["1.1.1.1", 443],
      ["8.8.8.8", 53],
      ["fd00:ec2::254", 80],
      ["::1", port],
    ];
    const python = `
import socket
for host, port in ${JSON.stringify(targets)}:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        if kind == socket.SOCK_DGRAM and host in ("127.0.0.1", "::1"): continue
        s = socket.socket(family, kind); s.settimeout(2)
        try: s.connect((host, port)); s.send(b"x"); print("reached", host, port, kind)
        except OSError: pass
for name in ("registry.npmjs.org", "host.docker.internal", "metadata.google.internal"):
    try: print("resolved", name, socket.getaddrinfo(name, 80))
    except OSError: pass
try:
    s = socket.socket(socket.AF_UNIX); s.connect("\\0/containerd-shim/x"); print("abstract socket")
except OSError: pass
print("done")`;
    const result = await workspace.run({ argv: ["python3", "-c", python], timeoutMs: 60_000 }, never);
    expect(textOf(result.stdout)).toBe("done\n");
    expect(await says("curl -sS -m 3 https://registry.npmjs.org > /dev/null 2>&1; echo $?")).not.toBe("0\n");
    expect(await says("git ls-remote https://github.com/a/b > /dev/null 2>&1; echo $?")).not.toBe("0\n");
    expect(server.connections, "none but the host's own").toBe(own.length);
  });

  test("S67 no engine socket, no proxy socket, no file of the host", async () => {
    expect(await says("find / -name '*.sock' -not -path '/proc/*' 2> /dev/null")).toBe("");
    expect(await says("ls /host /mnt /media /root /home 2> /dev/null | grep -v : | tr -d '\\n'")).toBe("");
    expect(await says(`ls ${bench.dataDir} 2>&1 | grep -c 'No such file'`)).toBe("1\n");
    const mounts = await says("awk '{print $2}' /proc/self/mounts | grep -v -E '^/(proc|sys|dev)(/|$)' | sort");
    expect(mounts).toBe("/\n/etc/hostname\n/etc/hosts\n/etc/resolv.conf\n/tmp\n/workspace\n");
  });

  test("no credential is in the environment", async () => {
    const names = (await says("env -0 | tr '\\0' '\\n' | cut -d= -f1")).trim().split("\n").toSorted();
    expect(names).toEqual(
      ["CI", "GIT_TERMINAL_PROMPT", "HOME", "HOSTNAME", "LANG", "PATH", "PWD", "SHLVL", "_"].toSorted(),
    );
  });

  test("S63 PID 1 cannot be ended, stopped or spoken for by what runs in the sandbox", async () => {
    await says("for s in TERM HUP INT QUIT KILL STOP TSTP USR1 SEGV CHLD PIPE; do kill -$s 1; done");
    expect(await says("echo still here")).toBe("still here\n");
  });

  test("S68 S70 memory, processes, files and /tmp are bounded", async () => {
    expect(await says("ulimit -c; ulimit -n; ulimit -f")).toBe("0\n4096\n1048576\n");
    expect(await says("head -c 600M /dev/zero > /tmp/big; stat -c %s /tmp/big | wc -c; rm /tmp/big")).toContain(
      "No space left on device",
    );
    const many = `python3 -c "import os; [os.mknod(f'/tmp/{n}') for n in range(300000)]"; rm -rf /tmp/*`;
    expect(await says(many)).toContain("No space left on device");
    expect(await says("cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2> /dev/null")).toBe("512\n");
  });
});
