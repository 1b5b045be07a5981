#pragma once
/** Heap arrays, aligned to ALIGNMENT bytes and zeroed. Out of memory is fatal. */
#include <stddef.h>

/** count elements of `size` bytes; count 0 gives a valid non-NULL pointer. Owner frees with memory_free. */
void *memory_array(size_t count, size_t size);
/** Grow *array (of `size`-byte elements) to hold at least `count`, keeping `keep` elements; *capacity is updated. New space is zeroed. */
void memory_grow(void **array, size_t *capacity, size_t count, size_t keep, size_t size);
/** Copy of a string. */
char *memory_string(const char *text);
/** Accepts NULL. */
void memory_free(void *pointer);
/** Arrays and strings handed out and not yet freed: must be 0 at the end of main. */
long memory_live(void);
