#pragma once
/** Names for what C11 cannot say by itself. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NEVER_INLINE static __attribute__((noinline))
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))
#define CACHE_LINE 64        /* bytes */
#define ALIGNMENT CACHE_LINE /* one AVX-512 register, too */
