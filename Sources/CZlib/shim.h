#include <zlib.h>

// A macro with a sizeof in it, which Swift does not import. No zlib header: a zip entry has none.
static inline int cld_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
