#define _GNU_SOURCE
#include "CThreads.h"

#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Thread_local void *worker;
void *ct_worker(void) { return worker; }
void ct_set_worker(void *new) { worker = new; }

int ct_cores(void) {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int ct_thread(void) { return (int)syscall(SYS_gettid); }

// The clock of a thread's processor time, as the kernel numbers it: ~thread << 3, per thread (4), scheduled (2).
long long ct_computed(int thread) {
    struct timespec time;
    clockid_t clock = (clockid_t)((~(unsigned)thread << 3) | 6);
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1000000000LL + time.tv_nsec : -1;
}

int ct_is_blocked(int thread) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    // The state stands behind the name, which is in brackets and may hold anything.
    char *end = strrchr(text, ')');
    return end && end[1] == ' ' && end[2] != 'R';
}

void ct_share_memory(int threads) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, threads);
#endif
#ifdef M_TRIM_THRESHOLD
    // What a turn frees the next one takes: by default it would be given back in between, about once a turn.
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void ct_step_back(int thread) { setpriority(PRIO_PROCESS, (id_t)thread, 10); }
