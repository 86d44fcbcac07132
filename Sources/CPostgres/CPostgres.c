#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#endif
#include "CPostgres.h"
#include <dlfcn.h>
#include <stddef.h>

#ifdef LIBPQ_FE_H
// Where libpq's own header is installed, the compiler compares what CPostgres.h says with it.
#define AGREES(type, name, parameters) \
    _Static_assert(__builtin_types_compatible_p(type(*) parameters, __typeof__(&name)), #name);
LIBPQ_FUNCTIONS(AGREES)
_Static_assert((int)CONNECTION_OK == (int)LIBPQ_CONNECTION_OK, "CONNECTION_OK");
_Static_assert((int)PGRES_COMMAND_OK == (int)LIBPQ_COMMAND_OK, "COMMAND_OK");
_Static_assert((int)PGRES_TUPLES_OK == (int)LIBPQ_TUPLES_OK, "TUPLES_OK");
_Static_assert((int)PGRES_PIPELINE_SYNC == (int)LIBPQ_PIPELINE_SYNC, "PIPELINE_SYNC");
_Static_assert((int)PGRES_PIPELINE_ABORTED == (int)LIBPQ_PIPELINE_ABORTED, "PIPELINE_ABORTED");
#endif

const char *libpq_load(LibPQ *library) {
#ifdef __APPLE__
    void *handle = dlopen("libpq.5.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *handle = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
#endif
    if (!handle) return dlerror();
#define FIND(type, name, parameters) \
    library->name = (type(*) parameters)dlsym(handle, #name); \
    if (!library->name) return "It is older than version 14: " #name " is missing.";
    LIBPQ_FUNCTIONS(FIND)
    return NULL;
}
