#pragma once
/** The vector vocabulary: the only place with intrinsics. One kernel source is compiled three times (x86-64-v4, -v3, baseline);
 *  here each instruction set says how W doubles (vd), W 64-bit integers (vi) and F floats (vf) are loaded, compared and converted.
 *  + - * / work on the types themselves (GCC vector extensions). Everything is IEEE exact (no estimates): v4 and v3 give the
 *  same bits; the baseline has no fused multiply-add, so its bits differ.
 *
 *  A record is 4 x 8 bytes {x, y, z, spare} of one particle; an offset is 4 * its index. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

#define VECTOR_JOIN_(stem, path) stem##_##path
#define VECTOR_JOIN(stem, path) VECTOR_JOIN_(stem, path)
#ifdef TEKTITE_PATH
#define PATH_NAME(stem) VECTOR_JOIN(stem, TEKTITE_PATH)
#define VECTOR_TEXT_(path) #path
#define VECTOR_TEXT(path) VECTOR_TEXT_(path)
#define PATH_TEXT VECTOR_TEXT(TEKTITE_PATH)
#endif

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { W = 8, F = 16 };
typedef __mmask8 vmask;
#else
enum { W = 4, F = 8 };
#endif
typedef double vd __attribute__((vector_size(8 * W), may_alias));
typedef int64_t vi __attribute__((vector_size(8 * W), may_alias));
typedef float vf __attribute__((vector_size(4 * F), may_alias));
typedef int32_t vs __attribute__((vector_size(4 * F), may_alias));
#if !defined(__AVX512F__)
typedef vi vmask;
#endif
#ifdef TEKTITE_PLAIN_SUMS /* see pair_kernel.h */
typedef double vrecord __attribute__((vector_size(32), may_alias));
#else
typedef int64_t vrecord __attribute__((vector_size(32), may_alias)); /* a record of sums */
#endif
typedef int64_t vhalf __attribute__((vector_size(16), may_alias));
ALWAYS_INLINE void vector_add_half(void *p, int32_t offset, vhalf a) { *(vhalf *)((int64_t *)p + offset) += a; }
ALWAYS_INLINE void vector_add(void *p, int32_t offset, vrecord a) { *(vrecord *)((int64_t *)p + offset) += a; }

ALWAYS_INLINE vd v_set(double a) { return a - (vd){0}; }
ALWAYS_INLINE vi v_set_int(int64_t a) { return a - (vi){0}; }
ALWAYS_INLINE vf vf_set(float a) { return a - (vf){0}; }
ALWAYS_INLINE vs vs_set(int32_t a) { return a - (vs){0}; }
ALWAYS_INLINE vd v_load(const double *p) { return *(const vd *)p; }
ALWAYS_INLINE vi v_load_int(const int64_t *p) { return *(const vi *)p; }
ALWAYS_INLINE void v_store(double *p, vd a) { *(vd *)p = a; }
ALWAYS_INLINE void v_store_int(int64_t *p, vi a) { *(vi *)p = a; }
ALWAYS_INLINE vi v_bits(vd a) { return (vi)a; }
ALWAYS_INLINE vf vf_load(const float *p) { return *(const vf *)p; }
ALWAYS_INLINE vs vs_load(const int32_t *p) { return *(const vs *)p; }
ALWAYS_INLINE vf vf_loadu(const float *p) {
  vf a;
  memcpy(&a, p, sizeof a);
  return a;
}
ALWAYS_INLINE vs vs_loadu(const int32_t *p) {
  vs a;
  memcpy(&a, p, sizeof a);
  return a;
}
ALWAYS_INLINE void vf_store(float *p, vf a) { *(vf *)p = a; }
ALWAYS_INLINE void vs_storeu(int32_t *p, vs a) { memcpy(p, &a, sizeof a); }

/** Brings a cache line near; any address is allowed. */
ALWAYS_INLINE void v_fetch(const void *p) { __builtin_prefetch(p, 0, 2); }
ALWAYS_INLINE void v_fetch_near(const void *p) { __builtin_prefetch(p, 0, 3); } /* as near as can be */
ALWAYS_INLINE void v_claim(const void *p) { __builtin_prefetch(p, 1, 2); }      /* out of all other caches, to be written */

/* x = 2^n as a double, -1022 <= n <= 1023, n an integer held in a double */
#define VECTOR_MAGIC 0x1.8p52

