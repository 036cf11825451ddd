/*
 * One process of the sandbox, from its pipes to its first instruction.
 */
#define _GNU_SOURCE
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

uint64_t read_oom_kills(void) {
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

void close_if_open(int *descriptor) {
  if (*descriptor >= 0) close(*descriptor);
  *descriptor = -1;
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

pid_t spawn(char **argv, const char *cwd, uint8_t flags, int *ours_in, int *ours_out, int *ours_err) {
  int in = -1, out = -1, err = -1;
  pid_t pid = -1;
  bool ready = open_pipe(ours_out, &out, true);
  if (ready && flags & FLAG_SEPARATE) ready = open_pipe(ours_err, &err, true);
  if (ready && flags & FLAG_STDIN) ready = open_pipe(ours_in, &in, false);
  if (ready && !(flags & FLAG_STDIN)) ready = (in = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;
  if (ready) pid = fork();
  if (pid == 0) become(argv, cwd, in, out, err >= 0 ? err : out);
  int why = errno;
  close_if_open(&in);
  close_if_open(&out);
  close_if_open(&err);
  errno = why;
  return pid;
}
