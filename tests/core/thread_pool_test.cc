// ThreadPool: every task once, whatever the counts.
#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <numeric>

namespace fsc {
namespace {

TEST(ThreadPool, EveryTaskRunsOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
      pool.Run(count, [&](int i) { ++calls[size_t(i)]; });
      for (const auto& call : calls) ASSERT_EQ(call, 1);
    }
  }
}

TEST(ThreadPool, RunReturnsAfterTheLastTask) {
  ThreadPool pool(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<int> values(16, 0);  // written by tasks, read here: a race if Run returned early
    pool.Run(16, [&](int i) { values[size_t(i)] = i + round; });
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), 0), 120 + 16 * round);
  }
}

TEST(ThreadPool, TasksRunAtTheSameTime) {
  ThreadPool pool(2);
  std::atomic<int> started{0};
  // Each task waits for the other: with one thread at work this would not end.
  pool.Run(2, [&](int) {
    ++started;
    while (started < 2) std::this_thread::yield();
  });
  EXPECT_EQ(started, 2);
}

TEST(ThreadPool, AFailureReachesTheCaller) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (const int failing : {0, 3, 99}) {
      std::vector<std::atomic<int>> calls(100);
      const auto task = [&](int i) {
        ++calls[size_t(i)];
        if (i == failing) throw std::bad_alloc();
      };
      EXPECT_THROW(pool.Run(100, task), std::bad_alloc);
      EXPECT_EQ(calls[size_t(failing)], 1);
      for (const auto& call : calls) EXPECT_LE(call, 1);
    }
    EXPECT_THROW(pool.Run(50, [](int) { throw std::bad_alloc(); }), std::bad_alloc) << "of all tasks";
    // The pool is as good as before.
    std::atomic<int> sum{0};
    pool.Run(10, [&](int i) { sum += i; });
    EXPECT_EQ(sum, 45);
  }
}

TEST(ThreadPool, DestructionWithoutWork) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(4);
}

TEST(ThreadPool, NullPoolIsAPlainLoop) {
  std::vector<int> order;
  RunOnPool(nullptr, 4, [&](int i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
  RunOnPool(nullptr, -1, [&](int) { FAIL(); });
  ThreadPool pool(2);
  std::atomic<int> sum{0};
  RunOnPool(&pool, 4, [&](int i) { sum += i; });
  EXPECT_EQ(sum, 6);
}

}  // namespace
}  // namespace fsc
