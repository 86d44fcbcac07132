// Where Swift's concurrency runtime asks for jobs to be run: its hooks and their calling convention, which Swift cannot
// name.
#pragma once

/// Has every job that is for no particular executor handed to `now`, and every one that is for later to `later`, with the
/// nanoseconds until then. Once; jobs that were handed elsewhere before are still run there.
void cc_install(void (*_Nonnull now)(void *_Nonnull job),
                void (*_Nonnull later)(void *_Nonnull job, long long nanoseconds));

/// Runs a job up to where it next waits.
void cc_run(void *_Nonnull job);

/// What the calling thread was given by `cc_set_worker`; null at first.
void *_Nullable cc_worker(void);
void cc_set_worker(void *_Nullable worker);

/// The system's number of the calling thread.
int cc_thread(void);
/// Nanoseconds that a thread of this process has computed; -1 when it is gone.
long long cc_computed(int thread);
/// Whether a thread of this process waits for something other than a core.
int cc_is_blocked(int thread);
/// Lets other threads of the system go before this one from now on.
void cc_step_back(int thread);
/// Has so many threads at most allocate apart from each other, so that what one has freed another can use, and keeps
/// what is freed for a while.
void cc_share_memory(int threads);