/** Whether loops over columns pay for working on two of them at once, a stage apart (pair_kernel.h). 15-20 % of the kernel's time on Zen 3
 *  (AVX2), 7-9 % on Granite Rapids (AVX-512); without AVX2 there are too few registers. */
#if defined(__AVX2__)
enum { VECTOR_AHEAD = 1 };
#else
enum { VECTOR_AHEAD = 0 };
#endif

#if defined(__AVX512F__)
/* ------------------------------------------------------------------------------------------------ x86-64-v4 */
ALWAYS_INLINE vd v_fma(vd a, vd b, vd c) { return (vd)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }
ALWAYS_INLINE vd v_max(vd a, vd b) { return (vd)_mm512_max_pd((__m512d)a, (__m512d)b); }
/** The smaller; b where a is not a number. */
ALWAYS_INLINE vd v_min(vd a, vd b) { return (vd)_mm512_min_pd((__m512d)a, (__m512d)b); }
ALWAYS_INLINE vd v_sqrt(vd a) { return (vd)_mm512_sqrt_pd((__m512d)a); }
/** sqrt(w) of w = 1/y: an estimate to 14 bits, two coupled Newton steps and one with the exact remainder, which rounds correctly
 * [Markstein, IBM J. Res. Dev. 34, 111 (1990)]: the bits of vsqrtpd, in a third of its time (26 cycles for eight lanes on Granite Rapids),
 * and w is waited for by the last step only. Not a number where y is 0. The same for 1/y is no gain: a division there takes 17. */
ALWAYS_INLINE vd v_sqrt_inverse(vd y, vd w) {
  const vd half = v_set(0.5);
  vd root = (vd)_mm512_rsqrt14_pd((__m512d)y), h = root * (y * half); /* h: half of sqrt(y) */
  for (int k = 0; k < 2; k++) {
    const vd error = v_fma(-root, h, half);
    root           = v_fma(root, error, root);
    h              = v_fma(h, error, h);
  }
  return v_fma(v_fma(-root, root, w), h, root);
}
ALWAYS_INLINE vmask v_lt(vd a, vd b) { return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ); }
ALWAYS_INLINE vmask v_and(vmask a, vmask b) { return a & b; }
ALWAYS_INLINE vd v_select(vmask m, vd a, vd b) { return (vd)_mm512_mask_blend_pd(m, (__m512d)b, (__m512d)a); }
ALWAYS_INLINE vd v_keep(vmask m, vd a) { return (vd)_mm512_maskz_mov_pd(m, (__m512d)a); }
/** v_choose(m, a, v_choice(a, b)): b in the lanes of m, a in the others, for the same a and b again and again. */
ALWAYS_INLINE vd v_choice(vd a, vd b) { return (void)a, b; }
ALWAYS_INLINE vd v_choose(vmask m, vd a, vd choice) { return v_select(m, choice, a); }
ALWAYS_INLINE int v_count(vmask m) { return __builtin_popcount(m); }
/** Integer to double, correctly rounded. */
ALWAYS_INLINE vd v_from_int(vi a) { return (vd)_mm512_cvtepi64_pd((__m512i)a); }
/** Double to nearest integer (ties to even), |a| < 2^62. */
ALWAYS_INLINE vi v_round(vd a) { return (vi)_mm512_cvtpd_epi64((__m512d)a); }
/** Lanes whose offset is >= first. */
ALWAYS_INLINE vmask v_offset_ge(const int32_t *offset, int32_t first) {
  return _mm256_cmpge_epi32_mask(_mm256_loadu_si256((const __m256i *)offset), _mm256_set1_epi32(first));
}
/** Lanes with count[lane] > k. */
ALWAYS_INLINE vmask v_longer(const int32_t *count, int32_t k) {
  return _mm256_cmpgt_epi32_mask(_mm256_loadu_si256((const __m256i *)count), _mm256_set1_epi32(k));
}
/** Integers whose upper halves lie at p; the lower halves are 0. */
ALWAYS_INLINE vi v_load_upper(const int32_t *p) {
  return (vi)_mm512_slli_epi64(_mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)p)), 32);
}
#define VECTOR_PAIR(p, a, b) \
  _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_load_pd((const double *)(p) + (a))), _mm256_load_pd((const double *)(p) + (b)), 1)
