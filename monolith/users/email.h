#ifndef USERS_EMAIL_H_
#define USERS_EMAIL_H_

#include <string>
#include <string_view>

namespace shop::users {

// Whether `text` is an email address of the form that nearly all have: RFC 5321's
// Dot-string "@" Domain (https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2), in ASCII, with at
// most 254 characters, 64 of them before the @, and a domain of two labels or more. Quoted local
// parts, addresses in brackets and internationalised ones are refused.
[[nodiscard]] bool IsEmail(std::string_view text) noexcept;

// The email in lower case: two emails that fold to the same are the same one.
[[nodiscard]] std::string FoldEmail(std::string_view email);

}  // namespace shop::users

#endif  // USERS_EMAIL_H_
