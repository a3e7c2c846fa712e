/* How memory is kept that GStreamer has used. */
#include <malloc.h>

/*
 * One heap for all threads. The C library gives each of a pipeline's many threads a heap of its own, which would hold on
 * to what other threads could use, and grows such a heap by a page at a time, with a call of the system for each:
 * hundreds of them to read GStreamer's registry alone. It has to be said before there are threads, and Go has some before
 * its first function runs. This package is linked only into programs that run pipelines, never into the plugin.
 */
__attribute__ ((constructor)) static void
bound_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 1);
#endif
}
