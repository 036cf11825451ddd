/*
 * Connections of this sandbox's programs to the package registries: accepted here, carried as frames, answered by the worker.
 * Only while dependencies are installed; in every other sandbox nothing listens.
 *
 * Invariants
 *   1. At most MAX_CONNECTIONS at a time; more wait in the kernel's queue, where they cost nobody anything.
 *   2. Each way of a connection has at most WINDOW bytes under way that the far side has not yet granted anew. So neither a
 *      program that does not read nor a worker that does not answer makes anybody hold more than that.
 *   3. Bytes pass through unread. What they may say is the worker's to decide.
 *   4. After Z nothing more is said of a connection by who sent it, and its number does not come again.
 */
#define _GNU_SOURCE
#include "egress.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "frames.h"

enum { PORT = 3128, WINDOW = 128 << 10, CHUNK = 32 << 10, BACKLOG = 128 };

struct connection {
  bool used;
  uint32_t id;
  int socket;
  /* Bytes that may still be sent to the worker. */
  size_t credit;
  /* The program has sent its last byte; the worker has. */
  bool read_all, closing;
  /* Bytes of the worker that the program has not taken. */
  uint8_t *waiting;
  size_t at, length;
};

static struct connection connections[MAX_CONNECTIONS];
static int listener = -1;
static uint32_t last_id;

void open_egress(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0)
    die("cannot listen for connections");
}

static struct connection *find(uint32_t id) {
  for (int slot = 0; slot < MAX_CONNECTIONS; slot++)
    if (connections[slot].used && connections[slot].id == id) return &connections[slot];
  return NULL;
}

static struct connection *free_slot(void) {
  for (int slot = 0; slot < MAX_CONNECTIONS; slot++)
    if (!connections[slot].used) return &connections[slot];
  return NULL;
}

static void forget(struct connection *connection) {
  close(connection->socket);
  free(connection->waiting);
  memset(connection, 0, sizeof *connection);
}

static void drop(struct connection *connection) {
  send_frame('Z', connection->id, NULL, 0);
  forget(connection);
}

static void accept_one(void) {
  int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted < 0) return;
  struct connection *connection = free_slot();
  uint8_t *waiting = connection ? malloc(WINDOW) : NULL;
  if (!waiting) {
    close(accepted);
    return;
  }
  *connection = (struct connection){.used = true, .id = ++last_id, .socket = accepted, .credit = WINDOW, .waiting = waiting};
  send_frame('C', connection->id, NULL, 0);
}

/* Passes on what the program says. */
static void hear(struct connection *connection) {
  static uint8_t chunk[CHUNK];
  ssize_t length = read(connection->socket, chunk, connection->credit < CHUNK ? connection->credit : CHUNK);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length < 0) {
    drop(connection);
    return;
  }
  if (length == 0) {
    connection->read_all = true;
    send_frame('F', connection->id, NULL, 0);
    return;
  }
  connection->credit -= (size_t)length;
  send_frame('D', connection->id, chunk, (size_t)length);
}

/* Hands the program what the worker says; after the last byte the connection is over. */
static void tell(struct connection *connection) {
  size_t taken = 0;
  while (connection->at < connection->length) {
    ssize_t wrote = write(connection->socket, connection->waiting + connection->at, connection->length - connection->at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) break;
    if (wrote < 0) {
      drop(connection);
      return;
    }
    connection->at += (size_t)wrote;
    taken += (size_t)wrote;
  }
  if (taken) send_count('G', connection->id, taken);
  if (connection->closing && connection->at == connection->length) drop(connection);
}

static void take_bytes(struct connection *connection, const uint8_t *payload, size_t length) {
  if (connection->closing) die("bytes after the end of a connection");
  memmove(connection->waiting, connection->waiting + connection->at, connection->length - connection->at);
  connection->length -= connection->at;
  connection->at = 0;
  if (length > WINDOW - connection->length) die("connection window exceeded");
  memcpy(connection->waiting + connection->length, payload, length);
  connection->length += length;
  tell(connection);
}

bool take_connection_frame(char type, uint32_t id, const uint8_t *payload, size_t length) {
  if (!strchr("DFGZ", type) || !type) return false;
  struct connection *connection = find(id);
  /* One that has just ended here may still be spoken of. */
  if (!connection) return true;
  switch (type) {
    case 'D': take_bytes(connection, payload, length); break;
    case 'F':
      connection->closing = true;
      tell(connection);
      break;
    case 'G':
      if (length != 4 || get32(payload) > WINDOW - connection->credit) die("bad grant");
      connection->credit += get32(payload);
      break;
    default: forget(connection);
  }
  return true;
}

void poll_egress(struct pollfd *polled, bool behind) {
  polled[0] = (struct pollfd){.fd = behind || !free_slot() ? -1 : listener, .events = POLLIN};
  for (int slot = 0; slot < MAX_CONNECTIONS; slot++) {
    struct connection *connection = &connections[slot];
    bool hears = !behind && !connection->read_all && connection->credit > 0;
    short events = (short)((hears ? POLLIN : 0) | (connection->at < connection->length ? POLLOUT : 0));
    polled[1 + slot] = (struct pollfd){.fd = connection->used ? connection->socket : -1, .events = events};
  }
}

void serve_egress(const struct pollfd *polled) {
  for (int slot = 0; slot < MAX_CONNECTIONS; slot++) {
    struct connection *connection = &connections[slot];
    short events = polled[1 + slot].revents;
    if (connection->used && events & POLLOUT) tell(connection);
    if (connection->used && events & POLLIN) hear(connection);
    /* Cut off by the program: there is nobody left to hear or tell. */
    else if (connection->used && events & (POLLERR | POLLHUP | POLLNVAL)) drop(connection);
  }
  if (polled[0].revents) accept_one();
}
