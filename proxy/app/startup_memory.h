#ifndef PROXY_APP_STARTUP_MEMORY_H_
#define PROXY_APP_STARTUP_MEMORY_H_

namespace gossamer::proxy {

// Gives back what starting has used and serving does not need: heap that the configuration's
// parsing has freed, and the mappings of code and constants. Those stay in the kernel's page cache,
// which all proxies of a machine share; what is used again is mapped again, 64 KiB at a time. More
// than half of the pages that a start touches are never needed later, and would count for this
// process as long as it runs. Any thread, at any time.
void ReleaseStartupMemory();

}  // namespace gossamer::proxy

#endif  // PROXY_APP_STARTUP_MEMORY_H_
