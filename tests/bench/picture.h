#ifndef TESTS_BENCH_PICTURE_H_
#define TESTS_BENCH_PICTURE_H_

#include <string>
#include <vector>

#include "tests/bench/figures.h"

namespace gossamer::bench {

// The figures by which the pairs are compared, as an SVG document: everything of which less is
// better and that two pairs have. `about` are lines on the run: machine, versions, rounds.
std::string DrawFigures(const Figures& figures, const std::vector<std::string>& about);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_PICTURE_H_
