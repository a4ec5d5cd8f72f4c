#include "tool/contract_folder.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "seam/events/v1/options.pb.h"

namespace seam::tool {

namespace {

namespace pb = google::protobuf;

constexpr std::string_view kAccepted = "# Accepted: ";

// What protobuf says, as "file:line:column: what", from 1 on.
class Complaints final : public pb::compiler::MultiFileErrorCollector,
                         public pb::DescriptorPool::ErrorCollector,
                         public pb::io::ErrorCollector {
 public:
  explicit Complaints(std::string prefix) : prefix_(std::move(prefix)) {}

  // Of the compiler.
  void AddError(const std::string& file, int line, int column,
                const std::string& message) override {
    std::string complaint = prefix_ + file;
    // A file as a whole has no line.
    if (line >= 0) complaint += ':' + std::to_string(line + 1) + ':' + std::to_string(column + 1);
    complaint += ": " + message;
    // A file that does not compile is read again for each one that imports it.
    if (!told_.insert(complaint).second) return;
    if (!text_.empty()) text_ += '\n';
    text_ += complaint;
  }
  // Of a descriptor without a source.
  void AddError(const std::string& file, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    AddError(file, -1, 0, element + ": " + message);
  }
  // Of the text format.
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    AddError("", line, column, message);
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  const std::string prefix_;
  std::set<std::string> told_;
  std::string text_;
};

// The files that every protobuf library has, and Seam's options; touched, so that the linker keeps
// them.
void KeepStandardFiles() {
  [[maybe_unused]] static const std::array files = {
      pb::Any::descriptor(),        pb::Duration::descriptor(),
      pb::Empty::descriptor(),      pb::FieldMask::descriptor(),
      pb::Struct::descriptor(),     pb::Timestamp::descriptor(),
      pb::Int64Value::descriptor(), events::v1::EventOptions::descriptor()};
}

Result<std::vector<std::string>> ProtosBelow(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".proto") {
      names.push_back(entry->path().lexically_relative(folder).generic_string());
    }
  }
  if (error) {
    return Fail(Code::kInvalidArgument, "NO_PROTOS",
                folder.string() + ": " + error.message() + "; give a folder with protos");
  }
  if (names.empty()) {
    return Fail(Code::kInvalidArgument, "NO_PROTOS",
                folder.string() +
                    ": no .proto is in it or below; give the folder that protos name "
                    "each other by, as in protoc -I");
  }
  std::sort(names.begin(), names.end());
  return names;
}

// In the words of the generator.
void RefuseProto2(const pb::FileDescriptor& file, Complaints& complaints) {
  pb::SourceLocation place;
  // A file without the statement is proto2, too.
  if (!file.GetSourceLocation({pb::FileDescriptorProto::kSyntaxFieldNumber}, &place)) {
    place.start_line = 0;
    place.start_column = 0;
  }
  complaints.AddError(file.name(), place.start_line, place.start_column,
                      "the file is proto2, which is not mapped to C++ yet; write syntax = "
                      "\"proto3\" and adapt the file");
}

// The path as it was given, with what makes it a prefix.
std::string Prefix(const std::filesystem::path& folder) { return (folder / "").generic_string(); }

}  // namespace

struct ContractSet::Parts {
  explicit Parts(std::string prefix) : complaints(std::move(prefix)) { KeepStandardFiles(); }

  void Import(const std::vector<std::string>& folders) {
    for (const std::string& folder : folders) tree.MapPath("", folder);
  }

  // In the order of construction: each uses the ones above it.
  Complaints complaints;
  pb::compiler::DiskSourceTree tree;
  pb::DescriptorPoolDatabase standard{*pb::DescriptorPool::generated_pool()};
  pb::compiler::SourceTreeDescriptorDatabase sources{&tree, &standard};
  pb::SimpleDescriptorDatabase released;
  pb::MergedDescriptorDatabase merged{&released, &sources};
  std::unique_ptr<pb::DescriptorPool> pool;
};

ContractSet::ContractSet() = default;
ContractSet::ContractSet(ContractSet&& other) noexcept = default;
ContractSet& ContractSet::operator=(ContractSet&& other) noexcept = default;
ContractSet::~ContractSet() = default;

