/* How the C library's allocator keeps memory: of interest to the program, which runs pipelines one after the other. */
#include <malloc.h>

#include "gstx.h"

void
upright_bound_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 2);
#endif
}

void
upright_trim_memory (void)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}
