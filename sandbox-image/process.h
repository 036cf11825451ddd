#pragma once
#include <stdint.h>
#include <sys/types.h>

enum { FLAG_SEPARATE = 1, FLAG_STDIN = 2 };

/* Starts a program in a session of its own and opens our ends of its pipes, non-blocking. The pid, or -1 with errno. */
pid_t spawn(char **argv, const char *cwd, uint8_t flags, int *in, int *out, int *err);
void close_if_open(int *descriptor);
/* How often the kernel killed something here for lack of memory: cgroup v2, else v1, else never. */
uint64_t read_oom_kills(void);
/* Milliseconds of a clock that only goes forward. */
uint64_t now_ms(void);
