#include "generator/names.h"

#include <set>

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

// https://en.cppreference.com/w/cpp/keyword, up to C++20, with the alternative operator names.
const std::set<std::string_view>& Keywords() {
  static const std::set<std::string_view> kWords = {
      "alignas",       "alignof",     "and",
      "and_eq",        "asm",         "auto",
      "bitand",        "bitor",       "bool",
      "break",         "case",        "catch",
      "char",          "char16_t",    "char32_t",
      "char8_t",       "class",       "co_await",
      "co_return",     "co_yield",    "compl",
      "concept",       "const",       "const_cast",
      "consteval",     "constexpr",   "constinit",
      "continue",      "decltype",    "default",
      "delete",        "do",          "double",
      "dynamic_cast",  "else",        "enum",
      "explicit",      "export",      "extern",
      "false",         "float",       "for",
      "friend",        "goto",        "if",
      "inline",        "int",         "long",
      "mutable",       "namespace",   "new",
      "noexcept",      "not",         "not_eq",
      "nullptr",       "operator",    "or",
      "or_eq",         "private",     "protected",
      "public",        "register",    "reinterpret_cast",
      "requires",      "return",      "short",
      "signed",        "sizeof",      "static",
      "static_assert", "static_cast", "struct",
      "switch",        "template",    "this",
      "thread_local",  "throw",       "true",
      "try",           "typedef",     "typeid",
      "typename",      "union",       "unsigned",
      "using",         "virtual",     "void",
      "volatile",      "wchar_t",     "while",
      "xor",           "xor_eq",
  };
  return kWords;
}

// Words without a prefix that headers of the C and C++ libraries, of POSIX, Linux and Windows, and
// common build flags define as macros. Names of the form __x__ are escaped as well.
const std::set<std::string_view>& Macros() {
  static const std::set<std::string_view> kWords = {
      // The C library and POSIX.
      "BUFSIZ",
      "CHAR_BIT",
      "CHAR_MAX",
      "CHAR_MIN",
      "DOMAIN",
      "EDOM",
      "EILSEQ",
      "EOF",
      "ERANGE",
      "EXIT_FAILURE",
      "EXIT_SUCCESS",
      "HUGE",
      "HUGE_VAL",
      "I",
      "INFINITY",
      "INT_MAX",
      "INT_MIN",
      "LONG_MAX",
      "LONG_MIN",
      "MAXFLOAT",
      "NAN",
      "NDEBUG",
      "NULL",
      "OVERFLOW",
      "PLOSS",
      "RAND_MAX",
      "SCHAR_MAX",
      "SCHAR_MIN",
      "SEEK_CUR",
      "SEEK_END",
      "SEEK_SET",
      "SHRT_MAX",
      "SHRT_MIN",
      "SING",
      "TLOSS",
      "TMP_MAX",
      "UCHAR_MAX",
      "UINT_MAX",
      "ULONG_MAX",
      "UNDERFLOW",
      "USHRT_MAX",
      "assert",
      "errno",
      "isfinite",
      "isinf",
      "isnan",
      "isnormal",
      "major",
      "makedev",
      "minor",
      "offsetof",
      "setjmp",
      "signbit",
      "stderr",
      "stdin",
      "stdout",
      "va_arg",
      "va_copy",
      "va_end",
      "va_start",
      "SIGABRT",
      "SIGALRM",
      "SIGFPE",
      "SIGHUP",
      "SIGILL",
      "SIGINT",
      "SIGKILL",
      "SIGPIPE",
      "SIGQUIT",
      "SIGSEGV",
      "SIGTERM",
      "SIGUSR1",
      "SIGUSR2",
      "EACCES",
      "EAGAIN",
      "EEXIST",
      "EINTR",
      "EINVAL",
      "EIO",
      "ENOENT",
      "ENOMEM",
      "ENOSPC",
      "EPERM",
      "EPIPE",
      "EBUSY",
      "ECANCELED",
      "ETIMEDOUT",
      "HOST_NOT_FOUND",
      "NO_ADDRESS",
      "NO_DATA",
      "NO_RECOVERY",
      "TRY_AGAIN",
      "INADDR_ANY",
      // Predefined by compilers when their extensions are on.
      "i386",
      "linux",
      "unix",
      // Windows and macOS.
      "ABSOLUTE",
      "ALTERNATE",
      "BOOL",
      "CALLBACK",
      "CONST",
      "DELETE",
      "DIFFERENCE",
      "ERROR",
      "FALSE",
      "GetCurrentTime",
      "GetMessage",
      "IGNORE",
      "IN",
      "INFINITE",
      "INTERFACE",
      "NO_ERROR",
      "OPTIONAL",
      "OPAQUE",
      "OUT",
      "PASSTHROUGH",
      "RELATIVE",
      "SendMessage",
      "STRICT",
      "TRANSPARENT",
      "TRUE",
      "VOID",
      "far",
      "interface",
      "max",
      "min",
      "near",
      "small",
      "TARGET_OS_MAC",
      "TYPE_BOOL",
      // What build flags and logging headers like to define.
      "CHECK",
      "DEBUG",
      "DCHECK",
      "LOG",
      "RELEASE",
  };
  return kWords;
}

