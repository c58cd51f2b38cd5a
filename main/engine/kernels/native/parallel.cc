#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace laurel {
namespace {

struct Job {
  int64_t chunks;
  void (*body)(void*, int64_t);
  void* state;
  unsigned rounding;  // the calling thread's rounding and flush mode; all threads need the same for identical bits
  std::atomic<int64_t> next{0};
  int helpers = 0;  // threads working on it besides the caller's, guarded by the pool's mutex

  void work() {
    for (int64_t chunk = next++; chunk < chunks; chunk = next++) body(state, chunk);
  }
};

unsigned float_mode() {
#if defined(__x86_64__)
  return _mm_getcsr();
#else
  return 0;
#endif
}

void set_float_mode([[maybe_unused]] unsigned mode) {
#if defined(__x86_64__)
  _mm_setcsr(mode);
#endif
}

/** As many threads as TensorFlow uses per operation, including the caller's. */
int threads_wanted() {
  const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int threads = asked ? std::atoi(asked) : 0;
  return threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency());
}

/** Threads that sleep while there is no job. One job at a time. Lives as long as the process. */
class Pool {
 public:
  Pool() : helpers_(threads_wanted() - 1) {
    for (int i = 0; i < helpers_; i++) std::thread([this] { serve(); }).detach();
  }

  int helpers() const { return helpers_; }

  /** Whether the pool accepted the job; it doesn't while it has another. */
  bool run(Job& job) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (job_) return false;
      job_ = &job;
      generation_++;
    }
    const int64_t useful = job.chunks - 1 < helpers_ ? job.chunks - 1 : helpers_;
    for (int64_t i = 0; i < useful; i++) wake_.notify_one();
    job.work();
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return job.helpers == 0; });
    job_ = nullptr;
    return true;
  }

 private:
  void serve() {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return job_ && generation_ != seen; });
      seen = generation_;
      Job& job = *job_;
      if (job.next >= job.chunks) continue;
      job.helpers++;
      lock.unlock();
      set_float_mode(job.rounding);
      job.work();
      lock.lock();
      if (--job.helpers == 0) done_.notify_one();
    }
  }

  const int helpers_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  uint64_t generation_ = 0;
};

/** Never destroyed, because its threads outlive all destructors. */
Pool& pool() {
  static Pool* const only = new Pool();
  return *only;
}

}  // namespace

void run_chunks(int64_t chunks, void (*body)(void*, int64_t), void* state) {
  Job job{chunks, body, state, float_mode()};
  if (chunks > 1 && pool().helpers() > 0 && pool().run(job)) return;
  job.work();
}

float* thread_floats(int64_t count) {
  struct Room {
    float* values = nullptr;
    int64_t count = 0;
    ~Room() { std::free(values); }
  };
  thread_local Room room;
  if (room.count < count) {
    std::free(room.values);
    room.count = (count + 15) / 16 * 16;
    room.values = static_cast<float*>(std::aligned_alloc(64, room.count * sizeof(float)));
  }
  return room.values;
}

}  // namespace laurel
