/* The scan for CPUs with a C compiler: vectors over channels, states in registers.

   Arrays are float32 with channels (or states) contiguous: u, z, y (batch, length, channels); B, C (batch, length, state);
   steps (batch, length, rank or channels); rates (state, channels) = A log2(e), so that a decay is 2^(d rate). The step size of a
   channel is d = softplus(lift^T steps + bias), or that of steps itself where rank is 0. The scan runs in segments of SEGMENT
   steps; `starts` (segments, batch, state, channels) keeps the state that enters each, from which the backward pass recomputes it.
   Where y is NULL only the state moves on. Work is split over (batch, group of channels); channels must be a multiple of 16. */

#include "vectors.c"

#define SEGMENT 64
#define STRETCH 16 /* steps that the forward pass takes at a time, for one vector of channels after the other; divides SEGMENT */
#define UNROLL _Pragma("GCC unroll 4")

typedef struct {
    int64_t batch, length, channels, state, rank, groups, threads;
    int64_t u_batch, u_step, z_batch, z_step, steps_batch, steps_step, bc_batch, bc_step, y_batch, y_step; /* strides, in floats */
    const float *u, *steps, *lift, *rates, *B, *C, *D, *z, *bias;
    float *starts, *carry, *y;
    const float *dy;
    float *du, *dsteps, *dB, *dC, *dz, *dA, *dD;
    int32_t softplus, reverse;
} Scan; /* structs.py reads the members here */

int scan_size(void) { return sizeof(Scan); }

INLINE vec raw_step(const Scan *s, int64_t b, int64_t t, int64_t c) {
    const float *row = s->steps + b * s->steps_batch + t * s->steps_step;
    vec d = load(s->bias + c);
    if (!s->rank) return d + load(row + c);
    for (int64_t r = 0; r < s->rank; r++) d += row[r] * load(s->lift + r * s->channels + c);
    return d;
}

INLINE int64_t position(const Scan *s, int64_t step) { return s->reverse ? s->length - 1 - step : step; }
INLINE const float *row_of(const float *p, const Scan *s, int64_t b, int64_t t) { return p + b * s->bc_batch + t * s->bc_step; }
INLINE float *start_of(const Scan *s, int64_t b, int64_t segment) {
    return s->starts + (segment * s->batch + b) * s->state * s->channels;
}

/* Where the next vector of channels lies, in steps and channels from this one: beside it, or at the start of the next stretch.
   A vector is one cache line of a row and the next step's is a whole row on, which no processor fetches ahead by itself. */
typedef struct {
    int64_t step, c;
} Ahead;

INLINE Ahead ahead_of(const Scan *s, int64_t c, int64_t low, int64_t high) {
    if (c + LANES < high) return (Ahead){0, LANES};
    return (Ahead){s->reverse ? -STRETCH : STRETCH, low - c};
}

INLINE void fetch(const float *p, int64_t step, Ahead a) { __builtin_prefetch((const char *)p + 4 * (a.step * step + a.c)); }

