/*
 * Carries connections from 127.0.0.1:3128 to the registry proxy's unix socket, while dependencies are installed.
 *   egress-forward <socket path>
 * Prints one line when it listens. One child per connection, so that a slow transfer holds up no other.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT = 3128, CHUNK = 64 << 10 };

static int dial(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0) return server;
  return -1;
}

/* Moves what one side sent to the other; on its end, closes the other's writing half. Returns 0 then. */
static int carry(int from, int to) {
  static char chunk[CHUNK];
  ssize_t length = read(from, chunk, sizeof chunk);
  if (length < 0 && errno == EINTR) return 1;
  if (length <= 0) {
    shutdown(to, SHUT_WR);
    return 0;
  }
  for (ssize_t at = 0; at < length;) {
    ssize_t wrote = write(to, chunk + at, (size_t)(length - at));
    if (wrote < 0 && errno != EINTR) return 0;
    if (wrote > 0) at += wrote;
  }
  return 1;
}

static void serve(int client, const char *path) {
  int server = dial(path);
  if (server < 0) _exit(1);
  struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends, 2, -1) < 0 && errno != EINTR) _exit(1);
    if (ends[0].fd >= 0 && ends[0].revents && !carry(client, server)) ends[0].fd = -1;
    if (ends[1].fd >= 0 && ends[1].revents && !carry(server, client)) break;
  }
  _exit(0);
}

int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), again = 1;
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  if (count != 2 || listener < 0) return 2;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0) {
    perror("egress-forward");
    return 1;
  }
  if (write(1, "listening\n", 10) != 10) return 1;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    if (fork() == 0) serve(client, arguments[1]);
    close(client);
  }
}
