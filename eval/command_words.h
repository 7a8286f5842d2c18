// command_words.h: the words of a command line: apart, and together so that a shell reads the same words.
#ifndef FSC_EVAL_COMMAND_WORDS_H_
#define FSC_EVAL_COMMAND_WORDS_H_

#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// At blanks, but those inside '..' or "..", whose quotes go. A backslash is a letter like any other. kUsage for a quote
// without an end.
Result<std::vector<std::string>> SplitWords(const std::string& text);

// One line. A word that a shell would read otherwise stands in single quotes.
std::string JoinWords(const std::vector<std::string>& words);

}  // namespace fsc

#endif  // FSC_EVAL_COMMAND_WORDS_H_
