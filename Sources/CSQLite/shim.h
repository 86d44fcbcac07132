// The system's SQLite, which GRDB calls; here so that SwiftPM says when it is not installed.
#pragma once
#include <sqlite3.h>
