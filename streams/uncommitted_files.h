// uncommitted_files.h: the list behind RemoveUncommittedFiles() of byte_io.h.
//
// A fixed table without locks, since a signal handler reads it.
#ifndef FSC_STREAMS_UNCOMMITTED_FILES_H_
#define FSC_STREAMS_UNCOMMITTED_FILES_H_

#include <string>

namespace fsc {

// Returns the entry's number, or -1 when the table is full or the path too long (the file is then removed by its owner
// only).
int RememberUncommittedFile(const std::string& path);
// Takes back what RememberUncommittedFile returned; -1 is allowed.
void ForgetUncommittedFile(int slot);

}  // namespace fsc

#endif  // FSC_STREAMS_UNCOMMITTED_FILES_H_
