/* How memory is kept that GStreamer has used. */
#include "memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * One heap for all threads. The C library gives each of a pipeline's many threads a heap of its own, which would hold
 * on to what other threads could use, and grows such a heap by a page at a time, with a call of the system for each:
 * hundreds of them to read GStreamer's registry alone. It has to be said before there are threads, and Go has some
 * before its first function runs. This package is linked only into programs that run pipelines, never into the plugin.
 */
__attribute__ ((constructor)) static void
bound_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_ARENA_MAX, 1);
#endif
}

#define PAGE ((uintptr_t) 2 << 20)      /* a large one, of most machines */

/* Keeps so much room in the heap that the next blocks come from there and not each from the system, and lets large
 * pages fill it. */
void
upright_memory_reserve (size_t size)
{
#if defined (__GLIBC__) && defined (MADV_HUGEPAGE)
  uintptr_t from, to;
  void *room;

  mallopt (M_MMAP_THRESHOLD, 2 * size);
  mallopt (M_TRIM_THRESHOLD, 2 * size);
  room = malloc (size);
  if (!room)
    return;
  from = ((uintptr_t) room + PAGE - 1) & ~(PAGE - 1);
  to = ((uintptr_t) room + size) & ~(PAGE - 1);
  if (from < to)
    madvise ((void *) from, to - from, MADV_HUGEPAGE);
  free (room);
#endif
}
