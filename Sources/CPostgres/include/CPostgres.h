#pragma once

// The part of libpq, version 14 and later, that is used here. It is loaded when the first connection is opened, and not
// linked: linking it, with the TLS, Kerberos and LDAP that it needs, would add milliseconds to each start of the program,
// and a program that keeps its sessions elsewhere also runs where there is no libpq.

#ifndef LIBPQ_FE_H
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

typedef struct _PQconninfoOption {
    char *keyword;
    char *envvar;
    char *compiled;
    char *val;
    char *label;
    char *dispchar;
    int dispsize;
} PQconninfoOption;

typedef void (*PQnoticeReceiver)(void *, const PGresult *);
#endif

#define LIBPQ_FUNCTIONS(F) \
    F(PQconninfoOption *, PQconninfoParse, (const char *text, char **problem)) \
    F(PQconninfoOption *, PQconndefaults, (void)) \
    F(PQconninfoOption *, PQconninfo, (PGconn *)) \
    F(void, PQconninfoFree, (PQconninfoOption *)) \
    F(PGconn *, PQconnectdbParams, (const char *const *keywords, const char *const *values, int expandsName)) \
    F(void, PQfinish, (PGconn *)) \
    F(unsigned, PQstatus, (const PGconn *)) \
    F(char *, PQerrorMessage, (const PGconn *)) \
    F(int, PQsocket, (const PGconn *)) \
    F(int, PQbackendPID, (const PGconn *)) \
    F(int, PQsslInUse, (PGconn *)) \
    F(const char *, PQsslAttribute, (PGconn *, const char *name)) \
    F(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn *, PQnoticeReceiver, void *)) \
    F(int, PQsetnonblocking, (PGconn *, int)) \
    F(int, PQenterPipelineMode, (PGconn *)) \
    F(int, PQsendPrepare, (PGconn *, const char *name, const char *sql, int count, const unsigned int *types)) \
    F(int, PQsendQueryPrepared, (PGconn *, const char *name, int count, const char *const *values, \
                                 const int *lengths, const int *formats, int resultFormat)) \
    F(int, PQpipelineSync, (PGconn *)) \
    F(int, PQflush, (PGconn *)) \
    F(int, PQconsumeInput, (PGconn *)) \
    F(int, PQisBusy, (PGconn *)) \
    F(PGresult *, PQgetResult, (PGconn *)) \
    F(unsigned, PQresultStatus, (const PGresult *)) \
    F(char *, PQresultErrorField, (const PGresult *, int field)) \
    F(int, PQntuples, (const PGresult *)) \
    F(int, PQnfields, (const PGresult *)) \
    F(int, PQgetisnull, (const PGresult *, int row, int column)) \
    F(char *, PQgetvalue, (const PGresult *, int row, int column)) \
    F(int, PQgetlength, (const PGresult *, int row, int column)) \
    F(void, PQclear, (PGresult *)) \
    F(void, PQfreemem, (void *))

// Pointers to functions of a library that stays loaded.
typedef struct __attribute__((swift_attr("@Sendable"))) LibPQ {
#define FIELD(type, name, parameters) type(*name) parameters;
    LIBPQ_FUNCTIONS(FIELD)
#undef FIELD
} LibPQ;

enum LibPQStatus {
    LIBPQ_CONNECTION_OK = 0,
};

enum LibPQResult {
    LIBPQ_COMMAND_OK = 1,
    LIBPQ_TUPLES_OK = 2,
    LIBPQ_PIPELINE_SYNC = 10,
    LIBPQ_PIPELINE_ABORTED = 11,
};

/// Finds the functions; why that failed, or `NULL`.
const char *libpq_load(LibPQ *library);
