// What the system tells of threads, and Swift cannot ask for.
#pragma once

/// What the calling thread was given by `ct_set_worker`; null at first.
void *_Nullable ct_worker(void);
void ct_set_worker(void *_Nullable worker);

/// Cores that this process may use: those that it is bound to, where it is.
int ct_cores(void);

/// The system's number of the calling thread.
int ct_thread(void);
/// Nanoseconds that a thread of this process has computed; -1 when it is gone.
long long ct_computed(int thread);
/// Whether a thread of this process waits for something other than a core.
int ct_is_blocked(int thread);
/// Lets other threads of the system go before this one from now on.
void ct_step_back(int thread);
/// Has so many threads at most allocate apart from each other, so that what one has freed another can use, and keeps
/// what is freed for a while.
void ct_share_memory(int threads);
