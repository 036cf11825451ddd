/*
 * The wire to the worker. What is sent waits here until the worker takes it; it is never lost and never blocks.
 */
#define _GNU_SOURCE
#include "frames.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 256 << 10, BEHIND = 256 << 10 };

static uint8_t inbound[HEADER + MAX_PAYLOAD];
static size_t inbound_length;
static uint8_t *outbound;
static size_t outbound_at, outbound_length, outbound_room;

_Noreturn void die(const char *why) {
  fprintf(stderr, "channel: %s\n", why);
  _exit(70);
}

uint32_t get32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void put32(uint8_t *at, uint32_t value) {
  for (int byte = 0; byte < 4; byte++) at[byte] = (uint8_t)(value >> (24 - 8 * byte));
}

char *take_string(const uint8_t **at, const uint8_t *end) {
  if (end - *at < 4) die("short frame");
  uint32_t length = get32(*at);
  *at += 4;
  if ((size_t)(end - *at) < length) die("short frame");
  char *text = strndup((const char *)*at, length);
  if (!text) die("out of memory");
  *at += length;
  return text;
}

void send_frame(char type, uint32_t id, const void *payload, size_t length) {
  if (outbound_at == outbound_length) outbound_at = outbound_length = 0;
  if (outbound_length + HEADER + length > outbound_room) {
    memmove(outbound, outbound + outbound_at, outbound_length - outbound_at);
    outbound_length -= outbound_at;
    outbound_at = 0;
    while (outbound_length + HEADER + length > outbound_room) outbound_room = outbound_room ? outbound_room * 2 : ROOM;
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

void flush_outbound(void) {
  while (outbound_at < outbound_length) {
    ssize_t wrote = write(STDOUT_FILENO, outbound + outbound_at, outbound_length - outbound_at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) return;
    if (wrote < 0) _exit(0);
    outbound_at += (size_t)wrote;
  }
}

void send_count(char type, uint32_t id, size_t taken) {
  uint8_t payload[4];
  put32(payload, (uint32_t)taken);
  send_frame(type, id, payload, sizeof payload);
}

bool worker_is_behind(void) {
  return outbound_length - outbound_at > BEHIND;
}

bool anything_to_send(void) {
  return outbound_at < outbound_length;
}

void read_frames(void (*take)(char type, uint32_t id, const uint8_t *payload, size_t length)) {
  ssize_t got = read(STDIN_FILENO, inbound + inbound_length, sizeof inbound - inbound_length);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) _exit(0);
  inbound_length += (size_t)got;
  size_t at = 0;
  while (inbound_length - at >= HEADER) {
    size_t length = get32(inbound + at);
    if (length > MAX_PAYLOAD) die("frame too long");
    if (inbound_length - at < HEADER + length) break;
    take((char)inbound[at + 4], get32(inbound + at + 5), inbound + at + HEADER, length);
    at += HEADER + length;
  }
  memmove(inbound, inbound + at, inbound_length - at);
  inbound_length -= at;
}
