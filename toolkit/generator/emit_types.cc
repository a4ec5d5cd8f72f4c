#include "generator/emitter.h"

namespace seam::generator {

namespace {

// As friends, which only comparisons of this very type look at: with hundreds of messages in a
// namespace, a compiler would otherwise try all of them for every one.
constexpr std::string_view kComparison = R"(
  friend bool operator==(`const $type$& a, `const $type$& b);
  friend bool operator!=(`const $type$& a, `const $type$& b);
)";

constexpr std::string_view kInequality = R"(
bool operator!=(`const $type$& a, `const $type$& b) { return !(a == b); }
)";

Printer::Variables VariablesOf(const Oneof& oneof) { return {{"class", oneof.class_name}}; }

Printer::Variables VariablesOf(const Oneof& oneof, const Field& field) {
  const std::string& member = field.union_member;
  return {{"class", oneof.class_name},
          {"case", field.case_name},
          {"number", std::to_string(field.number)},
          {"name", field.name},
          {"plain", field.plain_name},
          {"value_type", field.value_type},
          {"member_type", field.member_type},
          {"member", member},
          {"address", field.is_boxed ? "&*" + member : "&" + member}};
}

Includes HeaderIncludes(const File& file) {
  Includes includes;
  const auto need = [&includes](const Field& field) {
    if (field.member_type.find("::std::int") != std::string::npos ||
        field.member_type.find("::std::uint") != std::string::npos) {
      includes.system.insert("cstdint");
    }
    for (const char* type : {"map", "optional", "string", "vector"}) {
      if (field.member_type.find("::std::" + std::string(type)) != std::string::npos) {
        includes.system.insert(type);
      }
    }
    if (field.is_boxed) includes.own.insert("seam/wire/boxed.h");
  };
  for (const Message& message : file.messages) {
    for (const Field& field : message.fields) need(field);
    for (const Oneof& oneof : message.oneofs) {
      includes.system.insert("cstdint");
      for (const Field& field : oneof.alternatives) need(field);
    }
  }
  if (!file.enums.empty()) includes.system.insert("cstdint");
  if (!file.messages.empty() && file.keeps_unknown_fields) {
    includes.own.insert("seam/wire/unknown_fields.h");
  }
  if (file.fields_use_time) includes.own.insert("seam/core/time.h");
  for (const std::string& stem : file.field_imports) includes.own.insert(stem + "_types.h");
  return includes;
}

class TypesHeaderEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_types.h"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    for (const Enum& enumeration : file.enums) PrintEnum(printer, enumeration);
    PrintAhead(printer, file);
    for (const Message& message : file.messages) {
      for (const Oneof& oneof : message.oneofs) PrintOneof(printer, message, oneof);
      PrintMessage(printer, file, message);
    }
    return HeaderText(file, suffix(), HeaderIncludes(file), printer);
  }

 private:
  static void PrintEnum(Printer& printer, const Enum& enumeration) {
    printer.Print("\n");
    printer.Print(enumeration.comment);
    printer.Print("enum class $name$ : ::std::int32_t {\n", {{"name", enumeration.name}});
    for (const EnumValue& value : enumeration.values) {
      printer.Print(value.comment, 2);
      // -2147483648 is no literal: the minus is an operator, and what it stands before is too
      // large.
      printer.Print("  $name$$deprecated$ = $number$,\n",
                    {{"name", value.name},
                     {"deprecated", value.is_deprecated ? " [[deprecated]]" : ""},
                     {"number", value.number == INT32_MIN ? "-2147483647 - 1"
                                                          : std::to_string(value.number)}});
    }
    printer.Print("};\n");
  }

  // What has to be known before the structs are.
  static void PrintAhead(Printer& printer, const File& file) {
    bool is_first = true;
    for (const Message& message : file.messages) {
      if (!message.is_declared_ahead) continue;
      if (is_first) printer.Print("\n");
      is_first = false;
      printer.Print("struct $name$;\n", {{"name", message.name}});
    }
    is_first = true;
    for (const Message& message : file.messages) {
      if (!message.is_boxable) continue;
      if (is_first) printer.Print("\n// What seam::Boxed copies and destroys with.\n");
      is_first = false;
      printer.Print(R"($type$* CloneBoxed(`const $type$& value);
void DestroyBoxed($type$* value) noexcept;
)",
                    {{"type", message.reference}});
    }
  }

  static void PrintMessage(Printer& printer, const File& file, const Message& message) {
    printer.Print("\n");
    printer.Print(message.comment);
    printer.Print("struct $name$ {\n", {{"name", message.name}});
    for (const Alias& alias : message.aliases) {
      printer.Print("  using $name$ =` $target$;\n",
                    {{"name", alias.name}, {"target", alias.target}});
    }
    if (!message.aliases.empty()) printer.Print("\n");
    bool is_first = true;
    for (const Member& member : message.members) {
      const Comment& comment = member.is_oneof ? message.oneofs[member.index].comment
                                               : message.fields[member.index].comment;
      if (!is_first && !comment.empty()) printer.Print("\n");
      is_first = false;
      printer.Print(comment, 2);
      if (member.is_oneof) {
        const Oneof& oneof = message.oneofs[member.index];
        printer.Print("  $class$ $name${};\n", {{"class", oneof.class_name}, {"name", oneof.name}});
      } else {
        const Field& field = message.fields[member.index];
        printer.Print("  $type$` $name$$initialiser$;\n",
                      {{"type", field.member_type},
                       {"name", field.name},
                       {"initialiser", field.has_initialiser ? "{}" : ""}});
      }
    }
    if (file.keeps_unknown_fields) {
      if (!message.members.empty()) printer.Print("\n");
      printer.Print("  ::seam::UnknownFields unknown_fields{};\n");
    }
    printer.Print(kComparison, {{"type", message.inner_reference}});
    printer.Print("};\n");
  }

  static void PrintOneof(Printer& printer, const Message& message, const Oneof& oneof) {
    printer.Print("\n");
    printer.Print(Comment{message.full_name + "." + oneof.name +
                          ": one of the fields below, or none. A value; what was moved from has "
                          "none."});
    printer.Print(R"(class $class$ {
 public:
  // By the numbers of the fields.
  enum class Case : ::std::int32_t {
    kNotSet = 0,
)",
                  VariablesOf(oneof));
    for (const Field& field : oneof.alternatives) {
      printer.Print("    $case$ = $number$,\n", VariablesOf(oneof, field));
    }
    printer.Print(R"(  };

  $class$() noexcept {}
  $class$(const $class$& other);
  $class$($class$&& other) noexcept;
  $class$& operator=(const $class$& other);
  $class$& operator=($class$&& other) noexcept;
  ~$class$();

  [[nodiscard]] Case which() const noexcept { return active_; }

  // Leaves none set.
  void clear() noexcept;

  // For each field: a pointer to its value, null when it is not the one that is set; set_ makes it
  // the one and gives it a value; emplace_ makes it the one, empty or zero, to be filled.
)",
                  VariablesOf(oneof));
    for (const Field& field : oneof.alternatives) {
      printer.Print("\n");
      printer.Print(field.comment, 2);
      printer.Print(R"(  [[nodiscard]] const $value_type$*` $name$() const noexcept {
    return active_ == Case::$case$ ? $address$ : nullptr;
  }
  [[nodiscard]] $value_type$*` $name$() noexcept {
    return active_ == Case::$case$ ? $address$ : nullptr;
  }
  void set_$plain$(`$value_type$ value);
  $value_type$&` emplace_$plain$();
)",
                    VariablesOf(oneof, field));
    }
    printer.Print(kComparison, {{"type", oneof.class_name}});
    printer.Print(R"(
 private:
  // Only when nothing is set.
  void CopyFrom(const $class$& other);
  void TakeFrom($class$& other) noexcept;

  Case active_ = Case::kNotSet;
  union {
)",
                  VariablesOf(oneof));
    for (const Field& field : oneof.alternatives) {
      printer.Print("    $member_type$` $member$;\n", VariablesOf(oneof, field));
    }
    printer.Print("  };\n};\n");
  }
};

class TypesSourceEmitter final : public Emitter {
 public:
  std::string_view suffix() const noexcept override { return "_types.cc"; }

  std::string Emit(const File& file) const override {
    Printer printer;
    Includes includes;
    for (const Message& message : file.messages) {
      if (!message.oneofs.empty()) includes.system = {"memory", "new", "utility"};
    }
    for (const Message& message : file.messages) {
      for (const Oneof& oneof : message.oneofs) PrintOneof(printer, oneof);
      PrintMessage(printer, file, message);
    }
    return SourceText(file, "_types.h", includes, printer);
  }