/* One stretch of one vector of channels, forward. */
INLINE void forward_block(const int N, const Scan *s, int64_t b, int64_t c, Ahead ahead, int64_t first, int64_t last) {
    vec h[N], rate[N], sizes[STRETCH], skip = load(s->D + c);
    float *carry = s->carry + b * s->state * s->channels + c;
    float *kept = s->starts && first % SEGMENT == 0 ? start_of(s, b, first / SEGMENT) + c : NULL;
    for (int n = 0; n < N; n++) {
        h[n] = load(carry + n * s->channels);
        rate[n] = load(s->rates + n * s->channels + c);
        if (kept) store(kept + n * s->channels, h[n]);
    }
    for (int64_t step = first; step < last; step++) { /* by themselves: in the recurrence each would be waited for */
        int64_t t = position(s, step);
        if (!s->rank) fetch(s->steps + b * s->steps_batch + t * s->steps_step + c, s->steps_step, ahead);
        vec d = raw_step(s, b, t, c);
        sizes[step - first] = s->softplus ? log1pexp(d) : d;
    }
    for (int64_t step = first; step < last; step++) {
        int64_t t = position(s, step);
        const float *B = row_of(s->B, s, b, t), *C = row_of(s->C, s, b, t);
        const float *u_at = s->u + b * s->u_batch + t * s->u_step + c;
        fetch(u_at, s->u_step, ahead);
        vec d = sizes[step - first], u = load(u_at);
        vec x = d * u, y0 = skip * u, y1 = splat(0);
        if (!s->y) {
            for (int n = 0; n < N; n++) h[n] = power2(d * rate[n]) * h[n] + x * B[n];
            continue;
        }
        for (int n = 0; n < N; n++) {
            h[n] = power2(d * rate[n]) * h[n] + x * B[n];
            if (n & 1) y1 += h[n] * C[n];
            else y0 += h[n] * C[n];
        }
        y0 += y1;
        if (s->z) {
            const float *z_at = s->z + b * s->z_batch + t * s->z_step + c;
            fetch(z_at, s->z_step, ahead);
            vec z = load(z_at);
            y0 *= z * sigmoid(z);
        }
        float *y_at = s->y + b * s->y_batch + t * s->y_step + c;
        fetch(y_at, s->y_step, ahead);
        store(y_at, y0);
    }
    for (int n = 0; n < N; n++) store(carry + n * s->channels, h[n]);
}

typedef struct {
    vec decay, kept, dB, dC; /* of one step and state: the factor on the state, the state after it, sums over channels to come */
} Past;

typedef struct {
    vec d, slope; /* step size and its derivative */
    Past past[];
} Step;

INLINE size_t step_size(int64_t N) { return sizeof(Step) + N * sizeof(Past); }
INLINE Step *step_at(Step *steps, int64_t N, int64_t i) { return (Step *)((char *)steps + i * step_size(N)); }

/* One segment of one vector of channels, backward: the states again, then their gradients from the last step to the first. */
INLINE void backward_block(const int N, const Scan *s, Step *steps, int64_t b, int64_t c, int64_t first, int64_t last) {
    vec h[N], dA[N], rate[N], skip = load(s->D + c), dD = load(s->dD + b * s->channels + c);
    const float *start = start_of(s, b, first / SEGMENT) + c;
    float *carry = s->carry + b * s->state * s->channels + c, *dA_row = s->dA + b * s->state * s->channels + c;
    for (int n = 0; n < N; n++) {
        h[n] = load(start + n * s->channels);
        rate[n] = load(s->rates + n * s->channels + c);
    }
    for (int64_t step = first; step < last; step++) {
        int64_t t = position(s, step);
        vec d = raw_step(s, b, t, c), u = load(s->u + b * s->u_batch + t * s->u_step + c);
        Step *w = step_at(steps, N, step - first);
        w->slope = s->softplus ? sigmoid(d) : splat(1);
        w->d = d = s->softplus ? log1pexp(d) : d;
        const float *B = row_of(s->B, s, b, t);
        UNROLL
        for (int n = 0; n < N; n++) {
            vec decay = power2(d * rate[n]), kept = decay * h[n];
            w->past[n].decay = decay;
            w->past[n].kept = kept;
            h[n] = kept + d * u * B[n];
        }
    }
    for (int n = 0; n < N; n++) {
        h[n] = load(carry + n * s->channels); /* from here on h is the gradient of the state */
        dA[n] = load(dA_row + n * s->channels);
    }
    for (int64_t step = last - 1; step >= first; step--) {
        int64_t t = position(s, step), at = (b * s->length + t) * s->channels + c;
        const float *B = row_of(s->B, s, b, t), *C = row_of(s->C, s, b, t);
        Step *w = step_at(steps, N, step - first);
        vec d = w->d, u = load(s->u + b * s->u_batch + t * s->u_step + c), x = d * u, dy = load(s->dy + at);
        vec z = splat(0), gate = splat(1), y = skip * u, dd = splat(0), dx = splat(0), out = dy;
        if (s->z) {
            z = load(s->z + b * s->z_batch + t * s->z_step + c);
            gate = sigmoid(z);
            dy *= z * gate;
        }
        UNROLL
        for (int n = 0; n < N; n++) {
            Past *past = w->past + n;
            vec kept = past->kept, value = kept + x * B[n], grad = h[n] + dy * C[n], lost = grad * kept;
            y += value * C[n];
            past->dC += dy * value;
            past->dB += grad * x;
            dx += grad * B[n];
            dA[n] += lost * d;
            dd += lost * rate[n];
            h[n] = grad * past->decay;
        }
        dD += dy * u;
        store(s->du + at, dx * d + dy * skip);
        store(s->dsteps + at, (dd * 0.69314718f + dx * u) * w->slope);
        if (s->z) store(s->dz + at, out * y * gate * (1 + z * (1 - gate)));
    }
    for (int n = 0; n < N; n++) {
        store(carry + n * s->channels, h[n]);
        store(dA_row + n * s->channels, dA[n]);
    }
    store(s->dD + b * s->channels + c, dD);
}

