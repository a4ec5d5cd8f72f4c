#ifndef SEAM_GENERATOR_COMMENT_H_
#define SEAM_GENERATOR_COMMENT_H_

#include <string>
#include <vector>

namespace seam::generator {

// The lines of a comment, without the "//" and the space behind it. None of them can end the
// comment or reach the next line: see CommentLines.
using Comment = std::vector<std::string>;

// Makes lines of a comment's text as protoc gives it, in which anything may stand. What would not
// be safe in a // comment is made so: control characters and Unicode's direction controls become
// '?', and a line that ends in a backslash, which would swallow the next one, gets a full stop.
[[nodiscard]] Comment CommentLines(const std::string& text);

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_COMMENT_H_