/** Four components of the records at W offsets, one particle per lane. */
ALWAYS_INLINE void v_records(const void *p, const int32_t *o, vd *x, vd *y, vd *z, vd *w) {
  const __m512d z0 = VECTOR_PAIR(p, o[0], o[2]), z1 = VECTOR_PAIR(p, o[1], o[3]), z2 = VECTOR_PAIR(p, o[4], o[6]),
                z3 = VECTOR_PAIR(p, o[5], o[7]);
  const __m512d a = _mm512_unpacklo_pd(z0, z1), b = _mm512_unpackhi_pd(z0, z1), c = _mm512_unpacklo_pd(z2, z3),
                d = _mm512_unpackhi_pd(z2, z3);
  *x              = (vd)_mm512_shuffle_f64x2(a, c, 0x88);
  *y              = (vd)_mm512_shuffle_f64x2(b, d, 0x88);
  *z              = (vd)_mm512_shuffle_f64x2(a, c, 0xdd);
  *w              = (vd)_mm512_shuffle_f64x2(b, d, 0xdd);
}
#define VECTOR_ADD(p, o, e, f, g, h)                               \
  vector_add(p, (o)[0], (vrecord)_mm512_castsi512_si256(e));       \
  vector_add(p, (o)[1], (vrecord)_mm512_castsi512_si256(f));       \
  vector_add(p, (o)[2], (vrecord)_mm512_extracti64x4_epi64(e, 1)); \
  vector_add(p, (o)[3], (vrecord)_mm512_extracti64x4_epi64(f, 1)); \
  vector_add(p, (o)[4], (vrecord)_mm512_castsi512_si256(g));       \
  vector_add(p, (o)[5], (vrecord)_mm512_castsi512_si256(h));       \
  vector_add(p, (o)[6], (vrecord)_mm512_extracti64x4_epi64(g, 1)); \
  vector_add(p, (o)[7], (vrecord)_mm512_extracti64x4_epi64(h, 1))
/** The reverse, added: to the records at W offsets, one after the other, since some may be equal. */
ALWAYS_INLINE void v_add_records(void *p, const int32_t *o, vi x, vi y, vi z, vi w) {
  const __m512i a = _mm512_unpacklo_epi64((__m512i)x, (__m512i)y), b = _mm512_unpackhi_epi64((__m512i)x, (__m512i)y),
                c = _mm512_unpacklo_epi64((__m512i)z, (__m512i)w), d = _mm512_unpackhi_epi64((__m512i)z, (__m512i)w);
  /* a = [x0y0|x2y2|x4y4|x6y6] b = [x1y1|..] c = [z0w0|z2w2|..] d = [z1w1|..] */
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  VECTOR_ADD(p, o, _mm512_permutex2var_epi64(a, low, c), _mm512_permutex2var_epi64(b, low, d), _mm512_permutex2var_epi64(a, high, c),
             _mm512_permutex2var_epi64(b, high, d));
}
/** The same for three components; what happens to slot 3 is not defined. */
ALWAYS_INLINE void v_add_vectors(void *p, const int32_t *o, vi x, vi y, vi z) {
  const __m512i a = _mm512_unpacklo_epi64((__m512i)x, (__m512i)y), b = _mm512_unpackhi_epi64((__m512i)x, (__m512i)y), c = (__m512i)z;
  VECTOR_ADD(p, o, _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 8, 2, 3, 10, 10), c),
             _mm512_permutex2var_epi64(b, _mm512_setr_epi64(0, 1, 9, 9, 2, 3, 11, 11), c),
             _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 5, 12, 12, 6, 7, 14, 14), c),
             _mm512_permutex2var_epi64(b, _mm512_setr_epi64(4, 5, 13, 13, 6, 7, 15, 15), c));
}
#undef VECTOR_ADD
/** The same for the first two components; the others stay. */
ALWAYS_INLINE void v_add_halves(void *p, const int32_t *o, vi x, vi y) {
  const __m512i a = _mm512_unpacklo_epi64((__m512i)x, (__m512i)y), b = _mm512_unpackhi_epi64((__m512i)x, (__m512i)y);
  vector_add_half(p, o[0], (vhalf)_mm512_castsi512_si128(a));
  vector_add_half(p, o[1], (vhalf)_mm512_castsi512_si128(b));
  vector_add_half(p, o[2], (vhalf)_mm512_extracti64x2_epi64(a, 1));
  vector_add_half(p, o[3], (vhalf)_mm512_extracti64x2_epi64(b, 1));
  vector_add_half(p, o[4], (vhalf)_mm512_extracti64x2_epi64(a, 2));
  vector_add_half(p, o[5], (vhalf)_mm512_extracti64x2_epi64(b, 2));
  vector_add_half(p, o[6], (vhalf)_mm512_extracti64x2_epi64(a, 3));
  vector_add_half(p, o[7], (vhalf)_mm512_extracti64x2_epi64(b, 3));
}
/** Sum of the four components of each record, in all its lanes (a vector holds W/4 records side by side). */
ALWAYS_INLINE vd v_record_sum(vd a) {
  const __m512d b = _mm512_add_pd((__m512d)a, _mm512_permute_pd((__m512d)a, 0x55));
  return (vd)_mm512_add_pd(b, _mm512_permutex_pd(b, 0x4e));
}
/** 2^n. */
ALWAYS_INLINE vd v_scale(vd a, vd n) { return (vd)_mm512_scalef_pd((__m512d)a, (__m512d)n); }

