/* Lets the system fail on demand, under the program: loaded with LD_PRELOAD, told by the environment. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
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

/* FAULT_JUMP=FILE: the clock of the day is eight hours ahead while FILE is there, as after a sleep; the monotonic one is not. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    int outcome = (int)syscall(SYS_clock_gettime, clock, time);
    const char *jump = getenv("FAULT_JUMP");
    if (outcome == 0 && clock == CLOCK_REALTIME && jump && access(jump, F_OK) == 0)
        time->tv_sec += 8 * 3600;
    return outcome;
}

/* FAULT_OPEN=PLACE=NUMBER: opening what lies at PLACE, or if that ends in a slash any file with PLACE in its path, fails with that error. */
static int fails(const char *path) {
    const char *fault = getenv("FAULT_OPEN"), *number = fault ? strchr(fault, '=') : NULL;
    if (!number)
        return 0;
    size_t length = strlen(path), n = number - fault;
    int is_meant = fault[n - 1] == '/' ? memmem(path, length, fault, n) != NULL : length >= n && !memcmp(path + length - n, fault, n);
    if (is_meant)
        errno = atoi(number + 1);
    return is_meant;
}

DIR *opendir(const char *path) {
    DIR *(*real)(const char *) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return fails(path) ? NULL : real(path);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (fails(path))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
