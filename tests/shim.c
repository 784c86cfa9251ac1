/* Lets the system fail on demand, under the program: loaded with LD_PRELOAD, told by the environment. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* FAULT_WATCHES=N: the system allows N file watches. */
int inotify_add_watch(int queue, const char *path, unsigned mask) {
    static int n;
    const char *most = getenv("FAULT_WATCHES");
    if (most && ++n > atoi(most)) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_inotify_add_watch, queue, path, mask);
}

/* FAULT_THREADS: the system gives no thread. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    return getenv("FAULT_THREADS") ? EAGAIN : real(thread, attributes, start, argument);
}

/* FAULT_JUMP=FILE: the clock of the day is eight hours ahead while FILE is there, as after a sleep; the monotonic one is not. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    int outcome = (int)syscall(SYS_clock_gettime, clock, time);
    const char *jump = getenv("FAULT_JUMP");
    if (outcome == 0 && clock == CLOCK_REALTIME && jump && access(jump, F_OK) == 0)
        time->tv_sec += 8 * 3600;
    return outcome;
}

/* What lies at PLACE, or if that ends in a slash anything with PLACE in its path. */
static int lies_at(const char *path, const char *place, size_t n) {
    size_t length = strlen(path);
    return place[n - 1] == '/' ? memmem(path, length, place, n) != NULL : length >= n && !memcmp(path + length - n, place, n);
}

/* FAULT_OPEN=PLACE=NUMBER: opening it fails with that error. FAULT_READONLY=PLACE: it lies on a read-only file system. */
static int fails(const char *path, int is_write) {
    const char *fault = getenv("FAULT_OPEN"), *number = fault ? strchr(fault, '=') : NULL, *closed = getenv("FAULT_READONLY");
    if (number && lies_at(path, fault, number - fault)) {
        errno = atoi(number + 1);
        return 1;
    }
    if (is_write && closed && lies_at(path, closed, strlen(closed))) {
        errno = EROFS;
        return 1;
    }
    return 0;
}

DIR *opendir(const char *path) {
    DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return fails(path, 0) ? NULL : real(path);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (fails(path, (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return open64(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    return fails(path, 1) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int unlink(const char *path) {
    return fails(path, 1) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *from, const char *to) {
    return fails(to, 1) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* FAULT=CALL:PLACE: the CALL (read, write, sync, list) of what is open there fails with EIO, after FAULT_AFTER times that it does not. */
static int breaks(const char *call, int file) {
    static int n_before;
    const char *fault = getenv("FAULT"), *after = getenv("FAULT_AFTER");
    size_t n = strlen(call);
    if (!fault || strncmp(fault, call, n) || fault[n] != ':')
        return 0;
    int before = errno;
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    errno = before;
    path[length < 0 ? 0 : length] = 0;
    if (!lies_at(path, fault + n + 1, strlen(fault + n + 1)) || (after && n_before++ < atoi(after)))
        return 0;
    errno = EIO;
    return 1;
}

ssize_t read(int file, void *to, size_t n) {
    return breaks("read", file) ? -1 : syscall(SYS_read, file, to, n);
}

ssize_t pread64(int file, void *to, size_t n, off64_t at) {
    return breaks("read", file) ? -1 : syscall(SYS_pread64, file, to, n, at);
}

ssize_t write(int file, const void *from, size_t n) {
    return breaks("write", file) ? -1 : syscall(SYS_write, file, from, n);
}

ssize_t writev(int file, const struct iovec *from, int n) {
    return breaks("write", file) ? -1 : syscall(SYS_writev, file, from, n);
}

ssize_t pwrite64(int file, const void *from, size_t n, off64_t at) {
    return breaks("write", file) ? -1 : syscall(SYS_pwrite64, file, from, n, at);
}

int fsync(int file) {
    return breaks("sync", file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    return breaks("sync", file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

struct dirent64 *readdir64(DIR *folder) {
    struct dirent64 *(*real)(DIR *) = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
    return breaks("list", dirfd(folder)) ? NULL : real(folder);
}
