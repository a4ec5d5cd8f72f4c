#ifndef SEAM_CORE_GENERATED_H_
#define SEAM_CORE_GENERATED_H_

// What protoc-gen-seam writes is compiled against this number, and refuses to compile against any
// other one. It grows when generated code and the runtime no longer fit together.
#define SEAM_GENERATED_CODE_VERSION 1

#endif  // SEAM_CORE_GENERATED_H_
