// A step's convolutions and what follows them in one go, on processors with AMX: built into the same library as
// kernels.cpp, whose parts it shares. Sums stay in float32 from the first product to the new state.
//
// A convolution of a row of 32 pixels is a product of 2 x 16 rows of pixels by 2 x 16 columns of outputs, summed over the
// places a kernel reaches and 32 channels at a time. Maps have a border of zeros all around, and slack behind it, so
// that no place needs to be asked about; what is computed of pixels beyond the end of a row is dropped.

#include "kernels.h"

#ifdef __AMX_BF16__

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

extern "C" {

// A bordered map that a convolution of `reach` by `reach` reads, of 32 * blocks channels.
struct Source {
  Map map;
  int64_t reach, blocks;
};

// Its weights as model/lean/tiles.py lays them out, 32 outputs after the other, for all sources one after the other.
struct Product {
  const bfloat16* weights;
  const float* bias;
  int64_t outputs, count;
  Source sources[4];
};

}

namespace {

constexpr int64_t PIXELS = 32;

struct alignas(64) Config {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// out (32, outputs) of the pixels that begin at (y, x).
void multiply(const Product& product, int64_t y, int64_t x, float* out) {
  const bfloat16* weight = product.weights;
  for (int64_t o = 0; o < product.outputs; o += 32) {
    _tile_loadd(0, product.bias + o, 0);
    _tile_loadd(1, product.bias + o + 16, 0);
    _tile_loadd(2, product.bias + o, 0);
    _tile_loadd(3, product.bias + o + 16, 0);
    for (int64_t s = 0; s < product.count; s++) {
      const Source& source = product.sources[s];
      const int64_t pixel = source.map.pixel;
      for (int64_t place = 0; place < source.reach * source.reach; place++) {
        const bfloat16* seen = at<bfloat16>(source.map, y + place / source.reach, x + place % source.reach);
        for (int64_t block = 0; block < source.blocks; block++, seen += 32, weight += 1024) {
          _tile_loadd(4, seen, 2 * pixel);
          _tile_loadd(5, seen + 16 * pixel, 2 * pixel);
          _tile_loadd(6, weight, 64);
          _tile_loadd(7, weight + 512, 64);
          _tile_dpbf16ps(0, 4, 6);
          _tile_dpbf16ps(1, 4, 7);
          _tile_dpbf16ps(2, 5, 6);
          _tile_dpbf16ps(3, 5, 7);
        }
      }
    }
    const int64_t stride = 4 * product.outputs;
    _tile_stored(0, out + o, stride);
    _tile_stored(1, out + o + 16, stride);
    _tile_stored(2, out + o + 16 * product.outputs, stride);
    _tile_stored(3, out + o + 16 * product.outputs + 16, stride);
  }
}

// Calls body(y, x, pixels, scratch) for every 32 pixels of every row, on threads with their tiles set up.
template <class Body>
void for_blocks(int64_t rows, int64_t width, int64_t scratch, int threads, Body body) {
#pragma omp parallel num_threads(threads)
  {
    Config config;
    _tile_loadconfig(&config);
    std::vector<float> own(scratch + 16);
    float* aligned = own.data() + (16 - reinterpret_cast<uintptr_t>(own.data()) / 4 % 16) % 16;
#pragma omp for collapse(2)
    for (int64_t y = 0; y < rows; y++)
      for (int64_t x = 0; x < width; x += PIXELS) body(y, x, x + PIXELS < width ? PIXELS : width - x, aligned);
    _tile_release();
  }
}

}  // namespace

extern "C" {

// True when the system lets this process use the tiles.
int tiles() { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }

// The sum as it is: out (rows, width, outputs) in float32.
void tiled_sum(const Product* sum, Map out, int64_t rows, int64_t width, int64_t outputs, int threads) {
  for_blocks(rows, width, PIXELS * outputs, threads, [=](int64_t y, int64_t x, int64_t pixels, float* scratch) {
    multiply(*sum, y, x, scratch);
    std::memcpy(at<float>(out, y, x), scratch, pixels * outputs * sizeof(float));
  });
}

void tiled_lstm(const Product* gates, Map c, Map h, int64_t rows, int64_t width, int64_t n, int threads) {
  for_blocks(rows, width, PIXELS * 4 * n, threads, [=](int64_t y, int64_t x, int64_t pixels, float* out) {
    multiply(*gates, y, x, out);
    for (int64_t p = 0; p < pixels; p++)
      lstm_pixel<float, bfloat16, false>(out + p * 4 * n, nullptr, at<float>(c, y, x + p), at<bfloat16>(h, y, x + p), n);
  });
}

void tiled_leaky(const Product* sum, Map moved, int64_t rows, int64_t width, int64_t n, int threads) {
  for_blocks(rows, width, PIXELS * n, threads, [=](int64_t y, int64_t x, int64_t pixels, float* out) {
    multiply(*sum, y, x, out);
    for (int64_t p = 0; p < pixels; p++) {
      bfloat16* result = at<bfloat16>(moved, y, x + p);
#pragma omp simd
      for (int64_t k = 0; k < n; k++) put(result + k, relu(out[p * n + k]));
    }
  });
}

// Row 0 of a, flow and out is row `first` of h (height, width, n); project reads what this has looked at.
void tiled_gru(const Product* a, const Product* flow, const Product* project, Map h, Map exact, Map out,
               const float* stretch, const float* shift, int64_t first, int64_t rows, int64_t height, int64_t width,
               int64_t n, int64_t links, int threads) {
  const int64_t flows = flow->outputs, inputs = 3 * n, looked = links * n;
  for_blocks(rows, width, PIXELS * (flows + 2 * inputs + looked), threads,
             [=](int64_t y, int64_t x, int64_t pixels, float* scratch) {
    float *u = scratch, *ax = u + PIXELS * flows, *bx = ax + PIXELS * inputs;
    bfloat16* seen = reinterpret_cast<bfloat16*>(bx + PIXELS * inputs);
    multiply(*flow, y, x, u);
    for (int64_t p = 0; p < pixels; p++)
      for (int64_t k = 0; k < links; k++)
        look(h, stretch, shift, float(x + p) - u[p * flows + 2 * k], float(first + y) - u[p * flows + 2 * k + 1],
             height, width, n, seen + p * looked + k * n);
    Product here = *project;
    here.sources[0].map = {seen, 0, looked};
    multiply(here, 0, 0, bx);
    multiply(*a, y, x, ax);
    for (int64_t p = 0; p < pixels; p++) {
      float* kept = at<float>(exact, y, x + p);
      gru_pixel<float, bfloat16>(ax + p * inputs, bx + p * inputs, kept, kept, at<bfloat16>(out, y, x + p), n);
    }
  });
}

}

#else

extern "C" int tiles() { return 0; }

#endif
