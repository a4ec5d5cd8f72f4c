#ifndef APP_SHELL_H
#define APP_SHELL_H

#include <istream>
#include <ostream>

#include "app/commands.h"

namespace app {

// Reads commands, a line each, and says what came of them. With `echo` each command is shown
// before its answer.
class Shell {
public:
    Shell(Commands &commands, std::istream &in, std::ostream &out, bool echo);

    // Until `quit` or the end of the input.
    void run();

private:
    void answer(const std::string &line);

    Commands &commands_;
    std::istream &in_;
    std::ostream &out_;
    const bool echo_;
};

}  // namespace app

#endif
