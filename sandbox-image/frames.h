#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEADER = 9, MAX_PAYLOAD = 1 << 20 };

/* Ends the sandbox; the worker reads why. */
_Noreturn void die(const char *why);

uint32_t get32(const uint8_t *at);
void put32(uint8_t *at, uint32_t value);
/* A copy of the next length-prefixed string of a payload. */
char *take_string(const uint8_t **at, const uint8_t *end);

void send_frame(char type, uint32_t id, const void *payload, size_t length);
/* A frame whose payload is one number. */
void send_count(char type, uint32_t id, size_t count);
void flush_outbound(void);
bool anything_to_send(void);
/* Too much waits for the worker already: make no more that could wait too. */
bool worker_is_behind(void);

/* Reads what has come and gives every whole frame to `take`. */
void read_frames(void (*take)(char type, uint32_t id, const uint8_t *payload, size_t length));
