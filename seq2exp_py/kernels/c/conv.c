/* The short depthwise convolution and SiLU before the scan; float32, channels contiguous and a multiple of 16. */

#include "vectors.c"

typedef struct {
    int64_t batch, length, channels, width, first, last, threads; /* positions [first, last) of the sequence are computed */
    int64_t x_batch, x_step, dx_batch, dx_step;
    const float *x, *taps, *bias; /* taps (width, channels): the last meets the current position */
    float *u;
    const float *du;
    float *dx, *dtaps, *dbias;
    int32_t reverse;
} Conv; /* structs.py reads the members here */

int conv_size(void) { return sizeof(Conv); }

INLINE int64_t tap_position(const Conv *v, int64_t t, int64_t k) {
    return v->reverse ? t + (v->width - 1 - k) : t - (v->width - 1 - k);
}

INLINE vec convolve(const Conv *v, int64_t b, int64_t t, int64_t c) {
    vec sum = load(v->bias + c);
    for (int64_t k = 0; k < v->width; k++) {
        int64_t from = tap_position(v, t, k);
        if (from >= 0 && from < v->length) sum += load(v->x + b * v->x_batch + from * v->x_step + c) * load(v->taps + k * v->channels + c);
    }
    return sum;
}

/* u (batch, last - first, channels) = SiLU(conv(x) + bias), nothing beyond the ends of x. */
int conv_forward(const Conv *v) {
    int64_t rows = v->last - v->first;
#pragma omp parallel for num_threads(v->threads)
    for (int64_t row = 0; row < v->batch * rows; row++) {
        for (int64_t c = 0; c < v->channels; c += LANES) {
            vec sum = convolve(v, row / rows, v->first + row % rows, c);
            store(v->u + row * v->channels + c, sum * sigmoid(sum));
        }
    }
    return 0;
}

INLINE void backward_at(const Conv *v, int64_t row, int64_t b, int64_t t, int64_t c) {
    vec sum = convolve(v, b, t, c), gate = sigmoid(sum);
    vec d = load(v->du + row * v->channels + c) * gate * (1 + sum * (1 - gate));
    store(v->dbias + c, load(v->dbias + c) + d);
    for (int64_t k = 0; k < v->width; k++) {
        int64_t from = tap_position(v, t, k);
        if (from < 0 || from >= v->length) continue;
        float *dtap = v->dtaps + k * v->channels + c, *dx = v->dx + b * v->dx_batch + from * v->dx_step + c;
        store(dtap, load(dtap) + d * load(v->x + b * v->x_batch + from * v->x_step + c));
        store(dx, load(dx) + d * load(v->taps + k * v->channels + c));
    }
}

/* Add to dx (all positions), dtaps and dbias what du (batch, last - first, channels) gives them. */
int conv_backward(const Conv *v) {
    int64_t rows = v->last - v->first, blocks = v->channels / 16, groups = v->threads < blocks ? v->threads : blocks;
#pragma omp parallel for num_threads(v->threads)
    for (int64_t group = 0; group < groups; group++) {
        int64_t low = group * blocks / groups * 16, high = (group + 1) * blocks / groups * 16;
        for (int64_t row = 0; row < v->batch * rows; row++) {
            for (int64_t c = low; c < high; c += LANES) backward_at(v, row, row / rows, v->first + row % rows, c);
        }
    }
    return 0;
}
