#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_CONNECTIONS = 16, POLLED_EGRESS = 1 + MAX_CONNECTIONS };

/* Begins to listen. Until then this sandbox carries no connection. */
void open_egress(void);

/* A frame of a connection; false when it is of another kind. */
bool take_connection_frame(char type, uint32_t id, const uint8_t *payload, size_t length);

/* Fills in POLLED_EGRESS entries, and serves them after the poll. */
void poll_egress(struct pollfd *polled, bool behind);
void serve_egress(const struct pollfd *polled);
