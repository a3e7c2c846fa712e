/* How memory is kept that GStreamer has used. */
#define _DEFAULT_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE ((uintptr_t) 2 << 20)      /* a large one: most machines' */
#define ROOM ((size_t) 16 << 20)        /* for the decoder that looks at a copy in 720p */

/*
 * Room in the heap that the system fills with large pages. The memory of a decoder is megabytes that are written to
 * once, when it begins: of small pages these are thousands of faults, a sixth of what a short recording costs. Nothing
 * is taken before it is used, and where there are no large pages all is as it was. Blocks have to come from the heap for
 * that, as they do anyway once the C library has seen a large one given back.
 */
static void
reserve_heap (void)
{
  uintptr_t from, to;
  void *room;

  mallopt (M_MMAP_THRESHOLD, 4 << 20);
  mallopt (M_TRIM_THRESHOLD, 32 << 20);
  room = malloc (ROOM);
  if (!room)
    return;
  from = ((uintptr_t) room + PAGE - 1) & ~(PAGE - 1);
  to = (uintptr_t) sbrk (0) & ~(PAGE - 1);
  if (from < to && to - from <= ROOM)
    madvise ((void *) from, to - from, MADV_HUGEPAGE);
  free (room);
}

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
  reserve_heap ();
#endif
}
