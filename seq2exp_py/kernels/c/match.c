/* Filters over a sequence of bases, and of each filter the best match in every pool; float32, channels a multiple of 16. */

#include "vectors.c"
#include <math.h>

#define KINDS 5 /* of bases, the last of them N, whose taps are 0 */

typedef struct {
    int64_t batch, length, channels, width, before, pool, tokens, threads; /* position p of the output meets bases from p - before on */
    const uint8_t *codes; /* (batch, length) */
    const float *taps, *bias; /* taps (width, KINDS, channels) */
    float *best;
    int16_t *at; /* best, at (batch, tokens, channels): the value, and where in its pool it was found; at is left out if null */
    const float *dbest;
    float *dtaps, *dbias;
    int32_t silu;
} Match; /* structs.py reads the members here */

int match_size(void) { return sizeof(Match); }

INLINE int64_t kind(const Match *v, const uint8_t *codes, int64_t from) {
    return from >= 0 && from < v->length && codes[from] < KINDS ? codes[from] : KINDS - 1;
}

/* Where the taps lie that each base from `from` on meets, by its kind. */
INLINE void offsets(const Match *v, int64_t row, int64_t from, int64_t number, int64_t *out) {
    const uint8_t *codes = v->codes + row / v->tokens * v->length;
    for (int64_t i = 0; i < number; i++) out[i] = kind(v, codes, from + i) * v->channels;
}

/* best = max over the pool of sum over the taps (through SiLU if asked for); of equal ones the first. */
int match_forward(const Match *v) {
    int64_t rows = v->batch * v->tokens, span = v->pool + v->width - 1, failed = 0;
#pragma omp parallel num_threads(v->threads) reduction(| : failed)
    {
        int64_t *base = malloc(span * sizeof *base);
        failed = !base;
#pragma omp for
        for (int64_t row = 0; row < rows; row++) {
            if (!base) continue;
            offsets(v, row, row % v->tokens * v->pool - v->before, span, base);
            for (int64_t c = 0; c < v->channels; c += LANES) {
                const float *taps = v->taps + c;
                vec best = splat(-INFINITY), start = load(v->bias + c);
                ivec at = {0};
                for (int64_t j = 0; j < v->pool; j++) {
                    vec sum = start;
                    for (int64_t k = 0; k < v->width; k++) sum += load(taps + k * KINDS * v->channels + base[j + k]);
                    if (v->silu) sum *= sigmoid(sum);
                    ivec more = sum > best;
                    best = (vec)(((ivec)sum & more) | ((ivec)best & ~more));
                    at = (((int32_t)j - (ivec){0}) & more) | (at & ~more);
                }
                store(v->best + row * v->channels + c, best);
                for (int i = 0; v->at && i < LANES; i++) v->at[row * v->channels + c + i] = at[i];
            }
        }
        free(base);
    }
    return failed != 0;
}

/* What flows back to the taps of the channels from c on; `base` as in match_forward. */
INLINE void flow(const Match *v, int64_t first, int64_t c, const int64_t *base) {
    float *dtaps = v->dtaps + c;
    vec d = load(v->dbest + first);
    if (v->silu) {
        vec sum = load(v->bias + c);
        for (int i = 0; i < LANES; i++) {
            const int64_t *met = base + v->at[first + i];
            for (int64_t k = 0; k < v->width; k++) sum[i] += v->taps[k * KINDS * v->channels + met[k] + c + i];
        }
        vec gate = sigmoid(sum);
        d *= gate * (1 + sum * (1 - gate));
    }
    store(v->dbias + c, load(v->dbias + c) + d);
    for (int i = 0; i < LANES; i++) {
        const int64_t *met = base + v->at[first + i];
        for (int64_t k = 0; k < v->width; k++) dtaps[k * KINDS * v->channels + met[k] + i] += d[i];
    }
}

/* Add to dtaps and dbias what dbest gives them: only the best match of a pool is met by it. */
int match_backward(const Match *v) {
    int64_t rows = v->batch * v->tokens, span = v->pool + v->width - 1, failed = 0;
    int64_t blocks = v->channels / 16, groups = v->threads < blocks ? v->threads : blocks;
#pragma omp parallel for num_threads(v->threads) reduction(| : failed)
    for (int64_t group = 0; group < groups; group++) {
        int64_t low = group * blocks / groups * 16, high = (group + 1) * blocks / groups * 16, *base = malloc(span * sizeof *base);
        failed |= !base;
        for (int64_t row = 0; base && row < rows; row++) {
            offsets(v, row, row % v->tokens * v->pool - v->before, span, base);
            for (int64_t c = low; c < high; c += LANES) flow(v, row * v->channels + c, c, base);
        }
        free(base);
    }
    return failed != 0;
}
