/*
 * PID 1 of a sandbox: runs commands on behalf of the worker that holds the other end of standard input and output.
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
 * Frames both ways: u32 payload length, u8 type, u32 command id, payload; all numbers big-endian.
 *   in   R run      u8 flags, u32 timeout ms, u32 output cap in bytes (0: none), u32 argc, then cwd and argv, each u32 length + bytes
 *        I stdin    bytes; empty closes it. At most WINDOW bytes may be unacknowledged
 *        K kill     one command
 *        A all      kill everything
 *   out  H hello    u8 protocol version
 *        O, E       bytes of stdout (or both, merged) and of stderr
 *        W window   u32 bytes of stdin that were taken
 *        X exit     u8 how it ended, u8 whether the kernel ran out of memory, u32 exit code, u32 duration in ms
 *        A all      everything is gone
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 9, MAX_PAYLOAD = 1 << 20, WINDOW = 256 << 10, CHUNK = 64 << 10, BEHIND = 256 << 10, MAX_COMMANDS = 64 };
enum { FLAG_SEPARATE = 1, FLAG_STDIN = 2 };
enum ended { RUNNING, EXITED, TIMED_OUT, OUTPUT_LIMIT, KILLED, NOT_STARTED };

struct command {
  bool used, exited;
  enum ended ended;
  uint32_t id, cap, timeout;
  pid_t pid;
  int in, out, err, status;
  uint64_t started, total;
  char *input;
  size_t input_at, input_length;
  bool input_closing;
};

static struct command commands[MAX_COMMANDS];
static uint8_t inbound[HEADER + MAX_PAYLOAD];
static size_t inbound_length;
static uint8_t *outbound;
static size_t outbound_at, outbound_length, outbound_room;
static uint64_t oom_kills;

static void die(const char *why) {
  fprintf(stderr, "channel: %s\n", why);
  _exit(70);
}

static uint64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static uint32_t get32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value) {
  for (int byte = 0; byte < 4; byte++) at[byte] = (uint8_t)(value >> (24 - 8 * byte));
}

static void send_frame(char type, uint32_t id, const void *payload, size_t length) {
  if (outbound_at == outbound_length) outbound_at = outbound_length = 0;
  if (outbound_length + HEADER + length > outbound_room) {
    memmove(outbound, outbound + outbound_at, outbound_length - outbound_at);
    outbound_length -= outbound_at;
    outbound_at = 0;
    while (outbound_length + HEADER + length > outbound_room) outbound_room = outbound_room ? outbound_room * 2 : 4 * CHUNK;
    outbound = realloc(outbound, outbound_room);
    if (!outbound) die("out of memory");
  }
  uint8_t *at = outbound + outbound_length;
  put32(at, (uint32_t)length);
  at[4] = (uint8_t)type;
  put32(at + 5, id);
  if (length) memcpy(at + HEADER, payload, length);
  outbound_length += HEADER + length;
}

static void flush_outbound(void) {
  while (outbound_at < outbound_length) {
    ssize_t wrote = write(STDOUT_FILENO, outbound + outbound_at, outbound_length - outbound_at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) return;
    if (wrote < 0) _exit(0);
    outbound_at += (size_t)wrote;
  }
}

static void send_window(uint32_t id, size_t taken) {
  uint8_t payload[4];
  put32(payload, (uint32_t)taken);
  send_frame('W', id, payload, sizeof payload);
}

/* How often the kernel killed something here for lack of memory: cgroup v2, else v1, else never. */
static uint64_t read_oom_kills(void) {
  static const char *const paths[] = {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"};
  for (size_t which = 0; which < 2; which++) {
    int file = open(paths[which], O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    char text[512] = {0};
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    const char *found = length > 0 ? strstr(text, "oom_kill ") : NULL;
    if (found) return strtoull(found + 9, NULL, 10);
  }
  return 0;
}

static struct command *find(uint32_t id) {
  for (int slot = 0; slot < MAX_COMMANDS; slot++)
    if (commands[slot].used && commands[slot].id == id) return &commands[slot];
  return NULL;
}

static int running(void) {
  int count = 0;
  for (int slot = 0; slot < MAX_COMMANDS; slot++) count += commands[slot].used && !commands[slot].exited;
  return count;
}

static void close_if_open(int *descriptor) {
  if (*descriptor >= 0) close(*descriptor);
  *descriptor = -1;
}

static void stop(struct command *command, enum ended ended) {
  if (command->ended == RUNNING) command->ended = ended;
  if (command->exited) return;
  if (running() == 1) kill(-1, SIGKILL);
  /* The group may not exist yet, so the process itself as well. */
  kill(-command->pid, SIGKILL);
  kill(command->pid, SIGKILL);
}

/* Reaps what has ended; false when no child is left at all. */
static bool reap(void) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return pid == 0;
    for (int slot = 0; slot < MAX_COMMANDS; slot++) {
      struct command *command = &commands[slot];
      if (!command->used || command->exited || command->pid != pid) continue;
      command->exited = true;
      command->status = status;
    }
  }
}

