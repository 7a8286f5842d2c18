// shapes.h: clips in which nothing happens but whose values or shapes are awkward all along.
#ifndef FSC_TESTS_HOSTILE_SHAPES_H_
#define FSC_TESTS_HOSTILE_SHAPES_H_

#include <vector>

#include "situations.h"

namespace fsc::hostile {

std::vector<Situation> ShapeSituations();

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_SHAPES_H_