// The functions that generated code has for every message, in the message's own namespace, and the
// namespaces that it refers to, which are beside the types when a file has no package.
const std::set<std::string_view>& TakenFromTypes() {
  static const std::set<std::string_view> kWords = {
      "CloneBoxed", "Decode", "DestroyBoxed", "Encode", "Measure", "seam", "std",
  };
  return kWords;
}

// The parameters, variables and template parameters of generated functions.
const std::set<std::string_view>& LocalNames() {
  static const std::set<std::string_view> kWords = {
      "Sink",   "a",       "b",       "before",  "call",   "channel", "context",
      "event",  "handler", "in",      "message", "method", "other",   "out",
      "outbox", "present", "request", "rules",   "tag",    "type",    "value",
  };
  return kWords;
}

bool IsBetweenDoubleUnderscores(std::string_view name) {
  return name.size() > 4 && name.substr(0, 2) == "__" && name.substr(name.size() - 2) == "__";
}

template <class D>
std::string Flat(const D& descriptor) {
  std::string name = descriptor.name();
  for (const pb::Descriptor* outer = descriptor.containing_type(); outer != nullptr;
       outer = outer->containing_type()) {
    name.insert(0, outer->name() + "_");
  }
  return EscapeType(name);
}

template <class D>
std::string Qualified(const D& descriptor) {
  const std::string space = Namespace(*descriptor.file());
  return (space.empty() ? "::" : "::" + space + "::") + FlatName(descriptor);
}

