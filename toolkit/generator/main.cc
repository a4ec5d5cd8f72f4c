#include <google/protobuf/compiler/plugin.h>

#include "generator/plugin.h"

int main(int argc, char** argv) {
  const seam::generator::Plugin plugin;
  return google::protobuf::compiler::PluginMain(argc, argv, &plugin);
}