ALWAYS_INLINE vf vf_from_int(vs a) { return (vf)_mm512_cvtepi32_ps((__m512i)a); }
ALWAYS_INLINE vf vf_fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
ALWAYS_INLINE vf vf_max(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
ALWAYS_INLINE vf vf_abs(vf a) { return (vf)_mm512_abs_ps((__m512)a); }
ALWAYS_INLINE unsigned vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ); }
ALWAYS_INLINE float vf_largest(vf a) { return _mm512_reduce_max_ps((__m512)a); }
/** Lanes that are above the limit, as numbers without a sign. */
ALWAYS_INLINE unsigned vs_above(vs a, uint32_t limit) { return _mm512_cmpgt_epu32_mask((__m512i)a, _mm512_set1_epi32((int)limit)); }
/** Store the lanes of `mask` next to each other; F floats at p may be overwritten. */
ALWAYS_INLINE void vf_pack(float *p, unsigned mask, vf a) { _mm512_storeu_ps(p, _mm512_maskz_compress_ps((__mmask16)mask, (__m512)a)); }
ALWAYS_INLINE void vs_pack(int32_t *p, unsigned mask, vs a) {
  _mm512_storeu_si512(p, _mm512_maskz_compress_epi32((__mmask16)mask, (__m512i)a));
}
/** Numbers [k, k + W) of W rows, those of equal place next to each other: out[W][W]. */
ALWAYS_INLINE void vs_transpose(int32_t *out, const int32_t *const *row, int k) {
  __m256i a[8], b[8], c[8];
  for (int r = 0; r < 8; r++) a[r] = _mm256_loadu_si256((const __m256i *)(row[r] + k));
  for (int r = 0; r < 8; r += 2) b[r] = _mm256_unpacklo_epi32(a[r], a[r + 1]), b[r + 1] = _mm256_unpackhi_epi32(a[r], a[r + 1]);
  for (int r = 0; r < 8; r++) { /* places r % 4 | r % 4 + 4 of four rows */
    const int from = r / 4 * 4 + r % 4 / 2;
    c[r]           = r & 1 ? _mm256_unpackhi_epi64(b[from], b[from + 2]) : _mm256_unpacklo_epi64(b[from], b[from + 2]);
  }
  for (int place = 0; place < 4; place++) {
    _mm256_storeu_si256((__m256i *)(out + 8 * place), _mm256_permute2x128_si256(c[place], c[place + 4], 0x20));
    _mm256_storeu_si256((__m256i *)(out + 8 * place + 32), _mm256_permute2x128_si256(c[place], c[place + 4], 0x31));
  }
}

