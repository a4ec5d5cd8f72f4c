#ifndef SEAM_HOST_OPEN_FILES_H_
#define SEAM_HOST_OPEN_FILES_H_

#include "seam/observe/log.h"

namespace seam {

// Lets this process have as many files and connections open as the system lets it ask for: raises
// the soft limit (ulimit -Sn) to the hard one. For the main of a program that serves: gRPC 1.51
// does not take connections any more, for good, once there was no descriptor left for one. Logs a
// warning when that are fewer than 1024 still, or it cannot be done. Not for a program that uses
// select(2). To be called before there is another thread.
void AllowMostOpenFiles(Log& log);

}  // namespace seam

#endif  // SEAM_HOST_OPEN_FILES_H_
