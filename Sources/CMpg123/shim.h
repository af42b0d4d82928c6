#define MPG123_ENUM_API  // the names that every 1.x release has
#include <mpg123.h>
