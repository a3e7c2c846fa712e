#ifndef UPRIGHT_FAKEDEVICE_H
#define UPRIGHT_FAKEDEVICE_H

#include <gst/gst.h>

typedef enum {
  FAKE_DECODER,
  FAKE_TURNER,
  FAKE_DOWN,
  FAKE_UP,
  FAKE_ENCODER,
} FakeKind;

typedef enum {
  FAKE_WORKS,
  FAKE_NO_START,
  FAKE_MID_STREAM,
  FAKE_STUBBORN,
} FakeMode;

gboolean fakedevice_register (const gchar * element, FakeKind kind, const gchar * memory, FakeMode mode);

#endif
