/*
 * Reads or writes one file of the workspace for the worker, as an ordinary command of the sandbox.
 *   workspace-file read <path> <most bytes>   stdout: u64 size (big-endian), then the bytes
 *   workspace-file write <path>               stdin: the bytes; makes parent directories, keeps the mode of a file that exists
 * Exit codes: 0 done, 3 missing, 4 not a regular file that can be read, 5 failed with the reason on stdout.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DONE = 0, MISSING = 3, NOT_A_FILE = 4, FAILED = 5 };

static int failed(void) {
  printf("%s", strerror(errno));
  return FAILED;
}

static int write_all(int file, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t wrote = write(file, bytes, length);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return -1;
    bytes += wrote;
    length -= (size_t)wrote;
  }
  return 0;
}

static int read_file(const char *path, uint64_t most) {
  static char chunk[64 << 10];
  struct stat about;
  /* Non-blocking, so that a named pipe does not hang us. */
  int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG ? MISSING : NOT_A_FILE;
  if (fstat(file, &about) < 0 || !S_ISREG(about.st_mode)) return NOT_A_FILE;
  uint8_t size[8];
  for (int byte = 0; byte < 8; byte++) size[byte] = (uint8_t)((uint64_t)about.st_size >> (56 - 8 * byte));
  if (write_all(1, (const char *)size, sizeof size) < 0) return NOT_A_FILE;
  while (most > 0) {
    ssize_t length = read(file, chunk, most < sizeof chunk ? (size_t)most : sizeof chunk);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return NOT_A_FILE;
    if (length == 0) break;
    if (write_all(1, chunk, (size_t)length) < 0) return NOT_A_FILE;
    most -= (uint64_t)length;
  }
  return DONE;
}

static int make_parents(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    int made = mkdir(path, 0755);
    int why = errno;
    *slash = '/';
    if (made < 0 && why != EEXIST) {
      errno = why;
      return -1;
    }
  }
  return 0;
}

/* Takes all of stdin before it opens the file, so that a write cut short by a dead worker leaves the file as it was. */
static int write_file(char *path) {
  size_t length = 0, room = 64 << 10;
  char *bytes = malloc(room);
  for (ssize_t got = 1; bytes && got != 0;) {
    got = read(0, bytes + length, room - length);
    if (got < 0 && errno != EINTR) return failed();
    if (got > 0) length += (size_t)got;
    if (length == room) bytes = realloc(bytes, room *= 2);
  }
  if (!bytes || make_parents(path) < 0) return failed();
  struct stat about;
  int file = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0644);
  if (file < 0) return failed();
  if (fstat(file, &about) < 0) return failed();
  if (!S_ISREG(about.st_mode)) {
    printf("Not a regular file");
    return FAILED;
  }
  if (ftruncate(file, 0) < 0 || write_all(file, bytes, length) < 0 || close(file) < 0) return failed();
  return DONE;
}

int main(int count, char **arguments) {
  if (count == 4 && strcmp(arguments[1], "read") == 0) return read_file(arguments[2], strtoull(arguments[3], NULL, 10));
  if (count == 3 && strcmp(arguments[1], "write") == 0) return write_file(arguments[2]);
  printf("usage: workspace-file read <path> <most bytes> | write <path>");
  return FAILED;
}
