// held_profile.h: a profile as Python holds it.
#ifndef FSC_PYTHON_HELD_PROFILE_H_
#define FSC_PYTHON_HELD_PROFILE_H_

#include <memory>

#include "fsc/profile.h"

namespace fsc::python {

struct HeldProfile {
  std::shared_ptr<const Profile> profile;
};

}  // namespace fsc::python

#endif  // FSC_PYTHON_HELD_PROFILE_H_
