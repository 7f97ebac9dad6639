/* Delays each sync by SLOW_SYNC_MICROSECONDS, then does it. For bench/ only; see Server/SlowSync.cs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void delay(void)
{
    const char *text = getenv("SLOW_SYNC_MICROSECONDS");
    long us = text ? atol(text) : 0;
    struct timespec wait = { us / 1000000, us % 1000000 * 1000 };
    nanosleep(&wait, NULL);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    delay();
    return real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    delay();
    return real(fd);
}
