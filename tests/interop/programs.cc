#include "tests/interop/programs.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/status/status_macros.h"
#include "tests/support/folder.h"
#include "tests/support/pod.h"
#include "tests/support/process.h"
#include "tests/support/runfiles.h"

namespace gossamer::interop_test {
namespace {

// Where the packages are mounted.
constexpr char kRoot[] = "/run/programs";
constexpr char kJavaRoot[] = "/run/java";
constexpr char kJava[] = "/run/java/usr/lib/jvm/java-17-openjdk-amd64/bin/java";

const char* const kJavaSources[] = {"Client.java", "Main.java", "Pattern.java", "Server.java"};

std::string LibraryPath() {
  return absl::StrCat("LD_LIBRARY_PATH=", kRoot, "/usr/lib/x86_64-linux-gnu:", kRoot,
                      "/lib/x86_64-linux-gnu");
}

Command Env(Command words, const Command& arguments) {
  words.insert(words.begin(), harness::SystemProgram("env"));
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

absl::Status Mount(const std::string& source, const char* target) {
  mkdir(target, 0755);  // Where it is below /run.
  if (mount(source.c_str(), target, nullptr, MS_BIND | MS_REC, nullptr) == 0) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat("mounting ", source, " on ", target, ": ", strerror(errno)));
}

// The folder in which the packages lie that have `file`: a file of theirs, below that folder.
absl::StatusOr<std::string> RootWith(const std::string& repository, const std::string& file) {
  std::error_code error;
  const std::string path =
      std::filesystem::canonical(
          harness::Runfile(absl::StrCat("external/", repository, "/root/", file)), error)
          .string();
  if (error || path.size() <= file.size() + 1) {
    return absl::NotFoundError(absl::StrCat("no ", file, " of @", repository,
                                            ": is its root among the data of the test?"));
  }
  return path.substr(0, path.size() - file.size() - 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Programs>> Programs::Create(const Options& options) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::string root, RootWith("programs", "usr/sbin/nginx"));
  GOSSAMER_RETURN_IF_ERROR(Mount(root, kRoot));
  // Where Debian's Node looks for parts of itself and for modules. Nothing else that runs in a test
  // needs anything in that folder.
  GOSSAMER_RETURN_IF_ERROR(Mount(root + "/usr/share", "/usr/share"));
  if (options.java) {
    GOSSAMER_ASSIGN_OR_RETURN(const std::string java,
                              RootWith("java", "usr/lib/jvm/java-17-openjdk-amd64/bin/java"));
    GOSSAMER_RETURN_IF_ERROR(Mount(java, kJavaRoot));
  }
  return std::unique_ptr<Programs>(new Programs(harness::MakePrivateFolder()));
}

std::string Programs::Copy(const std::string& runfile) {
  std::string& copy = copies_[runfile];
  if (copy.empty()) {
    copy = absl::StrCat(folder_, "/", absl::StrReplaceAll(runfile, {{"/", "-"}}));
    std::error_code error;
    std::filesystem::copy_file(harness::Runfile(runfile), copy, error);
    chmod(copy.c_str(), 0644);
  }
  return copy;
}

Command Programs::Python(const std::string& script, const Command& arguments) {
  // The system's own, with the pinned packages' modules.
  return Env({absl::StrCat("PYTHONPATH=", kRoot, "/usr/lib/python3/dist-packages"),
              harness::SystemProgram("python3"), "-B", Copy(script)},
             arguments);
}

Command Programs::Node(const std::string& script, const Command& arguments) {
  return Env({LibraryPath(), absl::StrCat(kRoot, "/usr/bin/node"), Copy(script)}, arguments);
}

Command Programs::Go(const Command& arguments) const {
  Command command = {harness::Runfile("external/go_http/go_http")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

absl::StatusOr<Command> Programs::Java(const Command& arguments) {
  // Small and quick to start, rather than fast.
  const Command java = {kJava, "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"};
  if (java_classes_.empty()) {
    const std::string classes = folder_ + "/classes";
    Command compile = java;
    for (const char* word : {"-m", "jdk.compiler/com.sun.tools.javac.Main", "-d"}) {
      compile.push_back(word);
    }
    compile.push_back(classes);
    for (const char* source : kJavaSources) {
      compile.push_back(harness::Runfile(absl::StrCat("tests/interop/http/java/", source)));
    }
    GOSSAMER_RETURN_IF_ERROR(harness::RunCommand(compile).status());
    java_classes_ = classes;
  }
  Command command = java;
  for (const std::string& word : {
           std::string("-Dsun.net.httpserver.idleInterval=1"),
           // How often idle connections are looked for, in milliseconds.
           std::string("-Dsun.net.httpserver.clockTick=100"),
           // Head and body are two writes: the second would wait for the first one's
           // acknowledgement.
           std::string("-Dsun.net.httpserver.nodelay=true"),
           std::string("-Djdk.httpclient.allowRestrictedHeaders=connection"),
           std::string("-cp"),
           java_classes_,
           std::string("Main"),
       }) {
    command.push_back(word);
  }
  return Env(std::move(command), arguments);
}

absl::StatusOr<Command> Programs::Nginx(const std::string& name, const std::string& configuration) {
  const std::string folder = absl::StrCat(folder_, "/", name);
  if (mkdir(folder.c_str(), 0755) != 0 ||
      chown(folder.c_str(), harness::kProgramUid, harness::kProgramUid) != 0) {
    return absl::InternalError(absl::StrCat("making ", folder, ": ", strerror(errno)));
  }
  GOSSAMER_ASSIGN_OR_RETURN(
      const std::string path,
      WriteFile(name + ".conf",
                absl::StrReplaceAll(configuration, {{"@FOLDER@", folder}, {"@ROOT@", kRoot}})));
  return Env({LibraryPath(), absl::StrCat(kRoot, "/usr/sbin/nginx"), "-e", "stderr", "-c", path},
             {});
}

absl::StatusOr<std::string> Programs::WriteFile(const std::string& name, absl::string_view text) {
  std::string path = absl::StrCat(folder_, "/", name);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) return absl::InternalError(absl::StrCat("cannot write ", path));
  return path;
}

absl::StatusOr<std::string> ReadRunfile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(harness::Runfile(path)).rdbuf();
  if (text.str().empty()) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return text.str();
}

}  // namespace gossamer::interop_test
