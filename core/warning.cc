#include "fsc/warning.h"

#include <algorithm>
#include <utility>

namespace fsc {

std::string Warning::OneLine() const {
  return Error{ErrorKind::kBadInput, what, where, advice}.OneLine();
}

Warning* Warnings::Find(const std::string& kind) {
  const auto found = std::find_if(list_.begin(), list_.end(), [&](const Warning& w) { return w.kind == kind; });
  return found == list_.end() ? nullptr : &*found;
}

void Warnings::Add(Warning warning) {
  if (Warning* known = Find(warning.kind)) {
    known->count += warning.count;
  } else {
    list_.push_back(std::move(warning));
  }
}

void Warnings::Add(const Warnings& others) {
  for (const Warning& warning : others.list_) Add(warning);
}

void Warnings::Set(Warning warning) {
  if (Warning* known = Find(warning.kind)) {
    *known = std::move(warning);
  } else {
    list_.push_back(std::move(warning));
  }
}

}  // namespace fsc
