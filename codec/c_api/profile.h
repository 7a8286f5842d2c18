// profile.h: the handle of a profile in the C interface.
#ifndef FSC_CODEC_C_API_PROFILE_H_
#define FSC_CODEC_C_API_PROFILE_H_

#include <memory>
#include <string>

#include "fsc/fsc_c.h"
#include "fsc/profile.h"

struct fsc_profile {
  std::shared_ptr<const fsc::Profile> profile;
  std::string kind;
};

#endif  // FSC_CODEC_C_API_PROFILE_H_
