/* Vectors of 16 bytes, as compilers know them, and how squares of pixels are mirrored at their diagonal. */
#ifndef UPRIGHT_LANES_H
#define UPRIGHT_LANES_H

#include <glib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef guint8 UprightBytes __attribute__ ((vector_size (16)));
typedef guint16 UprightWords __attribute__ ((vector_size (16)));

static inline UprightWords
upright_words (const guint16 * from)
{
  UprightWords v;

  memcpy (&v, from, sizeof v);
  return v;
}

/* The upper halves of products. */
static inline UprightWords
upright_high (UprightWords a, UprightWords b)
{
#ifdef __SSE2__
  return (UprightWords) _mm_mulhi_epu16 ((__m128i) a, (__m128i) b);
#else
  guint16 x[8], y[8];
  gint i;

  memcpy (x, &a, sizeof x);
  memcpy (y, &b, sizeof y);
  for (i = 0; i < 8; i++)
    x[i] = (guint16) ((guint32) x[i] * y[i] >> 16);
  return upright_words (x);
#endif
}

/* Each step deals two halves like cards. */
static inline void
upright_mirror_words (UprightWords v[8])
{
  UprightWords other[8];
  gint step, i;

  for (step = 0; step < 3; step++) {
    for (i = 0; i < 4; i++) {
      other[2 * i] = __builtin_shufflevector (v[i], v[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      other[2 * i + 1] = __builtin_shufflevector (v[i], v[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    memcpy (v, other, sizeof other);
  }
}

static inline void
upright_mirror_bytes (UprightBytes v[16])
{
  UprightBytes other[16];
  gint step, i;

  for (step = 0; step < 4; step++) {
    for (i = 0; i < 8; i++) {
      other[2 * i] = __builtin_shufflevector (v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      other[2 * i + 1] = __builtin_shufflevector (v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,
          30, 15, 31);
    }
    memcpy (v, other, sizeof other);
  }
}

/* The lower bytes of words, which are below 256. */
static inline UprightBytes
upright_narrow (UprightWords a, UprightWords b)
{
#ifdef __SSE2__
  return (UprightBytes) _mm_packus_epi16 ((__m128i) a, (__m128i) b);
#else
  UprightBytes v;
  gint i;

  for (i = 0; i < 8; i++) {
    v[i] = (guint8) a[i];
    v[8 + i] = (guint8) b[i];
  }
  return v;
#endif
}

#endif
