/*
 * A preloaded library (LD_PRELOAD, Linux) that makes the n-th file operation of a kind on a path fail with a given errno, and shifts the clock.
 * Everything else is passed to libc. Settings come from the environment:
 *
 *   FAULT_OPERATION  open, read, write, fsync, rename, or mkdir
 *   FAULT_PATH       a text that the path must contain
 *   FAULT_NTH        which operation of that kind fails (the first is 1; 0: none, operations are only counted)
 *   FAULT_ERRNO      the error number
 *   FAULT_STICKY     if set, all later operations fail too, as on a disk that stays full
 *   FAULT_COUNTER    a file in which all processes count the operations on the path, 8 bytes per kind in the order above
 *   FAULT_CLOCK      seconds by which the wall clock is off
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *const kinds[] = {"open", "read", "write", "fsync", "rename", "mkdir"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *operation, *place;
static long nth, number, sticky, clock_offset;
static long *counters;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long setting(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void read_settings(void) {
  clock_offset = setting("FAULT_CLOCK");
  place = getenv("FAULT_PATH");
  nth = setting("FAULT_NTH");
  number = setting("FAULT_ERRNO");
  sticky = setting("FAULT_STICKY");
  const char *file = getenv("FAULT_COUNTER");
  if (!file || !place) return;
  int descriptor = NEXT(open)(file, O_RDWR | O_CREAT, 0600);
  if (descriptor < 0 || ftruncate(descriptor, KINDS * sizeof *counters) != 0) return;
  void *mapped = mmap(NULL, KINDS * sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  operation = getenv("FAULT_OPERATION");
  if (mapped != MAP_FAILED) counters = mapped; /* last, because operations are counted from here on */
}

/* Whether this operation is the one to fail; sets errno. */
static int fails(const char *kind, const char *path) {
  if (!counters || !path || !strstr(path, place)) return 0;
  int index = 0;
  while (strcmp(kinds[index], kind) != 0) index++;
  long count = __atomic_add_fetch(&counters[index], 1, __ATOMIC_SEQ_CST);
  if (!operation || strcmp(kind, operation) != 0) return 0;
  if (nth == 0 || (sticky ? count < nth : count != nth)) return 0;
  errno = (int)number;
  return 1;
}

static int descriptor_fails(const char *kind, int descriptor) {
  if (!counters) return 0;
  char link[64], path[4096];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length <= 0) return 0;
  path[length] = 0;
  return fails(kind, path);
}

#define ON_DESCRIPTOR(kind, type, name, parameters, arguments)                                                                              \
  type name parameters {                                                                                                                    \
    static type(*next) parameters;                                                                                                          \
    if (!next) next = NEXT(name);                                                                                                           \
    return descriptor_fails(kind, fd) ? -1 : next arguments;                                                                                \
  }

ON_DESCRIPTOR("read", ssize_t, read, (int fd, void *to, size_t size), (fd, to, size))
ON_DESCRIPTOR("read", ssize_t, pread64, (int fd, void *to, size_t size, off64_t at), (fd, to, size, at))
ON_DESCRIPTOR("read", ssize_t, preadv64, (int fd, const struct iovec *to, int count, off64_t at), (fd, to, count, at))
ON_DESCRIPTOR("read", ssize_t, readv, (int fd, const struct iovec *to, int count), (fd, to, count))
ON_DESCRIPTOR("write", ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
ON_DESCRIPTOR("write", ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
ON_DESCRIPTOR("write", ssize_t, pwritev64, (int fd, const struct iovec *from, int count, off64_t at), (fd, from, count, at))
ON_DESCRIPTOR("write", ssize_t, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
ON_DESCRIPTOR("write", int, ftruncate64, (int fd, off64_t size), (fd, size))
ON_DESCRIPTOR("fsync", int, fsync, (int fd), (fd))
ON_DESCRIPTOR("fsync", int, fdatasync, (int fd), (fd))

int rename(const char *from, const char *to) { return fails("rename", to) ? -1 : NEXT(rename)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails("mkdir", path) ? -1 : NEXT(mkdir)(path, mode); }

/* open has a third argument only if it creates files. */
#define MODE(flags)                                                                                                                         \
  mode_t mode = 0;                                                                                                                          \
  if ((flags) & O_CREAT) {                                                                                                                  \
    va_list more;                                                                                                                           \
    va_start(more, flags);                                                                                                                  \
    mode = va_arg(more, mode_t);                                                                                                            \
    va_end(more);                                                                                                                           \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return fails("open", path) ? -1 : NEXT(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  return fails("open", path) ? -1 : NEXT(open64)(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE(flags)
  return fails("open", path) ? -1 : NEXT(openat)(folder, path, flags, mode);
}

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*next)(clockid_t, struct timespec *);
  if (!next) next = NEXT(clock_gettime);
  int result = next(which, now);
  if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) now->tv_sec += clock_offset;
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  static int (*next)(struct timeval *restrict, void *restrict);
  if (!next) next = NEXT(gettimeofday);
  int result = next(now, zone);
  if (now) now->tv_sec += clock_offset;
  return result;
}