#else
/* ------------------------------------------------------------------------------------------------ four lanes */
ALWAYS_INLINE vmask v_and(vmask a, vmask b) { return a & b; }
ALWAYS_INLINE vmask v_lt(vd a, vd b) { return (vmask)(a < b); }
ALWAYS_INLINE vd v_keep(vmask m, vd a) { return (vd)(m & (vi)a); }
ALWAYS_INLINE vd v_choice(vd a, vd b) { return (vd)((vi)a ^ (vi)b); } /* two operations that read memory, where a blend needs a register */
ALWAYS_INLINE vd v_choose(vmask m, vd a, vd choice) { return (vd)((vi)a ^ (m & (vi)choice)); }
ALWAYS_INLINE int v_count(vmask m) { return (int)-(m[0] + m[1] + m[2] + m[3]); }
ALWAYS_INLINE vi v_load_upper(const int32_t *p) {
  typedef uint32_t vector_half __attribute__((vector_size(16)));
  vector_half a;
  memcpy(&a, p, sizeof a);
  return __builtin_convertvector(a, vi) << 32;
}
ALWAYS_INLINE vd v_scale(vd a, vd n) { /* 2^n by its bits; n is an integer >= -1022 */
  return a * (vd)((v_bits(n + VECTOR_MAGIC) + 1023) << 52);
}
ALWAYS_INLINE void vs_transpose(int32_t *out, const int32_t *const *row, int k) {
  typedef int32_t vector_four __attribute__((vector_size(16)));
  vector_four a[4], b[4], c[4];
  for (int r = 0; r < 4; r++) memcpy(&a[r], row[r] + k, sizeof a[r]);
  for (int r = 0; r < 2; r++) {
    b[r]     = __builtin_shufflevector(a[r], a[r + 2], 0, 4, 1, 5);
    b[r + 2] = __builtin_shufflevector(a[r], a[r + 2], 2, 6, 3, 7);
  }
  for (int r = 0; r < 4; r += 2) {
    c[r]     = __builtin_shufflevector(b[r], b[r + 1], 0, 4, 1, 5);
    c[r + 1] = __builtin_shufflevector(b[r], b[r + 1], 2, 6, 3, 7);
  }
  memcpy(out, c, sizeof c);
}

