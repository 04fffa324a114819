#include "tests/support/process_state.h"

#include <dirent.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace gossamer::harness {
namespace {

std::string ReadProc(pid_t pid, const char* file) {
  std::ostringstream text;
  text << std::ifstream(absl::StrCat("/proc/", pid, "/", file)).rdbuf();
  return text.str();
}

}  // namespace

int OpenDescriptors(pid_t pid) {
  DIR* const folder = opendir(absl::StrCat("/proc/", pid, "/fd").c_str());
  if (folder == nullptr) return -1;
  int entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return entries - 2;  // Less "." and "..".
}

int64_t ResidentBytes(pid_t pid) {
  std::istringstream statm(ReadProc(pid, "statm"));
  int64_t size = 0;
  int64_t resident = 0;
  if (!(statm >> size >> resident)) return -1;
  return resident * sysconf(_SC_PAGESIZE);
}

int64_t CpuTicks(pid_t pid) {
  // Fields 14 and 15 (proc(5)); the second one, the name in parentheses, may hold blanks.
  const std::string stat = ReadProc(pid, "stat");
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return -1;
  std::istringstream rest(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  if (!(rest >> user >> system)) return -1;
  return user + system;
}

}  // namespace gossamer::harness
