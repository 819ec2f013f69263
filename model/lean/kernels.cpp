// What a lean step does between its convolutions, each in one pass over memory: the same as model/lean/eager.py.

#include "kernels.h"

namespace {

template <class T, bool both>
void lstm_map(Map gates, Map more, Map c, Map h, int64_t rows, int64_t width, int64_t n, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++)
      lstm_pixel<T, T, both>(at<T>(gates, y, x), at<T>(more, y, x), at<float>(c, y, x), at<T>(h, y, x), n);
}

template <class T>
void lstm(Map gates, Map more, Map c, Map h, int64_t rows, int64_t width, int64_t n, int threads) {
  (more.data ? lstm_map<T, true> : lstm_map<T, false>)(gates, more, c, h, rows, width, n, threads);
}

template <class T>
void gru(Map a, Map b, Map h, Map now, Map out, int64_t rows, int64_t width, int64_t n, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++)
      gru_pixel<T, T>(at<T>(a, y, x), at<T>(b, y, x), at<float>(h, y, x), at<float>(now, y, x), at<T>(out, y, x), n);
}

template <class T>
void leaky(Map a, Map b, Map out, int64_t rows, int64_t width, int64_t n, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) {
      const T *one = at<T>(a, y, x), *other = at<T>(b, y, x);
      T* result = at<T>(out, y, x);
#pragma omp simd
      for (int64_t k = 0; k < n; k++) put(result + k, relu(wide(one[k]) + wide(other[k])));
    }
}

// Row y of the flows is row first + y of h; against the flow: at (x - dx, y - dy). One link after the other in out.
template <class T>
void warp(Map h, Map flows, Map out, const float* stretch, const float* shift, int64_t first, int64_t rows,
          int64_t height, int64_t width, int64_t n, int64_t links, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) {
      const T* flow = at<T>(flows, y, x);
      for (int64_t k = 0; k < links; k++)
        look(h, stretch, shift, float(x) - wide(flow[2 * k]), float(first + y) - wide(flow[2 * k + 1]), height, width,
             n, at<T>(out, y, x) + k * n);
    }
}

// Max-pooling by `factor`; by 1 it copies. rows and width are those of out.
template <class T>
void pool(Map h, Map out, int64_t rows, int64_t width, int64_t n, int64_t factor, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) {
      T* result = at<T>(out, y, x);
      std::memcpy(result, at<T>(h, y * factor, x * factor), n * sizeof(T));
      for (int64_t place = 1; place < factor * factor; place++) {
        const T* other = at<T>(h, y * factor + place / factor, x * factor + place % factor);
#pragma omp simd
        for (int64_t k = 0; k < n; k++) {
          float best = wide(result[k]), next = wide(other[k]);
          put(result + k, best >= next || best != best ? best : next);
        }
      }
    }
}

struct Between {
  int64_t before, after;
  float share;
};

inline Between between(int64_t at, int64_t factor, int64_t size) {
  float place = (float(at) + 0.5f) / float(factor) - 0.5f;
  place = place < 0.0f ? 0.0f : place;
  int64_t before = int64_t(place);
  return {before, before + 1 < size ? before + 1 : before, place - float(before)};
}

// Bilinear upsampling by `factor` with half-pixel centres, and the skip added. rows and width are those of out.
template <class T, bool skips>
void grow_map(Map h, Map skip, Map out, int64_t rows, int64_t width, int64_t n, int64_t factor, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) {
      Between v = between(y, factor, rows / factor), u = between(x, factor, width / factor);
      const T *a = at<T>(h, v.before, u.before), *b = at<T>(h, v.before, u.after);
      const T *c = at<T>(h, v.after, u.before), *d = at<T>(h, v.after, u.after), *added = at<T>(skip, y, x);
      T* result = at<T>(out, y, x);
#pragma omp simd
      for (int64_t k = 0; k < n; k++) {
        float above = (1.0f - u.share) * wide(a[k]) + u.share * wide(b[k]);
        float below = (1.0f - u.share) * wide(c[k]) + u.share * wide(d[k]);
        float grown = (1.0f - v.share) * above + v.share * below;
        if constexpr (skips) grown += wide(added[k]);
        put(result + k, grown);
      }
    }
}

template <class T>
void grow(Map h, Map skip, Map out, int64_t rows, int64_t width, int64_t n, int64_t factor, int threads) {
  (skip.data ? grow_map<T, true> : grow_map<T, false>)(h, skip, out, rows, width, n, factor, threads);
}

// The 1 x 1 head: out (rows, width, outputs) in float32 of h and weights (outputs, n).
template <class T>
void head(Map h, Map out, const float* weight, const float* bias, int64_t rows, int64_t width, int64_t n,
          int64_t outputs, int threads) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) {
      const T* seen = at<T>(h, y, x);
      for (int64_t o = 0; o < outputs; o++) {
        float total = 0.0f;
#pragma omp simd reduction(+ : total)
        for (int64_t k = 0; k < n; k++) total += weight[o * n + k] * wide(seen[k]);
        at<float>(out, y, x)[o] = total + bias[o];
      }
    }
}

}  // namespace

#define FOR_BOTH(name, parameters, arguments)                            \
  extern "C" void name##_float32 parameters { name<float> arguments; }   \
  extern "C" void name##_bfloat16 parameters { name<bfloat16> arguments; }

FOR_BOTH(lstm, (Map gates, Map more, Map c, Map h, int64_t rows, int64_t width, int64_t n, int threads),
         (gates, more, c, h, rows, width, n, threads))
FOR_BOTH(gru, (Map a, Map b, Map h, Map now, Map out, int64_t rows, int64_t width, int64_t n, int threads),
         (a, b, h, now, out, rows, width, n, threads))
FOR_BOTH(leaky, (Map a, Map b, Map out, int64_t rows, int64_t width, int64_t n, int threads),
         (a, b, out, rows, width, n, threads))
FOR_BOTH(warp,
         (Map h, Map flows, Map out, const float* stretch, const float* shift, int64_t first, int64_t rows,
          int64_t height, int64_t width, int64_t n, int64_t links, int threads),
         (h, flows, out, stretch, shift, first, rows, height, width, n, links, threads))
FOR_BOTH(pool, (Map h, Map out, int64_t rows, int64_t width, int64_t n, int64_t factor, int threads),
         (h, out, rows, width, n, factor, threads))
FOR_BOTH(grow, (Map h, Map skip, Map out, int64_t rows, int64_t width, int64_t n, int64_t factor, int threads),
         (h, skip, out, rows, width, n, factor, threads))
FOR_BOTH(head,
         (Map h, Map out, const float* weight, const float* bias, int64_t rows, int64_t width, int64_t n,
          int64_t outputs, int threads),
         (h, out, weight, bias, rows, width, n, outputs, threads))