template <class D>
std::string Short(const D& descriptor, const pb::FileDescriptor& file,
                  const std::set<std::string>& hidden) {
  const std::string name = FlatName(descriptor);
  const bool is_plain = descriptor.file()->package() == file.package() && hidden.count(name) == 0 &&
                        LocalNames().count(name) == 0;
  return is_plain ? name : QualifiedName(descriptor);
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsAlphanumeric(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z') || IsDigit(c); }

char Upper(char c) { return IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

// Two hexadecimal digits, in lower case.
std::string Hex(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string Escape(std::string_view name) {
  std::string escaped(name);
  if (Keywords().count(name) > 0 || Macros().count(name) > 0 || IsBetweenDoubleUnderscores(name)) {
    escaped += '_';
  }
  return escaped;
}

std::string EscapeType(std::string_view name) {
  return TakenFromTypes().count(name) > 0 ? std::string(name) + "_" : Escape(name);
}

std::string Namespace(const pb::FileDescriptor& file) {
  std::string space;
  std::string_view left = file.package();
  while (!left.empty()) {
    const std::size_t dot = left.find('.');
    if (!space.empty()) space += "::";
    const std::string_view component = left.substr(0, dot);
    // Inside of a namespace std, neither GoogleMock's macros nor most people's code would compile.
    space += component == "std" ? "std_" : Escape(component);
    left.remove_prefix(dot == std::string_view::npos ? left.size() : dot + 1);
  }
  return space;
}

std::string FlatName(const pb::Descriptor& message) { return Flat(message); }
std::string FlatName(const pb::EnumDescriptor& enumeration) { return Flat(enumeration); }

std::string OneofClass(const pb::OneofDescriptor& oneof) {
  return FlatName(*oneof.containing_type()) + "_" + oneof.name();
}

std::string WriteFunction(const pb::Descriptor& message) {
  return "Write" + FlatName(message) + "Fields";
}

std::string ServiceConstant(const pb::ServiceDescriptor& service) {
  return "k" + service.name() + "Service";
}

std::string MethodsConstant(const pb::ServiceDescriptor& service) {
  return "k" + service.name() + "Methods";
}

std::string MethodConstant(const pb::MethodDescriptor& method) {
  return "k" + method.service()->name() + UpperCamel(method.name());
}

std::string EventsClass(const pb::FileDescriptor& file) {
  const std::string stem = Stem(file);
  return UpperCamel(std::string_view(stem).substr(stem.rfind('/') + 1));
}

std::string EventConstant(const pb::Descriptor& message) {
  return "k" + UpperCamel(message.name()) + "Event";
}

std::string EventFunction(const pb::Descriptor& message) {
  return "On" + UpperCamel(message.name());
}

std::string QualifiedName(const pb::Descriptor& message) {
  return IsWellKnown(message) ? "::seam::" + message.name() : Qualified(message);
}
std::string QualifiedName(const pb::EnumDescriptor& enumeration) { return Qualified(enumeration); }

std::string ShortName(const pb::Descriptor& message, const pb::FileDescriptor& file,
                      const std::set<std::string>& hidden) {
  return Short(message, file, hidden);
}
std::string ShortName(const pb::EnumDescriptor& enumeration, const pb::FileDescriptor& file,
                      const std::set<std::string>& hidden) {
  return Short(enumeration, file, hidden);
}

bool IsWellKnown(const pb::Descriptor& message) {
  return message.full_name() == "google.protobuf.Timestamp" ||
         message.full_name() == "google.protobuf.Duration";
}

bool IsGoogleProtobuf(const pb::FileDescriptor& file) {
  return file.name().rfind("google/protobuf/", 0) == 0;
}

std::string Stem(const pb::FileDescriptor& file) {
  const std::string& name = file.name();
  const std::string_view suffix = ".proto";
  const bool has_suffix = name.size() > suffix.size() &&
                          name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
  return has_suffix ? name.substr(0, name.size() - suffix.size()) : name;
}

std::string UpperCamel(std::string_view name) {
  std::string camel;
  bool word_begins = true;
  for (const char c : name) {
    if (!IsAlphanumeric(c)) {
      word_begins = true;
      continue;
    }
    camel += word_begins ? Upper(c) : c;
    word_begins = false;
  }
  return camel;
}

std::string FileConstant(const pb::FileDescriptor& file) {
  const std::string stem = Stem(file);
  // A capital begins a folder's or the file's name, and with an underscore in front another word.
  // Whatever that cannot tell stands as an underscore and its code.
  std::string constant = "k";
  bool name_begins = true;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    const char c = stem[i];
    const bool word_follows = i + 1 < stem.size() && IsLower(stem[i + 1]);
    if (c == '/' && word_follows) {
      name_begins = true;
      continue;
    }
    if (c == '_' && word_follows) {
      constant += '_';
      constant += Upper(stem[++i]);
    } else if (IsLower(c)) {
      constant += name_begins ? Upper(c) : c;
    } else if (IsDigit(c)) {
      constant += c;
    } else {
      constant += "_" + Hex(c);
    }
    name_begins = false;
  }
  return constant + "File";
}

std::string IncludeGuard(std::string_view stem, std::string_view suffix) {
  // What a stem's letters become is in capitals, so that small ones can mark the rest.
  std::string guard;
  for (const char c : stem) {
    if (IsLower(c) || (IsDigit(c) && !guard.empty())) {
      guard += Upper(c);
    } else if (c == '/') {
      guard += '_';
    } else if (c == '_') {
      guard += "u_";
    } else {
      guard += "x" + Hex(c);
    }
  }
  for (const char c : suffix) guard += IsAlphanumeric(c) ? Upper(c) : '_';
  return guard + "_";
}

}  // namespace seam::generator
