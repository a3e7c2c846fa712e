/* How memory is kept that GStreamer has used: of interest to the program, which runs pipelines one after the other. */
#define _GNU_SOURCE
#include <link.h>
#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Whether relocating has changed what is read-only else. */
static gboolean
changed (const struct dl_phdr_info *object)
{
  ElfW (Half) i;

  for (i = 0; i < object->dlpi_phnum; i++) {
    const ElfW (Dyn) * d;

    if (object->dlpi_phdr[i].p_type != PT_DYNAMIC)
      continue;
    for (d = (const void *) (object->dlpi_addr + object->dlpi_phdr[i].p_vaddr); d->d_tag != DT_NULL; d++)
      if (d->d_tag == DT_TEXTREL || (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL)))
        return TRUE;
  }
  return FALSE;
}

static int
drop (struct dl_phdr_info *object, size_t size, void *unused)
{
  gsize page = sysconf (_SC_PAGESIZE);
  ElfW (Half) i;

  for (i = 0; i < object->dlpi_phnum; i++) {
    const ElfW (Phdr) * p = &object->dlpi_phdr[i];
    gsize start = (object->dlpi_addr + p->p_vaddr + page - 1) & ~(page - 1);
    gsize stop = (object->dlpi_addr + p->p_vaddr + p->p_filesz) & ~(page - 1);

    if (p->p_type != PT_LOAD || (p->p_flags & PF_W) || start >= stop)
      continue;
    if (object->dlpi_addr == getauxval (AT_SYSINFO_EHDR) || changed (object))
      return 0;
    madvise ((void *) start, stop - start, MADV_DONTNEED);
  }
  return 0;
}

/* As long as dl_iterate_phdr runs, no library goes away. */
void
upright_drop_code (void)
{
  dl_iterate_phdr (drop, NULL);
}
