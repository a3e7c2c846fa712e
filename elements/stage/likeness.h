/* How much two pictures differ. */
#ifndef UPRIGHT_LIKENESS_H
#define UPRIGHT_LIKENESS_H

#include <gst/video/video.h>

typedef enum
{
  UPRIGHT_SAME,
  UPRIGHT_NEARLY,               /* nobody sees a difference, and no encoder spends bits on it */
  UPRIGHT_OTHER
} UprightLikeness;

/* Compares pictures of one format and size. */
UprightLikeness upright_likeness (GstVideoFrame * a, GstVideoFrame * b);

#endif
