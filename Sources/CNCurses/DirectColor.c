#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "DirectColor.h"
#include <curses.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

/// Colours below 8 are the terminal's own, any other number is red, green and blue.
#define COLOR(own, any) \
    "\033[%?%p1%{8}%<%t" own "%p1%d%e" any ";2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m"
static const char foreground[] = COLOR("3", "38"), background[] = COLOR("4", "48");

/// A description as it is compiled, with numbers of 32 bits (term(5)).
struct writer {
    unsigned char bytes[16 * 1024];
    size_t length;
    int is_full;
};

static void put(struct writer *to, const void *bytes, size_t length) {
    if (to->length + length > sizeof to->bytes) {
        to->is_full = 1;
        return;
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static void put_short(struct writer *to, int value) {
    put(to, (unsigned char[]){(unsigned char)value, (unsigned char)(value >> 8)}, 2);
}

static void put_even(struct writer *to) {
    if (to->length % 2) put(to, "", 1);
}

static int is_text(const char *text) { return text && text != (char *)-1; }

/// Writes the description that is in use, with direct colours.
static void describe(struct writer *to) {
    TERMTYPE *now = (TERMTYPE *)cur_term;
    const char *strings[STRWRITE];
    for (int i = 0; i < STRWRITE; i++) strings[i] = now->Strings[i];
    strings[&set_a_foreground - now->Strings] = foreground;
    strings[&set_a_background - now->Strings] = background;
    strings[&initialize_color - now->Strings] = NULL;
    size_t size = 0;
    for (int i = 0; i < STRWRITE; i++) size += is_text(strings[i]) ? strlen(strings[i]) + 1 : 0;

    const short head[] = {01036, (short)(strlen(now->term_names) + 1), BOOLWRITE, NUMWRITE, STRWRITE, (short)size};
    for (unsigned i = 0; i < sizeof head / sizeof *head; i++) put_short(to, head[i]);
    put(to, now->term_names, strlen(now->term_names) + 1);
    for (int i = 0; i < BOOLWRITE; i++) {
        put(to, now->Booleans[i] == 1 && &now->Booleans[i] != &can_change ? "\1" : "\0", 1);
    }
    put_even(to);
    for (int i = 0; i < NUMWRITE; i++) {
        int32_t value = &now->Numbers[i] == &max_colors ? 0x1000000 : now->Numbers[i];
        if (&now->Numbers[i] == &max_pairs) value = 0x7fff;
        put_short(to, value & 0xffff);
        put_short(to, (int)((uint32_t)value >> 16));
    }
    int place = 0;
    for (int i = 0; i < STRWRITE; i++) {
        put_short(to, is_text(strings[i]) ? place : -1);
        place += is_text(strings[i]) ? (int)strlen(strings[i]) + 1 : 0;
    }
    for (int i = 0; i < STRWRITE; i++) {
        if (is_text(strings[i])) put(to, strings[i], strlen(strings[i]) + 1);
    }
    put_even(to);
    // One more boolean of a name: that a colour's number is its red, green and blue.
    const short more[] = {1, 0, 0, 1, 4};
    for (unsigned i = 0; i < sizeof more / sizeof *more; i++) put_short(to, more[i]);
    put(to, "\1", 2);
    put_short(to, 0);
    put(to, "RGB", 4);
}

/// `b64:` and the bytes in base64 (RFC 4648), as ncurses takes a description from TERMINFO; to be freed.
static char *encoded(const struct writer *from) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(4 + (from->length + 2) / 3 * 4 + 1);
    if (!text) return NULL;
    memcpy(text, "b64:", 4);
    char *end = text + 4;
    for (size_t i = 0; i < from->length; i += 3) {
        size_t left = from->length - i;
        uint32_t bits = (uint32_t)from->bytes[i] << 16;
        if (left > 1) bits |= (uint32_t)from->bytes[i + 1] << 8;
        if (left > 2) bits |= from->bytes[i + 2];
        *end++ = digits[bits >> 18];
        *end++ = digits[bits >> 12 & 63];
        *end++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *end++ = left > 2 ? digits[bits & 63] : '=';
    }
    *end = 0;
    return text;
}

/// Whether the environment says that the terminal shows any colour. GNU screen hands COLORTERM on and cannot do what it says.
static int is_direct(void) {
    const char *says = getenv("COLORTERM"), *name = getenv("TERM");
    if (!says || (strcmp(says, "truecolor") != 0 && strcmp(says, "24bit") != 0)) return 0;
    return !name || strncmp(name, "screen", 6) != 0 || getenv("TMUX");
}

static char *kept;
static int is_described;

void cn_describe_direct_color(void) {
    if (max_colors != 256 || !is_direct()) return;
    static struct writer writer;
    writer.length = 0;
    writer.is_full = 0;
    describe(&writer);
    char *description = writer.is_full ? NULL : encoded(&writer);
    if (!description) return;
    const char *before = getenv("TERMINFO");
    kept = before ? strdup(before) : NULL;
    is_described = setenv("TERMINFO", description, 1) == 0;
    free(description);
}

void cn_forget_description(void) {
    if (!is_described) return;
    is_described = 0;
    if (kept) setenv("TERMINFO", kept, 1);
    else unsetenv("TERMINFO");
    free(kept);
    kept = NULL;
}
