// stdin_peek.h: standard input: its names, and its first bytes, which stay there for whoever reads it.
#ifndef FSC_TOOLS_STDIN_PEEK_H_
#define FSC_TOOLS_STDIN_PEEK_H_

#include <cstddef>
#include <string>

namespace fsc::tools {

// By the names that a command line has for it.
bool IsStandardInput(const std::string& path);

// At most `count` bytes, fewer only where there are no more: of a pipe, after waiting for them, or of a file that is
// redirected. Empty for anything else, a terminal or a socket.
std::string PeekStandardInput(size_t count);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_STDIN_PEEK_H_