#if defined(__AVX2__)
ALWAYS_INLINE vd v_max(vd a, vd b) { return (vd)_mm256_max_pd((__m256d)a, (__m256d)b); }
ALWAYS_INLINE vd v_min(vd a, vd b) { return (vd)_mm256_min_pd((__m256d)a, (__m256d)b); }
ALWAYS_INLINE vd v_fma(vd a, vd b, vd c) { return (vd)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }
ALWAYS_INLINE vd v_sqrt(vd a) { return (vd)_mm256_sqrt_pd((__m256d)a); }
ALWAYS_INLINE vd v_sqrt_inverse(vd y, vd w) { return (void)y, v_sqrt(w); }
ALWAYS_INLINE vd v_select(vmask m, vd a, vd b) { return (vd)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m); }
ALWAYS_INLINE vd v_from_int(vi a) { /* high and low half by exponent tricks; one rounding, at the end */
  const __m256i low_magic = _mm256_set1_epi64x(0x4330000000000000), high_magic = _mm256_set1_epi64x(0x4530000080000000);
  const __m256d all_magic = _mm256_castsi256_pd(_mm256_set1_epi64x(0x4530000080100000));
  const __m256i low       = _mm256_blend_epi32(low_magic, (__m256i)a, 0x55);
  const __m256i high      = _mm256_xor_si256(_mm256_srli_epi64((__m256i)a, 32), high_magic);
  return (vd)_mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), all_magic), _mm256_castsi256_pd(low));
}
ALWAYS_INLINE vmask v_offset_ge(const int32_t *offset, int32_t first) {
  return (vmask)_mm256_cvtepi32_epi64(_mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)offset), _mm_set1_epi32(first - 1)));
}
ALWAYS_INLINE vmask v_longer(const int32_t *count, int32_t k) {
  return (vmask)_mm256_cvtepi32_epi64(_mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)count), _mm_set1_epi32(k)));
}
ALWAYS_INLINE void v_records(const void *p, const int32_t *o, vd *x, vd *y, vd *z, vd *w) {
  const double *q  = p;
  const __m256d r0 = _mm256_load_pd(q + o[0]), r1 = _mm256_load_pd(q + o[1]), r2 = _mm256_load_pd(q + o[2]), r3 = _mm256_load_pd(q + o[3]);
  const __m256d a = _mm256_unpacklo_pd(r0, r1), b = _mm256_unpackhi_pd(r0, r1), c = _mm256_unpacklo_pd(r2, r3),
                d = _mm256_unpackhi_pd(r2, r3);
  *x              = (vd)_mm256_permute2f128_pd(a, c, 0x20);
  *y              = (vd)_mm256_permute2f128_pd(b, d, 0x20);
  *z              = (vd)_mm256_permute2f128_pd(a, c, 0x31);
  *w              = (vd)_mm256_permute2f128_pd(b, d, 0x31);
}
ALWAYS_INLINE void v_add_records(void *p, const int32_t *o, vi x, vi y, vi z, vi w) {
  const __m256i a = _mm256_unpacklo_epi64((__m256i)x, (__m256i)y), b = _mm256_unpackhi_epi64((__m256i)x, (__m256i)y),
                c = _mm256_unpacklo_epi64((__m256i)z, (__m256i)w), d = _mm256_unpackhi_epi64((__m256i)z, (__m256i)w);
  vector_add(p, o[0], (vrecord)_mm256_permute2x128_si256(a, c, 0x20));
  vector_add(p, o[1], (vrecord)_mm256_permute2x128_si256(b, d, 0x20));
  vector_add(p, o[2], (vrecord)_mm256_permute2x128_si256(a, c, 0x31));
  vector_add(p, o[3], (vrecord)_mm256_permute2x128_si256(b, d, 0x31));
}
ALWAYS_INLINE void v_add_vectors(void *p, const int32_t *o, vi x, vi y, vi z) {
  const __m256i a = _mm256_unpacklo_epi64((__m256i)x, (__m256i)y), b = _mm256_unpackhi_epi64((__m256i)x, (__m256i)y), even = (__m256i)z,
                odd = _mm256_shuffle_epi32((__m256i)z, 0x4e);
  vector_add(p, o[0], (vrecord)_mm256_permute2x128_si256(a, even, 0x20));
  vector_add(p, o[1], (vrecord)_mm256_permute2x128_si256(b, odd, 0x20));
  vector_add(p, o[2], (vrecord)_mm256_permute2x128_si256(a, even, 0x31));
  vector_add(p, o[3], (vrecord)_mm256_permute2x128_si256(b, odd, 0x31));
}
ALWAYS_INLINE void v_add_halves(void *p, const int32_t *o, vi x, vi y) {
  const __m256i a = _mm256_unpacklo_epi64((__m256i)x, (__m256i)y), b = _mm256_unpackhi_epi64((__m256i)x, (__m256i)y);
  vector_add_half(p, o[0], (vhalf)_mm256_castsi256_si128(a));
  vector_add_half(p, o[1], (vhalf)_mm256_castsi256_si128(b));
  vector_add_half(p, o[2], (vhalf)_mm256_extracti128_si256(a, 1));
  vector_add_half(p, o[3], (vhalf)_mm256_extracti128_si256(b, 1));
}
ALWAYS_INLINE vf vf_from_int(vs a) { return (vf)_mm256_cvtepi32_ps((__m256i)a); }
ALWAYS_INLINE vf vf_fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
ALWAYS_INLINE vf vf_max(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
ALWAYS_INLINE float vf_largest(vf a) {
  __m128 b = _mm_max_ps(_mm256_castps256_ps128((__m256)a), _mm256_extractf128_ps((__m256)a, 1));
  b        = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_movehdup_ps(b)));
}
ALWAYS_INLINE unsigned vector_bits(vs m) { return (unsigned)_mm256_movemask_ps((__m256)m); }
ALWAYS_INLINE unsigned vf_lt(vf a, vf b) { return vector_bits((vs)(a < b)); }
/* Lane numbers of the set bits of a mask, packed, a byte each: one load instead of pdep, a product and pext. */
#define VECTOR_LANE(m, b) ((uint64_t)((m) >> (b)&1) * (b) << 8 * __builtin_popcount((m) & ((1u << (b)) - 1)))
#define VECTOR_ORDER(m)                                                                                                    \
  (VECTOR_LANE(m, 0) | VECTOR_LANE(m, 1) | VECTOR_LANE(m, 2) | VECTOR_LANE(m, 3) | VECTOR_LANE(m, 4) | VECTOR_LANE(m, 5) | \
   VECTOR_LANE(m, 6) | VECTOR_LANE(m, 7))