/* The usual state sizes get loops of fixed length, whose states stay in registers. */
#define BY_STATE(call) switch (s->state) { case 4: call(4); break; case 8: call(8); break; case 16: call(16); break; default: call((int)s->state); }

static void forward_job(const Scan *s, int64_t b, int64_t low, int64_t high) {
    for (int64_t first = 0; first < s->length; first += STRETCH) {
        int64_t last = first + STRETCH < s->length ? first + STRETCH : s->length;
        for (int64_t c = low; c < high; c += LANES) {
#define CALL(N) forward_block(N, s, b, c, ahead_of(s, c, low, high), first, last)
            BY_STATE(CALL)
#undef CALL
        }
    }
}

static int backward_job(const Scan *s, int64_t b, int64_t group, int64_t low, int64_t high) {
    int64_t N = s->state;
    size_t size = SEGMENT * step_size(N);
    Step *steps = aligned_alloc(64, size);
    if (!steps) return 1;
    for (int64_t first = (s->length - 1) / SEGMENT * SEGMENT; first >= 0; first -= SEGMENT) {
        int64_t last = first + SEGMENT < s->length ? first + SEGMENT : s->length;
        memset(steps, 0, size);
        for (int64_t c = low; c < high; c += LANES) {
#define CALL(N) backward_block(N, s, steps, b, c, first, last)
            BY_STATE(CALL)
#undef CALL
        }
        for (int64_t step = first; step < last; step++) {
            int64_t at = ((b * s->groups + group) * s->length + position(s, step)) * N;
            const Past *past = step_at(steps, N, step - first)->past;
            for (int64_t n = 0; n < N; n++) {
                s->dB[at + n] = total(past[n].dB);
                s->dC[at + n] = total(past[n].dC);
            }
        }
    }
    free(steps);
    return 0;
}

static int run(const Scan *s, int back) {
    int failed = 0;
    int64_t blocks = s->channels / 16;
#pragma omp parallel for schedule(dynamic) num_threads(s->threads) reduction(| : failed)
    for (int64_t job = 0; job < s->batch * s->groups; job++) {
        int64_t b = job / s->groups, group = job % s->groups;
        int64_t low = group * blocks / s->groups * 16, high = (group + 1) * blocks / s->groups * 16;
        if (back) failed |= backward_job(s, b, group, low, high);
        else forward_job(s, b, low, high);
    }
    return failed;
}

/* Fill y, starts (where given) and carry, which holds the state: the initial one on entry, the final one on return. */
int scan_forward(const Scan *s) { return run(s, 0); }

/* Fill the gradients: du, dsteps (before softplus), dz; dB, dC (batch, groups, length, state) and dA (batch, state, channels),
   dD (batch, channels), zero on entry, are sums to finish; carry holds the gradient of the final state, then of the initial one. */
int scan_backward(const Scan *s) { return run(s, 1); }
