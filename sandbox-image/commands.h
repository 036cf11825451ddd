#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_COMMANDS = 64, POLLED_PER_COMMAND = 3, POLLED_COMMANDS = POLLED_PER_COMMAND * MAX_COMMANDS };

void run_command(uint32_t id, const uint8_t *payload, size_t length);
void take_input(uint32_t id, const uint8_t *payload, size_t length);
void kill_command(uint32_t id);
/* Ends every process but this one, and every command with it. */
void kill_commands(void);

/* Reaps what has ended; false when no child is left at all. */
bool reap(void);
void finish_exited(void);
/* Stops what has had its time; milliseconds until the next one has. */
int enforce_deadlines(void);

/* Fills in POLLED_COMMANDS entries, and serves them after the poll. */
void poll_commands(struct pollfd *polled, bool behind);
void serve_commands(const struct pollfd *polled);
