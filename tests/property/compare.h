#ifndef TESTS_PROPERTY_COMPARE_H_
#define TESTS_PROPERTY_COMPARE_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comparison.h"
#include "fields.h"
#include "seam/wire/message.h"

// What comparison.h offers for the messages of the matrix, for any types.
namespace property {

// Gives `bytes` to Seam's codec of Ours and to libprotobuf's of Theirs. They agree when both refuse
// them; or when both accept them, hold the same values, and libprotobuf reads the same message from
// what Seam writes. Same(const Ours&, const Theirs&) compares the values.
template <class Ours, class Theirs>
Verdict Compare(Oracle& oracle, std::string_view bytes) {
  // A block of its own, so that the address sanitizer sees a byte read beyond it.
  const std::unique_ptr<char[]> block(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), block.get());
  const std::string_view input(block.get(), bytes.size());

  Theirs theirs;
  const std::optional<bool> accepted = oracle.Parse(input, theirs);
  if (!accepted.has_value()) return {false, "libprotobuf's two parsers differ"};
  const seam::Result<Ours> ours = seam::wire::DecodeMessage<Ours>(input);
  Verdict verdict{*accepted, {}};
  if (ours.has_value() != *accepted) {
    verdict.disagreement =
        *accepted ? "libprotobuf accepts what Seam refuses: " + seam::ToString(ours.error())
                  : "Seam accepts what libprotobuf refuses";
    return verdict;
  }
  if (!*accepted) return verdict;
  if (!Same(*ours, theirs)) {
    verdict.disagreement =
        "the decoded values differ; libprotobuf has " + theirs.ShortDebugString().substr(0, 2000);
    return verdict;
  }

  // A copy is as good as what was decoded.
  const Ours copy = *ours;  // NOLINT(performance-unnecessary-copy-initialization)
  const seam::Result<seam::Buffer> encoded = seam::wire::EncodeMessage(copy);
  const seam::Result<std::size_t> measured = seam::wire::MeasureMessage(copy);
  if (!encoded || !measured) {
    // A map's entry without a message, at the limit of depth, is written with an empty one.
    Theirs again;
    const bool is_too_deep = !encoded && !measured && encoded.error().reason == "MESSAGE_TOO_DEEP";
    if (is_too_deep && !again.ParseFromString(DeterministicBytes(theirs))) return verdict;
    verdict.disagreement = "Seam does not encode what it decoded: " +
                           seam::ToString(encoded ? measured.error() : encoded.error());
    return verdict;
  }
  if (*measured != encoded->size()) {
    verdict.disagreement = "Seam measures " + std::to_string(*measured) + " bytes and writes " +
                           std::to_string(encoded->size());
    return verdict;
  }
  Theirs returned;
  const std::optional<bool> readable = oracle.Parse(encoded->bytes(), returned);
  if (!readable.value_or(false)) {
    verdict.disagreement = "libprotobuf does not read what Seam encoded";
  } else if (DeterministicBytes(returned) != DeterministicBytes(theirs)) {
    verdict.disagreement = "libprotobuf reads another message from what Seam encoded: " +
                           returned.ShortDebugString().substr(0, 1000) + " and not " +
                           theirs.ShortDebugString().substr(0, 1000);
  }
  return verdict;
}

// Fills a message of Ours, which libprotobuf has to read as the same from what Seam writes, byte
// for byte what it writes itself; and Seam the same from that.
template <class Ours, class Theirs>
Verdict CompareFilled(Oracle& oracle, Random& random) {
  Ours ours;
  Fill(random, ours);
  const seam::Result<seam::Buffer> encoded = seam::wire::EncodeMessage(ours);
  if (!encoded) return {false, "Seam does not encode: " + seam::ToString(encoded.error())};
  Theirs theirs;
  if (!oracle.Parse(encoded->bytes(), theirs).value_or(false)) {
    return {false, "libprotobuf does not read what Seam encoded"};
  }
  if (!Same(ours, theirs)) {
    return {true, "libprotobuf reads other values from what Seam encoded: " +
                      theirs.ShortDebugString().substr(0, 2000)};
  }
  const std::string their_bytes = DeterministicBytes(theirs);
  if (encoded->bytes() != their_bytes) return {true, "the two write different bytes"};
  return Compare<Ours, Theirs>(oracle, their_bytes);
}

}  // namespace property

#endif  // TESTS_PROPERTY_COMPARE_H_
