#pragma once

/// Has ncurses take the terminal for one with direct colours, by a description of its own, when COLORTERM says that it is one
/// and its description has only 256 of them. Call after `setupterm`; what it has set in the environment for `newterm` is taken
/// back by `cn_forget_description`.
void cn_describe_direct_color(void);
void cn_forget_description(void);
