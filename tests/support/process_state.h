#ifndef TESTS_SUPPORT_PROCESS_STATE_H_
#define TESTS_SUPPORT_PROCESS_STATE_H_

#include <sys/types.h>

#include <cstdint>

// What the kernel says of a running process.
namespace gossamer::harness {

// Its open descriptors; -1 where there is no such process.
int OpenDescriptors(pid_t pid);
// Its resident memory; -1 where there is no such process.
int64_t ResidentBytes(pid_t pid);
// Processor time used so far, in clock ticks; -1 where there is no such process.
int64_t CpuTicks(pid_t pid);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_PROCESS_STATE_H_