#define VECTOR_ORDER_4(m) VECTOR_ORDER(m), VECTOR_ORDER((m) + 1u), VECTOR_ORDER((m) + 2u), VECTOR_ORDER((m) + 3u)
#define VECTOR_ORDER_16(m) VECTOR_ORDER_4(m), VECTOR_ORDER_4((m) + 4u), VECTOR_ORDER_4((m) + 8u), VECTOR_ORDER_4((m) + 12u)
#define VECTOR_ORDER_64(m) VECTOR_ORDER_16(m), VECTOR_ORDER_16((m) + 16u), VECTOR_ORDER_16((m) + 32u), VECTOR_ORDER_16((m) + 48u)
static const uint64_t vector_orders[256] = {VECTOR_ORDER_64(0u), VECTOR_ORDER_64(64u), VECTOR_ORDER_64(128u), VECTOR_ORDER_64(192u)};
ALWAYS_INLINE __m256i vector_pack_order(unsigned mask) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(vector_orders + mask)));
}
ALWAYS_INLINE void vf_pack(float *p, unsigned mask, vf a) {
  _mm256_storeu_ps(p, _mm256_permutevar8x32_ps((__m256)a, vector_pack_order(mask)));
}
ALWAYS_INLINE void vs_pack(int32_t *p, unsigned mask, vs a) {
  _mm256_storeu_si256((__m256i *)p, _mm256_permutevar8x32_epi32((__m256i)a, vector_pack_order(mask)));
}
ALWAYS_INLINE vd v_record_sum(vd a) {
  const __m256d b = _mm256_add_pd((__m256d)a, _mm256_permute_pd((__m256d)a, 0x5));
  return (vd)_mm256_add_pd(b, _mm256_permute4x64_pd(b, 0x4e));
}
#else
ALWAYS_INLINE vd v_max(vd a, vd b) { return (vd)(((vi)(a > b) & (vi)a) | (~(vi)(a > b) & (vi)b)); }
ALWAYS_INLINE vd v_min(vd a, vd b) { return (vd)(((vi)(a < b) & (vi)a) | (~(vi)(a < b) & (vi)b)); }
ALWAYS_INLINE vd v_record_sum(vd a) {
  const double s = (a[0] + a[1]) + (a[2] + a[3]);
  return v_set(s);
}
ALWAYS_INLINE vd v_fma(vd a, vd b, vd c) { return a * b + c; }
ALWAYS_INLINE vd v_sqrt(vd a) { return (vd){sqrt(a[0]), sqrt(a[1]), sqrt(a[2]), sqrt(a[3])}; }
ALWAYS_INLINE vd v_sqrt_inverse(vd y, vd w) { return (void)y, v_sqrt(w); }
ALWAYS_INLINE vd v_select(vmask m, vd a, vd b) { return (vd)((m & (vi)a) | (~m & (vi)b)); }
ALWAYS_INLINE vd v_from_int(vi a) { return (vd){(double)a[0], (double)a[1], (double)a[2], (double)a[3]}; }
ALWAYS_INLINE vmask v_offset_ge(const int32_t *o, int32_t first) {
  return (vmask){-(o[0] >= first), -(o[1] >= first), -(o[2] >= first), -(o[3] >= first)};
}
ALWAYS_INLINE vmask v_longer(const int32_t *c, int32_t k) { return (vmask){-(c[0] > k), -(c[1] > k), -(c[2] > k), -(c[3] > k)}; }
ALWAYS_INLINE void v_records(const void *p, const int32_t *o, vd *x, vd *y, vd *z, vd *w) {
  const double *q = p;
  *x              = (vd){q[o[0]], q[o[1]], q[o[2]], q[o[3]]};
  *y              = (vd){q[o[0] + 1], q[o[1] + 1], q[o[2] + 1], q[o[3] + 1]};
  *z              = (vd){q[o[0] + 2], q[o[1] + 2], q[o[2] + 2], q[o[3] + 2]};
  *w              = (vd){q[o[0] + 3], q[o[1] + 3], q[o[2] + 3], q[o[3] + 3]};
}
ALWAYS_INLINE void v_add_records(void *p, const int32_t *o, vi x, vi y, vi z, vi w) {
  for (int k = 0; k < W; k++) {
    const vi record = {x[k], y[k], z[k], w[k]};
    vector_add(p, o[k], (vrecord)record);
  }
}
ALWAYS_INLINE void v_add_vectors(void *p, const int32_t *o, vi x, vi y, vi z) { v_add_records(p, o, x, y, z, v_set_int(0)); }
ALWAYS_INLINE void v_add_halves(void *p, const int32_t *o, vi x, vi y) {
  for (int k = 0; k < W; k++) vector_add_half(p, o[k], (vhalf){x[k], y[k]});
}
ALWAYS_INLINE vf vf_from_int(vs a) { return __builtin_convertvector(a, vf); }
ALWAYS_INLINE vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
ALWAYS_INLINE vf vf_max(vf a, vf b) { return (vf)(((vs)(a > b) & (vs)a) | (~(vs)(a > b) & (vs)b)); }
ALWAYS_INLINE float vf_largest(vf a) {
  float largest = a[0];
  for (int k = 1; k < F; k++) largest = a[k] > largest ? a[k] : largest;
  return largest;
}
ALWAYS_INLINE unsigned vector_bits(vs m) {
  unsigned bits = 0;
  for (int k = 0; k < F; k++) bits |= (unsigned)(m[k] & 1) << k;
  return bits;
}
ALWAYS_INLINE unsigned vf_lt(vf a, vf b) { return vector_bits((vs)(a < b)); }
ALWAYS_INLINE void vf_pack(float *p, unsigned mask, vf a) {
  for (int k = 0; k < F; k++)
    if (mask >> k & 1) *p++ = a[k];
}
ALWAYS_INLINE void vs_pack(int32_t *p, unsigned mask, vs a) {
  for (int k = 0; k < F; k++)
    if (mask >> k & 1) *p++ = a[k];
}
#endif
ALWAYS_INLINE vf vf_abs(vf a) { return (vf)((vs)a & 0x7fffffff); }
ALWAYS_INLINE unsigned vs_above(vs a, uint32_t limit) {
  return vector_bits((vs)((a ^ INT32_MIN) > vs_set((int32_t)(limit ^ 0x80000000u))));
}
ALWAYS_INLINE vi v_round(vd a) { /* high and low half, each rounded by the magic number, whose own low half is 0; exact, ties to even */
  const vd magic = v_set(VECTOR_MAGIC), high = v_fma(a, v_set(0x1p-32), magic), low = v_fma(high - magic, v_set(-0x1p32), a) + magic;
  return (v_bits(high) << 32) + (v_bits(low) - v_bits(magic));
}
#endif
/** Sums of forces as numbers. */
#ifdef TEKTITE_PLAIN_SUMS
ALWAYS_INLINE vd v_from_sum(vi sum) { return v_keep(v_lt((vd)sum, v_set(1e300)), (vd)sum); } /* slot 3 may hold anything */
#else
ALWAYS_INLINE vd v_from_sum(vi sum) { return v_from_int(sum); }
#endif

