// Force-included when libmlxc is built for macOS on another system.
#pragma once
#include <version>
// macOS 14's libc++ has no std::__hash_memory; headers of a newer libc++ must not call it.
#undef _LIBCPP_AVAILABILITY_HAS_HASH_MEMORY
#define _LIBCPP_AVAILABILITY_HAS_HASH_MEMORY 0
// MLX's headers use these two, which Apple's own math.h defines.
#ifndef INFINITY
#define INFINITY __builtin_inff()
#endif
#ifndef NAN
#define NAN __builtin_nanf("")
#endif
