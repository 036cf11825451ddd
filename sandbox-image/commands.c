/*
 * The processes of the sandbox. How a command is started, fed, read, stopped and told of.
 */
#define _GNU_SOURCE
#include "commands.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "frames.h"
#include "process.h"

enum { WINDOW = 256 << 10, CHUNK = 64 << 10 };
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
static uint64_t oom_kills;

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

static void stop(struct command *command, enum ended ended) {
  if (command->ended == RUNNING) command->ended = ended;
  if (command->exited) return;
  if (running() == 1) kill(-1, SIGKILL);
  /* The group may not exist yet, so the process itself as well. */
  kill(-command->pid, SIGKILL);
  kill(command->pid, SIGKILL);
}

/* Reaps what has ended; false when no child is left at all. */
bool reap(void) {
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
  if (command->input_length > command->input_at) send_count('W', command->id, command->input_length - command->input_at);
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

void finish_exited(void) {
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

void run_command(uint32_t id, const uint8_t *payload, size_t length) {
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
    started = (command->pid = spawn(argv, cwd, payload[0], &command->in, &command->out, &command->err)) > 0;
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
    send_count('W', command->id, (size_t)wrote);
  }
  if (command->input_at == command->input_length && command->input_closing) close_if_open(&command->in);
}

void take_input(uint32_t id, const uint8_t *payload, size_t length) {
  struct command *command = find(id);
  if (!command || command->in < 0) {
    if (length) send_count('W', id, length);
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

void kill_command(uint32_t id) {
  struct command *command = find(id);
  if (command) stop(command, KILLED);
}

void kill_commands(void) {
  for (int slot = 0; slot < MAX_COMMANDS; slot++)
    if (commands[slot].used) stop(&commands[slot], KILLED);
  kill_everything();
  finish_exited();
}

int enforce_deadlines(void) {
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

void poll_commands(struct pollfd *polled, bool behind) {
  for (int slot = 0; slot < MAX_COMMANDS; slot++) {
    struct command *command = &commands[slot];
    struct pollfd *of = polled + POLLED_PER_COMMAND * slot;
    of[0] = (struct pollfd){.fd = command->used && !behind ? command->out : -1, .events = POLLIN};
    of[1] = (struct pollfd){.fd = command->used && !behind ? command->err : -1, .events = POLLIN};
    of[2] = (struct pollfd){.fd = command->used && command->input_at < command->input_length ? command->in : -1, .events = POLLOUT};
  }
}

void serve_commands(const struct pollfd *polled) {
  for (int slot = 0; slot < MAX_COMMANDS; slot++) {
    struct command *command = &commands[slot];
    const struct pollfd *of = polled + POLLED_PER_COMMAND * slot;
    if (!command->used) continue;
    if (of[0].revents && command->out >= 0) forward_output(command, &command->out, 'O');
    if (of[1].revents && command->err >= 0) forward_output(command, &command->err, 'E');
    if (of[2].revents && command->in >= 0) feed(command);
  }
}
