/** Where LaurelThinProduct is worth calling. */
#pragma once

#include <cstdint>

namespace laurel::LAUREL_VARIANT {

/** The most rows for which it is measured to be faster than the library's product. AMX multiplies faster, but packs W as well: not measured. */
#if defined(__AMX_BF16__)
constexpr int32_t thin_rows = 32;
#elif defined(__AVX2__)
constexpr int32_t thin_rows = 128;
#else
constexpr int32_t thin_rows = 16;
#endif

}  // namespace laurel::LAUREL_VARIANT
