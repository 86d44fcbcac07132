#define _GNU_SOURCE
#include "CConcurrency.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SWIFT __attribute__((swiftcall))

typedef SWIFT void (*original_t)(void *);
typedef SWIFT void (*original_delay_t)(unsigned long long, void *);
typedef SWIFT void (*original_deadline_t)(long long, long long, long long, long long, int, void *);

extern SWIFT void (*swift_task_enqueueGlobal_hook)(void *, original_t);
extern SWIFT void (*swift_task_enqueueGlobalWithDelay_hook)(unsigned long long, void *, original_delay_t);
extern SWIFT void (*swift_task_enqueueGlobalWithDeadline_hook)(long long, long long, long long, long long, int, void *,
                                                               original_deadline_t);
extern SWIFT void swift_job_run(void *job, void *identity, uintptr_t implementation);

static void (*run_now)(void *);
static void (*run_later)(void *, long long);

static SWIFT void enqueue(void *job, original_t original) { run_now(job); }

static SWIFT void enqueue_with_delay(unsigned long long nanoseconds, void *job, original_delay_t original) {
    run_later(job, (long long)nanoseconds);
}

// The clocks' numbers are the runtime's: 1 goes on while the machine sleeps, 2 does not.
static SWIFT void enqueue_with_deadline(long long seconds, long long nanoseconds, long long tolerance_seconds,
                                        long long tolerance_nanoseconds, int clock, void *job,
                                        original_deadline_t original) {
    struct timespec now;
    clock_gettime(clock == 1 ? CLOCK_BOOTTIME : CLOCK_MONOTONIC, &now);
    run_later(job, (seconds - now.tv_sec) * 1000000000LL + nanoseconds - now.tv_nsec);
}

void cc_install(void (*now)(void *), void (*later)(void *, long long)) {
    run_now = now;
    run_later = later;
    swift_task_enqueueGlobal_hook = enqueue;
    swift_task_enqueueGlobalWithDelay_hook = enqueue_with_delay;
    swift_task_enqueueGlobalWithDeadline_hook = enqueue_with_deadline;
}

void cc_run(void *job) { swift_job_run(job, 0, 0); }

static _Thread_local void *worker;
void *cc_worker(void) { return worker; }
void cc_set_worker(void *new) { worker = new; }

int cc_thread(void) { return (int)syscall(SYS_gettid); }

// The clock of a thread's processor time, as the kernel numbers it: ~thread << 3, per thread (4), scheduled (2).
long long cc_computed(int thread) {
    struct timespec time;
    clockid_t clock = (clockid_t)((~(unsigned)thread << 3) | 6);
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1000000000LL + time.tv_nsec : -1;
}

int cc_is_blocked(int thread) {
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

void cc_share_memory(int threads) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, threads);
#endif
#ifdef M_TRIM_THRESHOLD
    // What a turn frees the next one takes: by default it would be given back in between, about once a turn.
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

void cc_step_back(int thread) { setpriority(PRIO_PROCESS, (id_t)thread, 10); }
