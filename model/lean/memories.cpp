// What a step of the PredRNN line does between its convolutions: the same as model/lean/eager.py.
//
// Gates are float32 where a convolution leaves its sums (G), and what is written is as convolutions read it (T).

#include "kernels.h"

namespace {

// s(a) tanh(b)
inline float gate(float a, float b) {
  float eb = fall(2.0f * b);
  return (1.0f - eb) / ((1.0f + fall(a)) * (1.0f + eb));
}

// m' = s(f) m + s(i) tanh(g), of gates i, f, g
template <class G, class T>
void remember_pixel(const G* gates, float* memory, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float ei = 1.0f + fall(wide(gates[k])), ef = 1.0f + fall(wide(gates[n + k])), eg = fall(2.0f * wide(gates[2 * n + k]));
    float input = ei * (1.0f + eg), now = (memory[k] * input + (1.0f - eg) * ef) / (ef * input);
    memory[k] = now;
    put(out + k, now);
  }
}

// m' = s(o) tanh(kept) + s(i) tanh(g), of gates i, g
template <class G, class T>
void replace_pixel(const G* o, const float* kept, const G* gates, float* memory, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float now = gate(wide(o[k]), kept[k]) + gate(wide(gates[k]), wide(gates[n + k]));
    memory[k] = now;
    put(out + k, now);
  }
}

// z' = s(s) tanh(p) + (1 - s(s)) z, of gates p, s
template <class G, class T>
void highway_pixel(const G* gates, float* z, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float ep = fall(2.0f * wide(gates[k])), value = (1.0f - ep) / (1.0f + ep);
    float now = z[k] + (value - z[k]) / (1.0f + fall(wide(gates[n + k])));
    z[k] = now;
    put(out + k, now);
  }
}

// s(a) tanh(b)
template <class G, class T>
void gated_pixel(const G* a, const float* b, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) put(out + k, gate(wide(a[k]), b[k]));
}

// tanh(a) tanh(b)
template <class G, class T>
void squashed_pixel(const G* a, const float* b, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float ea = fall(2.0f * wide(a[k])), eb = fall(2.0f * b[k]);
    put(out + k, (1.0f - ea) * (1.0f - eb) / ((1.0f + ea) * (1.0f + eb)));
  }
}

template <class Body>
void for_pixels(int64_t rows, int64_t width, int threads, Body body) {
#pragma omp parallel for collapse(2) num_threads(threads)
  for (int64_t y = 0; y < rows; y++)
    for (int64_t x = 0; x < width; x++) body(y, x);
}

}  // namespace

#define FOR_EACH(name, parameters, body)                                               \
  namespace {                                                                          \
  template <class G, class T>                                                          \
  void name parameters {                                                               \
    for_pixels(rows, width, threads, [=](int64_t y, int64_t x) { body; });             \
  }                                                                                    \
  }

#define SIZE int64_t rows, int64_t width, int64_t n, int threads

FOR_EACH(remember, (Map gates, Map memory, Map out, SIZE),
         remember_pixel(at<G>(gates, y, x), at<float>(memory, y, x), at<T>(out, y, x), n))
FOR_EACH(replace, (Map o, Map kept, Map gates, Map memory, Map out, SIZE),
         replace_pixel(at<G>(o, y, x), at<float>(kept, y, x), at<G>(gates, y, x), at<float>(memory, y, x),
                       at<T>(out, y, x), n))
FOR_EACH(highway, (Map gates, Map z, Map out, SIZE),
         highway_pixel(at<G>(gates, y, x), at<float>(z, y, x), at<T>(out, y, x), n))
FOR_EACH(gated, (Map a, Map b, Map out, SIZE), gated_pixel(at<G>(a, y, x), at<float>(b, y, x), at<T>(out, y, x), n))
FOR_EACH(squashed, (Map a, Map b, Map out, SIZE),
         squashed_pixel(at<G>(a, y, x), at<float>(b, y, x), at<T>(out, y, x), n))

#define FOR_PAIRS(name, parameters, arguments)                                                          \
  extern "C" void name##_float32_float32 parameters { name<float, float> arguments; }                   \
  extern "C" void name##_float32_bfloat16 parameters { name<float, bfloat16> arguments; }               \
  extern "C" void name##_bfloat16_bfloat16 parameters { name<bfloat16, bfloat16> arguments; }

FOR_PAIRS(remember, (Map gates, Map memory, Map out, SIZE), (gates, memory, out, rows, width, n, threads))
FOR_PAIRS(replace, (Map o, Map kept, Map gates, Map memory, Map out, SIZE),
          (o, kept, gates, memory, out, rows, width, n, threads))
FOR_PAIRS(highway, (Map gates, Map z, Map out, SIZE), (gates, z, out, rows, width, n, threads))
FOR_PAIRS(gated, (Map a, Map b, Map out, SIZE), (a, b, out, rows, width, n, threads))
FOR_PAIRS(squashed, (Map a, Map b, Map out, SIZE), (a, b, out, rows, width, n, threads))