/** exp(a) for a <= 0 (below -700: 0 within 1e-300), 2^n times the Taylor polynomial of degree 13 on |r| <= ln2/2: truncation 4e-18, so
 *  rounding decides. Evaluated in pairs (Estrin), which is shorter in time than Horner's chain. */
ALWAYS_INLINE vd v_exp(vd a) {
  a           = v_max(a, v_set(-700.0));
  const vd n  = v_fma(a, v_set(1.4426950408889634), v_set(VECTOR_MAGIC)) - VECTOR_MAGIC;
  vd r        = v_fma(n, v_set(-6.93147180369123816490e-01), a);
  r           = v_fma(n, v_set(-1.90821492927058770002e-10), r);
  const vd r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
  const vd p0 = v_fma(r, v_set(1.0), v_set(1.0)), p2 = v_fma(r, v_set(1.0 / 6), v_set(0.5)),
           p4 = v_fma(r, v_set(1.0 / 120), v_set(1.0 / 24)), p6 = v_fma(r, v_set(1.0 / 5040), v_set(1.0 / 720)),
           p8 = v_fma(r, v_set(1.0 / 362880), v_set(1.0 / 40320)), p10 = v_fma(r, v_set(1.0 / 39916800), v_set(1.0 / 3628800)),
           p12 = v_fma(r, v_set(1.0 / 6227020800.0), v_set(1.0 / 479001600));
  const vd q0 = v_fma(p2, r2, p0), q4 = v_fma(p6, r2, p4), q8 = v_fma(p10, r2, p8);
  return v_scale(v_fma(v_fma(p12, r4, q8), r8, v_fma(q4, r4, q0)), n);
}
/** Largest lane. */
ALWAYS_INLINE double v_largest(vd a) {
  double largest = a[0];
  for (int k = 1; k < W; k++) largest = a[k] > largest ? a[k] : largest;
  return largest;
}
ALWAYS_INLINE int64_t v_sum_int(vi a) {
  uint64_t sum = 0; /* wraps: the accumulators are numbers modulo 2^64 */
  for (int k = 0; k < W; k++) sum += (uint64_t)a[k];
  return (int64_t)sum;
}
