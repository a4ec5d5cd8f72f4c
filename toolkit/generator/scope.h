#ifndef SEAM_GENERATOR_SCOPE_H_
#define SEAM_GENERATOR_SCOPE_H_

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>

#include "generator/problems.h"

namespace seam::generator {

// The names of one C++ scope. Two things of a proto whose names C++ cannot tell apart are an error.
class Scope {
 public:
  explicit Scope(Problems& problems) : problems_(problems) {}

  // False, with an error added, when the name is taken.
  bool Declare(const std::string& name, const std::string& what, const std::string& position);

 private:
  Problems& problems_;
  std::map<std::string, std::string> taken_;
};

// The C++ namespaces of all files of one run, since several files may share one.
class NamespaceNames {
 public:
  explicit NamespaceNames(Problems& problems) : problems_(problems) {}

  // Declares what the file's output has at namespace scope, after what the files have that it
  // imports, however indirectly, and that share its namespace: those need not be asked for. A file
  // that is declared already is left alone.
  void Declare(const google::protobuf::FileDescriptor& file);

 private:
  void DeclareImports(const google::protobuf::FileDescriptor& file, const std::string& space,
                      std::set<const google::protobuf::FileDescriptor*>& visited);
  void DeclareFile(const google::protobuf::FileDescriptor& file, const std::string& space);

  Problems& problems_;
  std::map<std::string, Scope> scopes_;  // By namespace, as two packages may become one.
  std::set<const google::protobuf::FileDescriptor*> declared_;
};

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_SCOPE_H_
