/**
 * The system calls a sandbox may make; every other one fails with EPERM. An allow-list of our own, because the engines'
 * default profiles differ in what they leave open (trust rule D7). Left out on purpose: io_uring, userfaultfd, ptrace,
 * process_vm_*, the key rings, bpf, perf_event_open, handles, mounts, name spaces, kernel modules, clocks, 32-bit calls.
 */
const ALLOWED = {
  files: `access cachestat chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock
    fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr inotify_add_watch
    inotify_init inotify_init1 inotify_rm_watch ioctl lchown lgetxattr link linkat listxattr llistxattr lremovexattr lseek
    lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev
    pwritev2 read readahead readlink readlinkat readv removexattr rename renameat renameat2 rmdir sendfile setxattr splice
    stat statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat
    utimes vmsplice write writev`,
  memory: `brk madvise membarrier mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock munlockall munmap
    memfd_create pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  processes: `arch_prctl capget capset execve execveat exit exit_group fork getcpu getegid geteuid getgid getgroups
    getpgid getpgrp getpid getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid
    landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open pidfd_send_signal prctl rseq seccomp
    set_robust_list set_tid_address get_robust_list setfsgid setfsuid setgid setgroups setpgid setpriority setregid
    setresgid setresuid setreuid setrlimit setsid setuid sysinfo times uname vfork wait4 waitid
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
    ioprio_get ioprio_set`,
  signals: `alarm getitimer kill pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo setitimer sigaltstack signalfd signalfd4 tgkill tkill`,
  waiting: `clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait
    epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 futex futex_requeue futex_wait futex_waitv futex_wake
    getrandom gettimeofday nanosleep poll ppoll pselect6 select time timer_create timer_delete timer_getoverrun
    timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime io_cancel io_destroy io_getevents
    io_pgetevents io_setup io_submit`,
  channels: `accept accept4 bind connect getpeername getsockname getsockopt listen mq_getsetattr mq_notify mq_open
    mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 recvfrom recvmmsg recvmsg semctl semget
    semop semtimedop sendmmsg sendmsg sendto setsockopt shmat shmctl shmdt shmget shutdown`,
} as const;

interface Rule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo: number;
    readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
  }[];
}

const equals = (index: number, value: number) => ({ index, value, valueTwo: 0, op: "SCMP_CMP_EQ" }) as const;

/** Unix, IPv4, IPv6. IPv4 and IPv6 reach nothing but the sandbox's own loopback. */
const SOCKET_FAMILIES = [1, 2, 10];
const NETLINK = 16;
const NETLINK_ROUTE = 0;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NAMESPACE_FLAGS = 0x7e020000;
const ENOSYS = 38;
/** The personalities programs ask for: plain Linux, UNAME26, PER_LINUX32, both, and "what is it now". */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const RULES: readonly Rule[] = [
  {
    names: Object.values(ALLOWED)
      .flatMap((group) => group.split(/\s+/))
      .toSorted(),
    action: "SCMP_ACT_ALLOW",
  },
  ...SOCKET_FAMILIES.map((family): Rule => ({
    names: ["socket"],
    action: "SCMP_ACT_ALLOW",
    args: [equals(0, family)],
  })),
  // Name look-ups list the interfaces through it; no other netlink protocol is of use here.
  { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [equals(0, NETLINK), equals(2, NETLINK_ROUTE)] },
  { names: ["socketpair"], action: "SCMP_ACT_ALLOW", args: [equals(0, 1)] },
  {
    names: ["clone"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
  },
  // Its flags are behind a pointer, out of a filter's sight: "no such call" makes libraries fall back to clone.
  { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ...PERSONALITIES.map((persona): Rule => ({
    names: ["personality"],
    action: "SCMP_ACT_ALLOW",
    args: [equals(0, persona)],
  })),
  // Only its own limits: PID 1 has the same uid.
  { names: ["prlimit64"], action: "SCMP_ACT_ALLOW", args: [equals(0, 0)] },
];

/** The profile in the engine's format. No sub-architectures, so 32-bit entry points are closed. */
export const SECCOMP_PROFILE = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
  ],
  syscalls: RULES,
} as const;