static void kill_everything(void) {
  const struct timespec pause = {.tv_nsec = 500000};
  for (int round = 0; round < 10000; round++) {
    kill(-1, SIGKILL);
    if (!reap()) return;
    nanosleep(&pause, NULL);
  }
  die("a process cannot be killed");
}

/* Passes on what a pipe holds, at most one chunk; false when there is no more now. */
static bool forward_output(struct command *command, int *pipe, char type) {
  static uint8_t chunk[CHUNK];
  ssize_t length = read(*pipe, chunk, sizeof chunk);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (length <= 0) {
    close_if_open(pipe);
    return false;
  }
  size_t keep = (size_t)length;
  if (command->cap && command->total + keep > command->cap) {
    keep = command->total < command->cap ? (size_t)(command->cap - command->total) : 0;
    stop(command, OUTPUT_LIMIT);
  }
  command->total += (size_t)length;
  if (keep) send_frame(type, command->id, chunk, keep);
  return true;
}

static void drop_input(struct command *command) {
  if (command->input_length > command->input_at) send_window(command->id, command->input_length - command->input_at);
  command->input_at = command->input_length = 0;
  close_if_open(&command->in);
}

static void send_exit(uint32_t id, enum ended ended, bool oom, int status, uint64_t duration) {
  uint8_t payload[10] = {(uint8_t)ended, oom};
  put32(payload + 2, (uint32_t)(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)));
  put32(payload + 6, (uint32_t)duration);
  send_frame('X', id, payload, sizeof payload);
}

static void finish(struct command *command) {
  /* A process that left the group may still hold the pipe, so read no more than a full pipe. */
  for (int rounds = 0; rounds < 32 && command->out >= 0 && forward_output(command, &command->out, 'O'); rounds++) continue;
  for (int rounds = 0; rounds < 32 && command->err >= 0 && forward_output(command, &command->err, 'E'); rounds++) continue;
  drop_input(command);
  close_if_open(&command->out);
  close_if_open(&command->err);
  free(command->input);
  bool failed = command->status != 0;
  uint64_t kills = failed ? read_oom_kills() : oom_kills;
  bool oom = kills > oom_kills;
  oom_kills = kills;
  send_exit(command->id, command->ended == RUNNING ? EXITED : command->ended, oom, command->status,
            now_ms() - command->started);
  memset(command, 0, sizeof *command);
}

static void finish_exited(void) {
  bool any = false;
  for (int slot = 0; slot < MAX_COMMANDS; slot++) any = any || (commands[slot].used && commands[slot].exited);
  if (!any) return;
  if (running() == 0) kill_everything();
  for (int slot = 0; slot < MAX_COMMANDS; slot++) {
    struct command *command = &commands[slot];
    if (!command->used || !command->exited) continue;
    if (running() > 0) kill(-command->pid, SIGKILL);
    finish(command);
  }
}

