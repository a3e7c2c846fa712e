/* How memory is kept that GStreamer has used. */
#include <malloc.h>

#include "pipeline.h"

void
upright_bound_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 2);
#endif
}
