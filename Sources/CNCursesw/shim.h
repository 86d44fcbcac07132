// The system's ncurses, for CNCurses.
#pragma once
#define NCURSES_WIDECHAR 1
#if !__has_include(<ncurses.h>)
#error "ncurses is not installed: apt-get install libncurses-dev"
#endif
#include <ncurses.h>