static void become(char **argv, const char *cwd, int in, int out, int err) {
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(126);
  if (chdir("/workspace") < 0 || (*cwd && chdir(cwd) < 0)) {
    dprintf(2, "%s: %s\n", *cwd ? cwd : "/workspace", strerror(errno));
    _exit(126);
  }
  execvp(argv[0], argv);
  dprintf(2, "%s: %s\n", argv[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

static bool open_pipe(int *ours, int *theirs, bool reading) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  *ours = ends[reading ? 0 : 1];
  *theirs = ends[reading ? 1 : 0];
  fcntl(*ours, F_SETFL, O_NONBLOCK);
  return true;
}

static bool start(struct command *command, char **argv, const char *cwd, uint8_t flags) {
  int in = -1, out = -1, err = -1;
  bool ready = open_pipe(&command->out, &out, true);
  if (ready && flags & FLAG_SEPARATE) ready = open_pipe(&command->err, &err, true);
  if (ready && flags & FLAG_STDIN) ready = open_pipe(&command->in, &in, false);
  if (ready && !(flags & FLAG_STDIN)) ready = (in = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;
  if (ready) {
    command->pid = fork();
    if (command->pid == 0) become(argv, cwd, in, out, err >= 0 ? err : out);
    ready = command->pid > 0;
  }
  close_if_open(&in);
  close_if_open(&out);
  close_if_open(&err);
  return ready;
}

/* A copy of the next length-prefixed string of the payload. */
static char *take_string(const uint8_t **at, const uint8_t *end) {
  if (end - *at < 4) die("short frame");
  uint32_t length = get32(*at);
  *at += 4;
  if ((size_t)(end - *at) < length) die("short frame");
  char *text = strndup((const char *)*at, length);
  if (!text) die("out of memory");
  *at += length;
  return text;
}

static void run(uint32_t id, const uint8_t *payload, size_t length) {
  const uint8_t *at = payload + 13, *end = payload + length;
  if (length < 13 || find(id)) die("bad run frame");
  uint32_t count = get32(payload + 9);
  if (count == 0 || count > length / 4) die("bad run frame");
  char *cwd = take_string(&at, end);
  char **argv = calloc(count + 1, sizeof *argv);
  if (!argv) die("out of memory");
  for (uint32_t argument = 0; argument < count; argument++) argv[argument] = take_string(&at, end);

  struct command *command = NULL;
  for (int slot = 0; slot < MAX_COMMANDS && !command; slot++)
    if (!commands[slot].used) command = &commands[slot];
  if (running() == 0) oom_kills = read_oom_kills();
  bool started = false;
  if (command) {
    *command = (struct command){.id = id, .timeout = get32(payload + 1), .cap = get32(payload + 5), .in = -1, .out = -1, .err = -1};
    command->started = now_ms();
    started = start(command, argv, cwd, payload[0]);
    command->used = started;
  }
  if (!started) {
    const char *why = command ? strerror(errno) : "too many commands at once";
    send_frame('O', id, why, strlen(why));
    send_exit(id, NOT_STARTED, false, 0, 0);
    if (command) close_if_open(&command->in), close_if_open(&command->out), close_if_open(&command->err);
  }
  for (uint32_t argument = 0; argument < count; argument++) free(argv[argument]);
  free(argv);
  free(cwd);
}

static void feed(struct command *command) {
  while (command->in >= 0 && command->input_at < command->input_length) {
    ssize_t wrote = write(command->in, command->input + command->input_at, command->input_length - command->input_at);
    if (wrote < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (wrote < 0) {
      drop_input(command);
      return;
    }
    command->input_at += (size_t)wrote;
    send_window(command->id, (size_t)wrote);
  }
  if (command->input_at == command->input_length && command->input_closing) close_if_open(&command->in);
}

static void take_input(uint32_t id, const uint8_t *payload, size_t length) {
  struct command *command = find(id);
  if (!command || command->in < 0) {
    if (length) send_window(id, length);
    return;
  }
  if (length == 0) command->input_closing = true;
  if (!command->input && !(command->input = malloc(WINDOW))) die("out of memory");
  memmove(command->input, command->input + command->input_at, command->input_length - command->input_at);
  command->input_length -= command->input_at;
  command->input_at = 0;
  if (command->input_length + length > WINDOW) die("stdin window exceeded");
  if (length) memcpy(command->input + command->input_length, payload, length);
  command->input_length += length;
  feed(command);
}

static void take_frame(char type, uint32_t id, const uint8_t *payload, size_t length) {
  struct command *command;
  switch (type) {
    case 'R': run(id, payload, length); break;
    case 'I': take_input(id, payload, length); break;
    case 'K':
      if ((command = find(id))) stop(command, KILLED);
      break;
    case 'A':
      for (int slot = 0; slot < MAX_COMMANDS; slot++)
        if (commands[slot].used) stop(&commands[slot], KILLED);
      kill_everything();
      finish_exited();
      send_frame('A', id, NULL, 0);
      break;
    default: die("unknown frame");
  }
}

static void read_frames(void) {
  ssize_t got = read(STDIN_FILENO, inbound + inbound_length, sizeof inbound - inbound_length);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) _exit(0);
  inbound_length += (size_t)got;
  size_t at = 0;
  while (inbound_length - at >= HEADER) {
    size_t length = get32(inbound + at);
    if (length > MAX_PAYLOAD) die("frame too long");
    if (inbound_length - at < HEADER + length) break;
    take_frame((char)inbound[at + 4], get32(inbound + at + 5), inbound + at + HEADER, length);
    at += HEADER + length;
  }
  memmove(inbound, inbound + at, inbound_length - at);
  inbound_length -= at;
}

static int enforce_deadlines(void) {
  uint64_t now = now_ms(), wait = 60000;
  for (int slot = 0; slot < MAX_COMMANDS; slot++) {
    struct command *command = &commands[slot];
    if (!command->used || command->ended != RUNNING) continue;
    uint64_t deadline = command->started + command->timeout;
    if (deadline <= now) stop(command, TIMED_OUT);
    else if (deadline - now < wait) wait = deadline - now;
  }
  return (int)wait;
}

int main(void) {
  prctl(PR_SET_DUMPABLE, 0);
  mkdir("/tmp/home", 0700);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children < 0) die("signalfd");
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  send_frame('H', 0, "\1", 1);

  for (;;) {
    struct pollfd polled[3 + 3 * MAX_COMMANDS];
    bool behind = outbound_length - outbound_at > BEHIND;
    polled[0] = (struct pollfd){.fd = behind ? -1 : STDIN_FILENO, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = STDOUT_FILENO, .events = outbound_at < outbound_length ? POLLOUT : 0};
    polled[2] = (struct pollfd){.fd = children, .events = POLLIN};
    for (int slot = 0; slot < MAX_COMMANDS; slot++) {
      struct command *command = &commands[slot];
      struct pollfd *of = polled + 3 + 3 * slot;
      of[0] = (struct pollfd){.fd = command->used && !behind ? command->out : -1, .events = POLLIN};
      of[1] = (struct pollfd){.fd = command->used && !behind ? command->err : -1, .events = POLLIN};
      of[2] = (struct pollfd){.fd = command->used && command->input_at < command->input_length ? command->in : -1, .events = POLLOUT};
    }
    if (poll(polled, 3 + 3 * MAX_COMMANDS, enforce_deadlines()) < 0 && errno != EINTR) die("poll");
    for (int slot = 0; slot < MAX_COMMANDS; slot++) {
      struct command *command = &commands[slot];
      struct pollfd *of = polled + 3 + 3 * slot;
      if (!command->used) continue;
      if (of[0].revents && command->out >= 0) forward_output(command, &command->out, 'O');
      if (of[1].revents && command->err >= 0) forward_output(command, &command->err, 'E');
      if (of[2].revents && command->in >= 0) feed(command);
    }
    if (polled[2].revents) {
      struct signalfd_siginfo ignored;
      while (read(children, &ignored, sizeof ignored) > 0) continue;
      reap();
      finish_exited();
    }
    if (polled[1].revents & (POLLERR | POLLHUP)) _exit(0);
    if (polled[0].revents) read_frames();
    flush_outbound();
  }
}