Result<ContractSet> CompileProtos(const std::filesystem::path& folder,
                                  const std::vector<std::string>& imports) {
  const auto names = ProtosBelow(folder);
  if (!names) return Forward(names.error());
  ContractSet set;
  set.parts_ = std::make_unique<ContractSet::Parts>(Prefix(folder));
  ContractSet::Parts& parts = *set.parts_;
  parts.tree.MapPath("", folder.string());
  parts.Import(imports);
  parts.sources.RecordErrorsTo(&parts.complaints);
  parts.pool = std::make_unique<pb::DescriptorPool>(&parts.sources,
                                                    parts.sources.GetValidationErrorCollector());
  parts.pool->EnforceWeakDependencies(true);
  for (const std::string& name : *names) {
    // A file that failed has said why.
    const auto* const file = parts.pool->FindFileByName(name);
    if (file == nullptr) continue;
    if (file->syntax() == pb::FileDescriptor::SYNTAX_PROTO3) {
      set.files_.push_back(file);
    } else {
      RefuseProto2(*file, parts.complaints);
    }
  }
  if (set.files_.size() != names->size()) {
    return Fail(Code::kInvalidArgument, "MALFORMED_PROTO", parts.complaints.text());
  }
  return set;
}

Result<ContractSet> BuildReleased(const pb::FileDescriptorSet& released,
                                  const std::vector<std::string>& imports) {
  ContractSet set;
  set.parts_ = std::make_unique<ContractSet::Parts>("");
  ContractSet::Parts& parts = *set.parts_;
  parts.Import(imports);
  for (const pb::FileDescriptorProto& file : released.file()) {
    if (!parts.released.Add(file)) {
      return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE",
                  file.name() + " or a type of it is there twice");
    }
  }
  parts.pool = std::make_unique<pb::DescriptorPool>(&parts.merged, &parts.complaints);
  for (const pb::FileDescriptorProto& file : released.file()) {
    const pb::FileDescriptor* const built = parts.pool->FindFileByName(file.name());
    if (built == nullptr) {
      return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE", parts.complaints.text());
    }
    if (built->syntax() != pb::FileDescriptor::SYNTAX_PROTO3) {
      return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE",
                  file.name() + " is proto2, which is not compared");
    }
    set.files_.push_back(built);
  }
  return set;
}

Result<ReleaseFile> ReadReleaseFile(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    return Fail(Code::kNotFound, "NEVER_RELEASED",
                path.string() +
                    ": there is no such file; `seam contracts --write` releases the "
                    "protos as they are");
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE",
                path.string() +
                    ": is no file; move it away and take the file from its last "
                    "commit");
  }
  std::ifstream input(path);
  std::ostringstream text;
  text << input.rdbuf();
  if (!input) {
    return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE", path.string() + ": cannot be read");
  }
  ReleaseFile release;
  std::istringstream lines(text.str());
  for (std::string line; std::getline(lines, line) && !line.empty() && line.front() == '#';) {
    if (line.compare(0, kAccepted.size(), kAccepted) == 0) {
      release.accepted.push_back(line.substr(kAccepted.size()));
    }
  }
  Complaints complaints(path.string());
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (!parser.ParseFromString(text.str(), &release.files)) {
    return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE", complaints.text());
  }
  if (release.files.file().empty()) {
    return Fail(Code::kInvalidArgument, "MALFORMED_RELEASE",
                path.string() +
                    ": holds no released proto, so there is nothing to compare with; take the file "
                    "from its last commit, or remove it and release anew");
  }
  return release;
}

Result<void> WriteReleaseFile(const std::filesystem::path& path, const ContractSet& contracts,
                              const std::vector<std::string>& accepted) {
  pb::FileDescriptorSet set;
  for (const pb::FileDescriptor* const file : contracts.files()) {
    pb::FileDescriptorProto& proto = *set.add_file();
    file->CopyTo(&proto);
    // Options of others' making have no name in the text.
    proto.DiscardUnknownFields();
  }
  std::string text;
  pb::TextFormat::Printer printer;
  if (!printer.PrintToString(set, &text)) {
    return Fail(Code::kInternal, "UNWRITABLE_FILE", path.string() + ": cannot be printed");
  }
  std::string header =
      "# proto-file: google/protobuf/descriptor.proto\n"
      "# proto-message: google.protobuf.FileDescriptorSet\n"
      "# The contracts as they were last released; written by `seam contracts --write`.\n";
  for (const std::string& change : accepted) header += std::string(kAccepted) + change + "\n";

  std::filesystem::path fresh = path;
  fresh += ".new";
  std::error_code error;
  {
    std::ofstream output(fresh, std::ios::trunc);
    output << header << text << std::flush;
    if (!output) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(fresh, path, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(fresh, ignored);
    return Fail(Code::kUnavailable, "UNWRITABLE_FILE",
                path.string() + ": cannot be written: " + error.message());
  }
  return {};
}

}  // namespace seam::tool
