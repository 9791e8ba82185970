// Force-included where the C++ library has no std::format (GCC before 13): fmt's is the same, header-only.
#pragma once
#define FMT_HEADER_ONLY
#include <fmt/format.h>
namespace std {
using fmt::format;
}
