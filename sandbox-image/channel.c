/*
 * PID 1 of a sandbox: runs commands on behalf of the worker that holds the other end of standard input and output.
 *   channel           runs commands
 *   channel egress    also carries connections to 127.0.0.1:3128 to the worker (egress.c); while dependencies are installed
 *
 * It owns the processes of the sandbox. The worker owns everything else: what to run, what the bytes mean, when to stop.
 *
 * Invariants
 *   1. Nothing outlives its tool call: when the last running command ends, every other process is killed and reaped
 *      before the command's result is sent.
 *   2. No command can reach this process: it is not dumpable (so /proc/1/mem, fd and environ are closed to its own uid),
 *      its descriptors close on exec, and the kernel drops signals sent to PID 1 from inside.
 *   3. It never blocks on a command or on the worker: all descriptors are non-blocking, and command output is not read
 *      while the worker is behind. Time limits hold meanwhile.
 *   4. End of input, or anything malformed, ends it, and with it the sandbox.
 *
 * Frames both ways: u32 payload length, u8 type, u32 command or connection id, payload; all numbers big-endian.
 *   in   R run      u8 flags, u32 timeout ms, u32 output cap in bytes (0: none), u32 argc, then cwd and argv, each u32 length + bytes
 *        I stdin    bytes; empty closes it. At most WINDOW bytes may be unacknowledged
 *        K kill     one command
 *        A all      kill everything
 *   out  H hello    u8 protocol version
 *        O, E       bytes of stdout (or both, merged) and of stderr
 *        W window   u32 bytes of stdin that were taken
 *        X exit     u8 how it ended, u8 whether the kernel ran out of memory, u32 exit code, u32 duration in ms
 *        A all      everything is gone
 *        C connect  a connection was accepted
 *   both D data     bytes of a connection, as many as the other side has granted: WINDOW of egress.c to begin with
 *        G grant    u32 bytes of it that were taken
 *        F finish   no more bytes this way. From the worker: the connection ends once the program has the last of them
 *        Z closed   the connection is over
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "commands.h"
#include "egress.h"
#include "frames.h"

enum { POLLED_OWN = 3 };

static void take_frame(char type, uint32_t id, const uint8_t *payload, size_t length) {
  switch (type) {
    case 'R': run_command(id, payload, length); break;
    case 'I': take_input(id, payload, length); break;
    case 'K': kill_command(id); break;
    case 'A':
      kill_commands();
      send_frame('A', id, NULL, 0);
      break;
    default:
      if (!take_connection_frame(type, id, payload, length)) die("unknown frame");
  }
}

/* A descriptor on which the end of a child can be waited for. */
static int watch_children(void) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children < 0) die("signalfd");
  return children;
}

static void reap_children(int children) {
  struct signalfd_siginfo ignored;
  while (read(children, &ignored, sizeof ignored) > 0) continue;
  reap();
  finish_exited();
}

int main(int count, char **arguments) {
  prctl(PR_SET_DUMPABLE, 0);
  mkdir("/tmp/home", 0700);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  int children = watch_children();
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  if (count == 2 && strcmp(arguments[1], "egress") == 0) open_egress();
  else if (count != 1) die("usage: channel [egress]");
  send_frame('H', 0, "\2", 1);

  for (;;) {
    struct pollfd polled[POLLED_OWN + POLLED_COMMANDS + POLLED_EGRESS];
    bool behind = worker_is_behind();
    polled[0] = (struct pollfd){.fd = behind ? -1 : STDIN_FILENO, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = STDOUT_FILENO, .events = anything_to_send() ? POLLOUT : 0};
    polled[2] = (struct pollfd){.fd = children, .events = POLLIN};
    poll_commands(polled + POLLED_OWN, behind);
    poll_egress(polled + POLLED_OWN + POLLED_COMMANDS, behind);
    if (poll(polled, sizeof polled / sizeof *polled, enforce_deadlines()) < 0 && errno != EINTR) die("poll");
    serve_commands(polled + POLLED_OWN);
    serve_egress(polled + POLLED_OWN + POLLED_COMMANDS);
    if (polled[2].revents) reap_children(children);
    if (polled[1].revents & (POLLERR | POLLHUP)) _exit(0);
    if (polled[0].revents) read_frames(take_frame);
    flush_outbound();
  }
}
