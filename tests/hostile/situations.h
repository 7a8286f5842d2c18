// situations.h: awkward but legal clips, each with what it is held against. Every one stands for a kind that came back
// wrong once, or for one that must stay sound.
#ifndef FSC_TESTS_HOSTILE_SITUATIONS_H_
#define FSC_TESTS_HOSTILE_SITUATIONS_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "content.h"

namespace fsc::hostile {

// What a part of a clip is held against, coded with the same settings.
enum class Against {
  kAlone,   // the same frames as a clip of their own: nothing that went before may matter
  kTwin,    // frames without what is awkward here: it may not matter to the rest
  kSafest,  // the same clip, and the choice that assumes least: each channel for itself (latent), ranges measured in
            // every frame (tiled)
};

// Values that are not compared: outliers, which the codec may clip if it says so.
struct Excluded {
  int frame = 0;  // of the compared part; -1 = every one
  int layer = 0;
  int channel = 0;
  int cell = 0;
};

struct Situation {
  std::string name;   // lower case, digits, underscores
  std::string shows;  // in a line
  Against against = Against::kAlone;
  std::function<Clip()> clip;
  // Of kTwin: as many frames as the part has.
  std::function<Clip()> twin = nullptr;
  // The part of the clip that is compared. The rest went before it, and how it comes out is not asked.
  int first = 0;
  int frames = 0;
  // Situations whose part, coded alone, is the same share a name, so that it need be coded once.
  std::string reference;
  std::vector<Excluded> excluded = {};
  // The part repeats the frame before it. Copies keep the quality of what they copy: they are held against the frame
  // before the part, up to the part's first random-access frame, which the reference begins with.
  bool copies = false;
  // Only these channels of the first layer are compared; 0 = all of all layers.
  int watched_channels = 0;
  // The whole clip at QP 0: no frame comes back with less. Where it isn't 50 dB, `floor_reason` says what 16-bit planes
  // cannot do.
  double ceiling_floor_db = 50;
  std::string floor_reason = {};
  bool in_short_form = false;
};

// For messages of gtest.
inline void PrintTo(const Situation& situation, std::ostream* out) {
  *out << situation.name;
}

const std::vector<Situation>& AllSituations();

// The reference of a situation as a clip.
Clip ReferenceClip(const Situation& situation, const Clip& clip);

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_SITUATIONS_H_