 private:
  static void PrintMessage(Printer& printer, const File& file, const Message& message) {
    const Printer::Variables variables = {{"type", message.reference}};
    std::string terms;
    const auto compare = [&terms](const std::string& name) {
      terms += (terms.empty() ? "" : " && `") + ("a." + name + " == b." + name);
    };
    for (const Member& member : message.members) {
      compare(member.is_oneof ? message.oneofs[member.index].name
                              : message.fields[member.index].name);
    }
    if (file.keeps_unknown_fields) compare("unknown_fields");
    if (terms.empty()) {
      printer.Print(R"(
bool operator==(`const $type$& /*a*/, `const $type$& /*b*/) {
  return true;
}
)",
                    variables);
    } else {
      printer.Print("\nbool operator==(`const $type$& a, `const $type$& b) {\n", variables);
      printer.Print("  return $terms$;\n}\n", {{"terms", terms}});
    }
    printer.Print(kInequality, variables);
    if (!message.is_boxable) return;
    printer.Print(R"(
$type$* CloneBoxed(`const $type$& value) {
  return new $type$(value);
}
void DestroyBoxed($type$* value) noexcept { delete value; }
)",
                  variables);
  }

  static void PrintOneof(Printer& printer, const Oneof& oneof) {
    const Printer::Variables variables = VariablesOf(oneof);
    printer.Print(R"(
$class$::$class$(const $class$& other) { CopyFrom(other); }

$class$::$class$($class$&& other) noexcept { TakeFrom(other); }

$class$& $class$::operator=(const $class$& other) {
  if (this != &other) *this = $class$(other);
  return *this;
}

$class$& $class$::operator=($class$&& other) noexcept {
  if (this != &other) {
    clear();
    TakeFrom(other);
  }
  return *this;
}

$class$::~$class$() { clear(); }

void $class$::clear() noexcept {
  switch (active_) {
)",
                  variables);
    for (const Field& field : oneof.alternatives) {
      if (field.is_trivial) continue;
      printer.Print(R"(    case Case::$case$:
      ::std::destroy_at(&$member$);
      break;
)",
                    VariablesOf(oneof, field));
    }
    for (const Field& field : oneof.alternatives) {
      if (field.is_trivial) printer.Print("    case Case::$case$:\n", VariablesOf(oneof, field));
    }
    printer.Print(R"(    case Case::kNotSet:
      break;
  }
  active_ = Case::kNotSet;
}

void $class$::CopyFrom(const $class$& other) {
  switch (other.active_) {
)",
                  variables);
    for (const Field& field : oneof.alternatives) {
      printer.Print(R"(    case Case::$case$:
      ::new (&$member$) $member_type$(other.$member$);
      break;
)",
                    VariablesOf(oneof, field));
    }
    printer.Print(R"(    case Case::kNotSet:
      break;
  }
  active_ = other.active_;
}

void $class$::TakeFrom($class$& other) noexcept {
  switch (other.active_) {
)",
                  variables);
    for (const Field& field : oneof.alternatives) {
      printer.Print(R"(    case Case::$case$:
      ::new (&$member$) $member_type$(`::std::move(other.$member$));
      break;
)",
                    VariablesOf(oneof, field));
    }
    printer.Print(R"(    case Case::kNotSet:
      break;
  }
  active_ = other.active_;
  other.clear();
}
)",
                  variables);
    for (const Field& field : oneof.alternatives) PrintAlternative(printer, oneof, field);
    printer.Print(R"(
bool operator==(`const $class$& a, `const $class$& b) {
  if (a.which() != b.which()) return false;
  switch (a.which()) {
)",
                  variables);
    for (const Field& field : oneof.alternatives) {
      printer.Print(R"(    case $class$::Case::$case$:
      return *a.$name$() == *b.$name$();
)",
                    VariablesOf(oneof, field));
    }
    printer.Print(R"(    case $class$::Case::kNotSet:
      break;
  }
  return true;
}
)",
                  variables);
    printer.Print(kInequality, {{"type", oneof.class_name}});
  }

  static void PrintAlternative(Printer& printer, const Oneof& oneof, const Field& field) {
    const Printer::Variables variables = VariablesOf(oneof, field);
    if (field.is_trivial) {
      printer.Print(R"(
void $class$::set_$plain$($value_type$ value) { emplace_$plain$() = value; }
)",
                    variables);
    } else {
      printer.Print(R"(
void $class$::set_$plain$(`$value_type$ value) {
  emplace_$plain$() = ::std::move(value);
}
)",
                    variables);
    }
    printer.Print(R"(
$value_type$&` $class$::emplace_$plain$() {
  clear();
)",
                  variables);
    if (field.is_boxed) {
      printer.Print(R"(  ::new (&$member$) $member_type$();
  $value_type$& value = $member$.emplace();
  active_ = Case::$case$;
  return value;
}
)",
                    variables);
    } else {
      printer.Print(R"(  ::new (&$member$) $member_type$();
  active_ = Case::$case$;
  return $member$;
}
)",
                    variables);
    }
  }
};

}  // namespace

std::unique_ptr<Emitter> TypesHeader() { return std::make_unique<TypesHeaderEmitter>(); }
std::unique_ptr<Emitter> TypesSource() { return std::make_unique<TypesSourceEmitter>(); }

}  // namespace seam::generator
