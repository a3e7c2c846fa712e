#ifndef UPRIGHT_FAKES_H
#define UPRIGHT_FAKES_H

#include <gst/gst.h>

typedef enum {
  FAKE_WORKS,
  FAKE_NO_START,
  FAKE_LARGE,
  FAKE_HANGS,
  FAKE_GARBAGE,
  FAKE_CRASHES,
  FAKE_SLOW,
  FAKE_MID_STREAM,
  FAKE_DROPS,
  FAKE_BLACK,
  FAKE_EXITS,
  FAKE_NO_START_IN_JOBS,
  FAKE_MID_STREAM_IN_JOBS,
  FAKE_HANGS_IN_JOBS,
  FAKE_GARBAGE_IN_JOBS,
  FAKE_CRASHES_IN_JOBS,
  FAKE_DROPS_IN_JOBS,
} FakeMode;

extern gboolean fake_in_job; /* not in a probe */

gboolean fake_register (const gchar * element, FakeMode mode);

#endif
