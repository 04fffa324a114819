#include "cli/commands/completion/completion.h"

#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/resource/resource_type.h"

namespace gossamer::cli {
namespace {

constexpr char kExamples[] =
    "  source <(gossamer completion bash)\n"
    "  gossamer completion zsh > ~/.zsh/completions/_gossamer\n"
    "  gossamer completion fish > ~/.config/fish/completions/gossamer.fish\n";

// What can follow one command.
struct Node {
  std::string path;  // "diagnostics endpoints"; empty for the program.
  std::string description;
  std::vector<const CLI::App*> commands;
  std::vector<const CLI::Option*> options;
  std::vector<std::string> words;    // For its arguments.
  std::vector<std::string> formats;  // For -o.
};

std::vector<std::string> FlagsOf(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& name : option.get_lnames()) flags.push_back("--" + name);
  for (const std::string& name : option.get_snames()) flags.push_back("-" + name);
  return flags;
}

void AddNodes(const CLI::App& app, const std::string& path, std::vector<Node>* nodes) {
  Node node;
  node.path = path;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(command);
  }
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) node.options.push_back(option);
    if (option->get_name() == "RESOURCES") {
      for (const absl::string_view type : CompletionNames()) node.words.emplace_back(type);
    }
  }
  if (path == "completion") node.words = {"bash", "zsh", "fish"};
  if (path == "stat") node.formats = {"table", "wide", "json"};
  if (path == "check") node.formats = {"table", "short", "json"};
  if (path == "diagnostics endpoints") node.formats = {"table", "json"};
  nodes->push_back(node);
  for (const CLI::App* command : node.commands) {
    const std::string name = command->get_name();
    AddNodes(*command, path.empty() ? name : absl::StrCat(path, " ", name), nodes);
  }
}

std::string BashScript(const std::vector<Node>& nodes) {
  std::string cases;
  std::string formats;
  for (const Node& node : nodes) {
    std::vector<std::string> words = node.words;
    for (const CLI::App* command : node.commands) words.push_back(command->get_name());
    for (const CLI::Option* option : node.options) {
      for (const std::string& flag : FlagsOf(*option)) words.push_back(flag);
    }
    if (!node.path.empty()) words.push_back("--api-addr");
    absl::StrAppend(&cases, "    '", node.path, "') words='", absl::StrJoin(words, " "), "' ;;\n");
    if (!node.formats.empty()) {
      absl::StrAppend(&formats, "      '", node.path, "') words='",
                      absl::StrJoin(node.formats, " "), "' ;;\n");
    }
  }
  return absl::StrCat(
      "# Completion of gossamer for bash: source <(gossamer completion bash)\n"
      "_gossamer() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local path='' word words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    case $word in dg) word=diagnostics ;; ep) word=endpoints ;; esac\n"
      "    case \" ",
      absl::StrJoin(nodes, " ",
                    [](std::string* out, const Node& node) {
                      absl::StrAppend(out, absl::StrReplaceAll(node.path, {{" ", "/"}}));
                    }),
      " \" in\n"
      "      *\" ${path:+$path/}$word \"*) path=${path:+$path/}$word ;;\n"
      "    esac\n"
      "  done\n"
      "  path=${path//\\// }\n"
      "  case $previous in\n"
      "  -o|--output)\n"
      "    case $path in\n",
      formats,
      "    esac ;;\n"
      "  *)\n"
      "    case $path in\n",
      cases,
      "    esac ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "complete -o default -F _gossamer gossamer\n");
}

std::string ZshScript(const std::vector<Node>& nodes) {
  return absl::StrCat(
      "#compdef gossamer\n"
      "# Completion of gossamer for zsh, through its emulation of bash's.\n"
      "autoload -U +X bashcompinit && bashcompinit\n",
      BashScript(nodes));
}

std::string FishQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// Fish asks whether the commands of a path were all seen.
std::string FishCondition(const Node& node) {
  if (node.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (const absl::string_view name : absl::StrSplit(node.path, ' ')) {
    absl::StrAppend(&condition, condition.empty() ? "" : "; and ", "__fish_seen_subcommand_from ",
                    name);
  }
  return condition;
}

std::string FishScript(const std::vector<Node>& nodes) {
  std::string out =
      "# Completion of gossamer for fish: gossamer completion fish | source\n"
      "complete -c gossamer -f\n";
  for (const Node& node : nodes) {
    const std::string prefix =
        absl::StrCat("complete -c gossamer -n ", FishQuoted(FishCondition(node)));
    for (const CLI::App* command : node.commands) {
      absl::StrAppend(&out, prefix, " -a ", command->get_name(), " -d ",
                      FishQuoted(command->get_description()), "\n");
    }
    if (!node.words.empty()) {
      absl::StrAppend(&out, prefix, " -a ", FishQuoted(absl::StrJoin(node.words, " ")), "\n");
    }
    for (const CLI::Option* option : node.options) {
      absl::StrAppend(&out, prefix);
      for (const std::string& name : option->get_snames()) absl::StrAppend(&out, " -s ", name);
      for (const std::string& name : option->get_lnames()) absl::StrAppend(&out, " -l ", name);
      const bool is_output = option->check_lname("output");
      if (is_output) {
        absl::StrAppend(&out, " -x -a ", FishQuoted(absl::StrJoin(node.formats, " ")));
      } else if (option->get_items_expected_max() > 0) {
        absl::StrAppend(&out, " -x");
      }
      absl::StrAppend(&out, " -d ", FishQuoted(option->get_description()), "\n");
    }
  }
  return out;
}

}  // namespace

std::string CompletionScript(const CLI::App& root, Shell shell) {
  std::vector<Node> nodes;
  AddNodes(root, "", &nodes);
  switch (shell) {
    case Shell::kBash:
      return BashScript(nodes);
    case Shell::kZsh:
      return ZshScript(nodes);
    case Shell::kFish:
      return FishScript(nodes);
  }
  return "";
}

void AddCompletionCommand(CLI::App* root, Context* context) {
  CLI::App* command = AddCommand(
      root, "completion", "A script that completes this program's commands in a shell", kExamples);
  auto shell = std::make_shared<Shell>(Shell::kBash);
  const std::map<std::string, Shell> kShells = {
      {"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}};
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->transform(CLI::CheckedTransformer(kShells));
  command->callback(
      [root, shell, context] { *context->console.out << CompletionScript(*root, *shell); });
}

}  // namespace gossamer::cli
