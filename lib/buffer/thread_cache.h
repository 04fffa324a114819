#ifndef LIB_BUFFER_THREAD_CACHE_H_
#define LIB_BUFFER_THREAD_CACHE_H_

namespace gossamer {

// Memory that a thread keeps at hand for its next use: spare blocks, buffers. Each such cache is a
// thread-local object that derives from this, so that a thread can give it all back when a burst is
// over, instead of keeping it for ever.
class ThreadCache {
 public:
  ThreadCache(const ThreadCache&) = delete;
  ThreadCache& operator=(const ThreadCache&) = delete;

  // Gives back what all caches of the calling thread keep. Not while a buffer of theirs is in use:
  // from the loop itself.
  static void ReleaseAll();

 protected:
  ThreadCache();
  ~ThreadCache();

 private:
  virtual void Release() = 0;

  ThreadCache* next_;
};

}  // namespace gossamer

#endif  // LIB_BUFFER_THREAD_CACHE_H_
