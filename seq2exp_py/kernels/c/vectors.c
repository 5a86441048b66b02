/* Vectors of float32 as wide as the machine's, and the elementary functions on them; included by the other files. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec v) { *(vec *)p = v; }
INLINE vec splat(float x) { return x - (vec){0}; }
INLINE vec larger(vec a, vec b) { ivec m = a > b; return (vec)(((ivec)a & m) | ((ivec)b & ~m)); }
INLINE float total(vec v) { float s = 0; for (int i = 0; i < LANES; i++) s += v[i]; return s; }

/* 2^x = 2^k 2^f with whole k and |f| <= 1/2; the polynomial is within 1e-7 and exact at f = 0. */
INLINE vec power2(vec x) {
#if LANES == 16
    vec k = _mm512_roundscale_ps(x, 8);
    vec f = x - k;
#else
    x = -larger(-larger(x, splat(-126)), splat(-127));
    vec biased = x + 12582912.0f, f = x - (biased - 12582912.0f); /* 1.5 * 2^23: the sum's last bits hold k */
#endif
    vec p = 0.00132647273f * f + 0.00967151299f;
    p = p * f + 0.0555073358f;
    p = p * f + 0.240222424f;
    p = p * f + 0.693147004f;
    p = p * f + 1.0f;
#if LANES == 16
    return _mm512_scalef_ps(p, k);
#else
    return (vec)((ivec)p + ((ivec)biased << 23));
#endif
}

INLINE vec sigmoid(vec x) { return 1 / (1 + power2(x * -1.442695041f)); }

/* log(1 + e^x) = max(x, 0) + 2 atanh(s), s = e^-|x| / (2 + e^-|x|) */
INLINE vec log1pexp(vec x) {
    vec e = power2(larger(x, -x) * -1.442695041f), s = e / (2 + e), q = s * s;
    vec series = ((((q * (1 / 11.0f) + 1 / 9.0f) * q + 1 / 7.0f) * q + 0.2f) * q + 1 / 3.0f) * q + 1;
    return larger(x, splat(0)) + 2 * s * series;
}
