#ifndef LIB_BUFFER_OBJECT_POOL_H_
#define LIB_BUFFER_OBJECT_POOL_H_

#include <memory>

#include "lib/buffer/thread_cache.h"

namespace gossamer {

// A thread's spare objects of one type, so that objects that come and go with every request are not
// allocated anew. T has a default constructor and Clear(), which makes it as good as new and gives
// back what could grow without bound. An object returns to the pool of the thread that lets it go.
template <typename T>
class ObjectPool {
 public:
  static T* Take() {
    Spares& spares = Mine();
    if (spares.count == 0) return new T;
    return spares.objects[--spares.count];
  }

  static void Give(T* object) {
    Spares& spares = Mine();
    if (spares.count == kMaxSpares) {
      delete object;
      return;
    }
    object->Clear();
    spares.objects[spares.count++] = object;
  }

 private:
  // One for each connection that a turn of the loop serves.
  static constexpr int kMaxSpares = 128;

  struct Spares final : ThreadCache {
    ~Spares() { Release(); }
    void Release() override {
      while (count > 0) delete objects[--count];
    }
    T* objects[kMaxSpares];
    int count = 0;
  };

  static Spares& Mine() {
    static thread_local Spares spares;
    return spares;
  }
};

template <typename T>
struct ReturnToPool {
  void operator()(T* object) const { ObjectPool<T>::Give(object); }
};

// Owns an object of a pool.
template <typename T>
using Pooled = std::unique_ptr<T, ReturnToPool<T>>;

template <typename T>
Pooled<T> TakePooled() {
  return Pooled<T>(ObjectPool<T>::Take());
}

}  // namespace gossamer

#endif  // LIB_BUFFER_OBJECT_POOL_H_
