/** Chunked work on a thread pool. How work is split never depends on the number of threads. */
#pragma once

#include <cstdint>

namespace laurel {

/** Call body(state, chunk) for each chunk in [0, chunks), in any order, on any thread; returns when all are done. */
void run_chunks(int64_t chunks, void (*body)(void*, int64_t), void* state);

/** A thread-local buffer of `count` floats, valid until the thread's next request. */
float* thread_floats(int64_t count);

namespace LAUREL_VARIANT {

/** f(begin, end) over pieces of `grain` items (the last may be shorter). */
template <class F>
void parallel(int64_t items, int64_t grain, const F& f) {
  struct State {
    const F* f;
    int64_t items, grain;
  } state{&f, items, grain};
  const auto body = [](void* opaque, int64_t chunk) {
    const State& s = *static_cast<const State*>(opaque);
    const int64_t begin = chunk * s.grain;
    (*s.f)(begin, begin + s.grain < s.items ? begin + s.grain : s.items);
  };
  run_chunks((items + grain - 1) / grain, body, &state);
}

/** Items per piece for about 32 K values of work: enough to be worth waking a thread. */
inline int64_t grain_of(int64_t values_per_item) {
  const int64_t grain = 32768 / (values_per_item > 0 ? values_per_item : 1);
  return grain > 0 ? grain : 1;
}

}  // namespace LAUREL_VARIANT
}  // namespace laurel
