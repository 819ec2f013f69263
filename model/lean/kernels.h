// What happens at one pixel of a lean step: shared by kernels.cpp and tiles.cpp.
//
// Maps are (rows, pixels, channels), float32 or bfloat16, whose channels lie side by side. Sums are made in float32.
// The inner loops run over channels, and the compiler makes vectors of them. NaN must come through, as the engine looks
// for it; so no -ffast-math, and limits are written for NaN to pass.

#pragma once

#include <cstdint>
#include <cstring>

namespace {

struct bfloat16 {
  uint16_t bits;
};

template <class To, class From>
inline To same_bits(From value) {
  To result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

inline float wide(float value) { return value; }
inline float wide(bfloat16 value) { return same_bits<float>(uint32_t(value.bits) << 16); }

inline void put(float* place, float value) { *place = value; }
inline void put(bfloat16* place, float value) {  // to the nearest
  place->bits = uint16_t((same_bits<uint32_t>(value) + 0x8000u) >> 16);
}

// e^x for |x| < 80, relative error 2e-7: 2^n by its bits, a polynomial for the rest (Cephes).
inline float power(float x) {
  float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the last bits are the whole number
  float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * same_bits<float>((same_bits<uint32_t>(shifted) << 23) + 0x3f800000u);
}

// e^-x, limited so that a product of three is still finite: a sigmoid is then off by less than 1e-12.
inline float fall(float x) {
  x = x < -28.0f ? -28.0f : x;
  x = x > 28.0f ? 28.0f : x;
  return power(-x);
}

inline float relu(float x) { return x < 0.0f ? 0.2f * x : x; }

}  // namespace

extern "C" {

// A map: distances are in elements.
struct Map {
  void* data;
  int64_t row, pixel;
};

}

namespace {

template <class T>
inline T* at(const Map& map, int64_t row, int64_t pixel) {
  return static_cast<T*>(map.data) + row * map.row + pixel * map.pixel;
}

// c' = s(f) c + s(i) tanh(g);  h' = s(o) tanh(c'), as two fractions: divisions are what costs.
template <class G, class T, bool both>
inline void lstm_pixel(const G* gates, const G* more, float* c, T* h, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float i = wide(gates[k]), f = wide(gates[n + k]), g = wide(gates[2 * n + k]), o = wide(gates[3 * n + k]);
    if constexpr (both)
      i += wide(more[k]), f += wide(more[n + k]), g += wide(more[2 * n + k]), o += wide(more[3 * n + k]);
    float ei = 1.0f + fall(i), ef = 1.0f + fall(f), eo = 1.0f + fall(o), eg = fall(2.0f * g);
    float input = ei * (1.0f + eg);
    float now = (c[k] * input + (1.0f - eg) * ef) / (ef * input);
    float ec = fall(2.0f * now);
    c[k] = now;
    put(h + k, (1.0f - ec) / (eo * (1.0f + ec)));
  }
}

// h' = (1 - z) leaky(aq + r bq) + z h with z = s(az + bz), r = s(ar + br)
template <class G, class T>
inline void gru_pixel(const G* a, const G* b, const float* h, float* now, T* out, int64_t n) {
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float ez = 1.0f + fall(wide(a[k]) + wide(b[k]));
    float er = 1.0f + fall(wide(a[n + k]) + wide(b[n + k]));
    float q = relu(wide(a[2 * n + k]) + wide(b[2 * n + k]) / er);
    float next = q + (h[k] - q) / ez;
    now[k] = next;
    put(out + k, next);
  }
}

template <class T>
inline void mix_pixel(const T* const* corner, const float* weight, T* out, int64_t n) {
  const T *a = corner[0], *b = corner[1], *c = corner[2], *d = corner[3];
  const float wa = weight[0], wb = weight[1], wc = weight[2], wd = weight[3];
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    put(out + k, wa * wide(a[k]) + wb * wide(b[k]) + wc * wide(c[k]) + wd * wide(d[k]));
}

// h (height, width, n) at (x, y) * stretch + shift, bilinear, zero outside.
template <class T>
inline void look(const Map& h, const float* stretch, const float* shift, float x, float y, int64_t height,
                 int64_t width, int64_t n, T* out) {
  x = x * stretch[0] + shift[0], y = y * stretch[1] + shift[1];
  if (!(x > -1.0f && y > -1.0f && x < float(width) && y < float(height))) {
    for (int64_t k = 0; k < n; k++) put(out + k, 0.0f);
    return;
  }
  int64_t left = int64_t(x + 1.0f) - 1, top = int64_t(y + 1.0f) - 1;
  float right = x - float(left), low = y - float(top);
  const T* corner[4];
  float weight[4];
  for (int64_t at_corner = 0; at_corner < 4; at_corner++) {
    int64_t px = left + at_corner % 2, py = top + at_corner / 2;
    bool inside = px >= 0 && py >= 0 && px < width && py < height;
    corner[at_corner] = inside ? at<T>(h, py, px) : at<T>(h, 0, 0);
    weight[at_corner] =
        inside ? (at_corner % 2 ? right : 1.0f - right) * (at_corner / 2 ? low : 1.0f - low) : 0.0f;
  }
  mix_pixel(corner, weight, out, n);
}

}  // namespace
