#include "sound.h"

#include <math.h>
#include <string.h>

#if defined (__x86_64__) && defined (__GNUC__) && !defined (__clang__)
#define FAST __attribute__ ((target_clones ("avx2", "default"), optimize ("O3", "fast-math")))
#else
#define FAST
#endif

#define TAPS 16
#define PHASES 256
#define JUMP (0.005 * UPRIGHT_RATE)     /* samples by which a piece may be off before it is another run */
#define FADE 96                 /* samples in which a run begins and ends */
#define SAME_CLOCK 2e-7         /* by how much a sample may be longer or shorter */
#define KEEP 4096               /* samples that are kept before they are thrown away together */

/* Pieces that follow each other without a hole. */
typedef struct
{
  GArray *samples[2];           /* gfloat */
  gint channels, rate;
  GArray *marks;                /* Mark */
  gboolean closed;              /* another run has begun, or the end has come */
} Run;

typedef struct
{
  gint index;                   /* of a sample */
  gdouble at;                   /* its time */
} Mark;

struct _UprightVoice
{
  GPtrArray *runs;
};

static gfloat kernel[PHASES + 1][TAPS];

static gdouble
bessel (gdouble x)
{
  gdouble sum = 1, term = 1;
  gint k;

  for (k = 1; k < 30; k++) {
    term *= (x / 2 / k) * (x / 2 / k);
    sum += term;
  }
  return sum;
}

static void
make_kernel (void)
{
  static gsize done = 0;
  gint p, k;

  if (!g_once_init_enter (&done))
    return;
  for (p = 0; p <= PHASES; p++) {
    gdouble sum = 0, values[TAPS];

    for (k = 0; k < TAPS; k++) {
      gdouble x = k - (TAPS / 2 - 1) - (gdouble) p / PHASES, r = x / (TAPS / 2);
      gdouble sinc = fabs (x) < 1e-9 ? 1 : sin (G_PI * 0.94 * x) / (G_PI * 0.94 * x);

      values[k] = fabs (r) >= 1 ? 0 : sinc * bessel (7 * sqrt (1 - r * r)) / bessel (7);
      sum += values[k];
    }
    for (k = 0; k < TAPS; k++)
      kernel[p][k] = (gfloat) (values[k] / sum);
  }
  g_once_init_leave (&done, 1);
}

static void
run_free (gpointer data)
{
  Run *r = data;

  g_array_unref (r->samples[0]);
  g_array_unref (r->samples[1]);
  g_array_unref (r->marks);
  g_free (r);
}

UprightVoice *
upright_voice_new (void)
{
  UprightVoice *v = g_new0 (UprightVoice, 1);

  make_kernel ();
  v->runs = g_ptr_array_new_with_free_func (run_free);
  return v;
}

void
upright_voice_free (UprightVoice * v)
{
  if (!v)
    return;
  g_ptr_array_unref (v->runs);
  g_free (v);
}

static Run *
last_run (const UprightVoice * v)
{
  return v->runs->len ? g_ptr_array_index (v->runs, v->runs->len - 1) : NULL;
}

static const Mark *
last_mark (const Run * r)
{
  return &g_array_index (r->marks, Mark, r->marks->len - 1);
}

/* When a run ends, if its last piece has no other clock than its rate says. */
static gdouble
run_end (const Run * r)
{
  const Mark *m = last_mark (r);

  return m->at + (gdouble) ((gint) r->samples[0]->len - m->index) * UPRIGHT_RATE / r->rate;
}

void
upright_voice_add (UprightVoice * v, gdouble at, const gfloat * samples, gint frames, gint channels, gint rate)
{
  Run *r = last_run (v);
  Mark m;
  gint i, c, skip = 0;

  if (r && !r->closed && (r->rate != rate || r->channels != channels || fabs (at - run_end (r)) > JUMP)) {
    if (at < run_end (r)) {     /* what comes twice is left out */
      skip = (gint) ((run_end (r) - at) * rate / UPRIGHT_RATE);
      at = run_end (r);
    }
    r->closed = TRUE;
  }
  if (skip >= frames)
    return;
  if (!r || r->closed) {
    r = g_new0 (Run, 1);
    r->samples[0] = g_array_new (FALSE, FALSE, sizeof (gfloat));
    r->samples[1] = g_array_new (FALSE, FALSE, sizeof (gfloat));
    r->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
    r->channels = channels;
    r->rate = rate;
    g_ptr_array_add (v->runs, r);
  }
  m.index = (gint) r->samples[0]->len;
  m.at = at;
  g_array_append_val (r->marks, m);
  for (c = 0; c < MIN (channels, 2); c++) {
    guint old = r->samples[c]->len;
    gfloat *to;

    g_array_set_size (r->samples[c], old + frames - skip);
    to = &g_array_index (r->samples[c], gfloat, old);
    for (i = skip; i < frames; i++)
      to[i - skip] = samples[(gsize) i * channels + c];
  }
}

gdouble
upright_voice_known (const UprightVoice * v)
{
  const Run *r = last_run (v);

  return r ? last_mark (r)->at : -G_MAXDOUBLE;
}

gdouble
upright_voice_end (const UprightVoice * v)
{
  const Run *r = last_run (v);

  return r ? run_end (r) : -G_MAXDOUBLE;
}

FAST static gfloat
interpolate (const gfloat * restrict s, const gfloat * restrict a, const gfloat * restrict b, gfloat part)
{
  gfloat x = 0, y = 0;
  gint k;

  for (k = 0; k < TAPS; k++) {
    x += s[k] * a[k];
    y += s[k] * b[k];
  }
  return x + (y - x) * part;
}

/* A sample between samples; what lies outside of the run is silence. */
static gfloat
sample_at (const GArray * samples, gdouble index)
{
  gint whole = (gint) floor (index), from = whole - (TAPS / 2 - 1), k;
  gdouble phase = (index - whole) * PHASES;
  gint p = (gint) phase;
  const gfloat *s = &g_array_index (samples, gfloat, 0);
  gfloat edge[TAPS];

  if (phase == 0)
    return whole >= 0 && whole < (gint) samples->len ? s[whole] : 0;
  if (from < 0 || from + TAPS > (gint) samples->len) {
    for (k = 0; k < TAPS; k++)
      edge[k] = from + k >= 0 && from + k < (gint) samples->len ? s[from + k] : 0;
    s = edge;
  } else {
    s += from;
  }
  return interpolate (s, kernel[p], kernel[p + 1], (gfloat) (phase - p));
}

/* A stretch of samples that are read at even steps. */
typedef struct
{
  gint from, to;                /* in what is read */
  gdouble index, step;          /* of the first in the run, and from one to the next */
} Stretch;

FAST static void
add (gfloat * restrict to, const gfloat * restrict from, gint n)
{
  gint i;

  for (i = 0; i < n; i++)
    to[i] += from[i];
}

/* Adds what lies between samples, or at the edges of a run, where it fades. */
static void
read_between (const Run * r, gdouble at, const Stretch * s, gfloat * left, gfloat * right)
{
  gdouble begin = g_array_index (r->marks, Mark, 0).at, end = run_end (r), index = s->index;
  gint x;

  for (x = s->from; x < s->to; x++, index += s->step) {
    gfloat l = sample_at (r->samples[0], index), o = r->channels > 1 ? sample_at (r->samples[1], index) : l;

    if (at + x - begin < FADE || (r->closed && end - at - x < FADE)) {
      gfloat fade = (gfloat) CLAMP (MIN (at + x - begin, r->closed ? end - at - x : FADE) / FADE, 0, 1);

      l *= fade;
      o *= fade;
    }
    left[x] += l;
    right[x] += o;
  }
}

/* Adds samples as they are, as far as no edge is near. */
static void
read_straight (const Run * r, gdouble at, const Stretch * s, gfloat * left, gfloat * right)
{
  gdouble begin = g_array_index (r->marks, Mark, 0).at, end = run_end (r);
  gint first = (gint) s->index - s->from;       /* the index of what is read at 0 */
  gdouble last = MIN (s->to, (gdouble) r->samples[0]->len - first);
  Stretch edge = *s;
  gint from, to;

  if (r->closed)
    last = MIN (last, floor (end - FADE - at));
  from = (gint) CLAMP (MAX (ceil (begin + FADE - at), -first), s->from, s->to);
  to = (gint) CLAMP (last, from, s->to);
  edge.to = from;
  read_between (r, at, &edge, left, right);
  add (left + from, &g_array_index (r->samples[0], gfloat, first + from), to - from);
  add (right + from, &g_array_index (r->samples[r->channels > 1], gfloat, first + from), to - from);
  edge = (Stretch) { to, s->to, first + to, 1 };
  read_between (r, at, &edge, left, right);
}

/* Adds a part of a run. */
static void
read_run (const Run * r, gdouble at, gfloat * left, gfloat * right, gint n)
{
  gdouble begin = g_array_index (r->marks, Mark, 0).at, end = run_end (r);
  gint x = MAX (0, (gint) ceil (begin - at)), to = (gint) MIN ((gdouble) n, ceil (end - at));
  guint k = 0;

  while (x < to) {
    const Mark *m;
    gdouble until = end;
    Stretch s;

    while (k + 1 < r->marks->len && g_array_index (r->marks, Mark, k + 1).at <= at + x)
      k++;
    m = &g_array_index (r->marks, Mark, k);
    s.step = (gdouble) r->rate / UPRIGHT_RATE;
    if (k + 1 < r->marks->len) {
      const Mark *next = m + 1;

      if (next->at > m->at)
        s.step = (next->index - m->index) / (next->at - m->at);
      until = next->at;
    }
    s.from = x;
    s.to = MIN (to, MAX (x + 1, (gint) ceil (until - at)));
    s.index = m->index + (at + x - m->at) * s.step;
    x = s.to;
    if (fabs (s.step - 1) >= SAME_CLOCK) {
      read_between (r, at, &s, left, right);
    } else {                    /* nothing is gained by parts of samples */
      s.index = floor (s.index + 0.5);
      s.step = 1;
      read_straight (r, at, &s, left, right);
    }
  }
}

/* Throws away what lies before a time. */
static void
forget (UprightVoice * v, gdouble at)
{
  Run *r;
  guint k = 0, i;
  gint drop;

  while (v->runs->len > 1 && run_end (g_ptr_array_index (v->runs, 0)) < at - UPRIGHT_RATE / 10)
    g_ptr_array_remove_index (v->runs, 0);
  if (!v->runs->len)
    return;
  r = g_ptr_array_index (v->runs, 0);
  while (k + 2 < r->marks->len && g_array_index (r->marks, Mark, k + 1).at < at - UPRIGHT_RATE / 10)
    k++;
  drop = g_array_index (r->marks, Mark, k).index;
  if (drop < KEEP)
    return;
  g_array_remove_range (r->samples[0], 0, drop);
  if (r->channels > 1)
    g_array_remove_range (r->samples[1], 0, drop);
  /* The time of the beginning stays, for fading; the first mark is never used for reading again. */
  g_array_remove_range (r->marks, 0, k);
  for (i = 0; i < r->marks->len; i++)
    g_array_index (r->marks, Mark, i).index -= drop;
}

gboolean
upright_voice_read (UprightVoice * v, gdouble at, gfloat * left, gfloat * right, gint n)
{
  gboolean any = FALSE;
  guint i;

  forget (v, at);
  for (i = 0; i < v->runs->len; i++) {
    Run *r = g_ptr_array_index (v->runs, i);

    if (g_array_index (r->marks, Mark, 0).at >= at + n || run_end (r) <= at)
      continue;
    if (!any) {
      memset (left, 0, n * sizeof *left);
      memset (right, 0, n * sizeof *right);
    }
    any = TRUE;
    read_run (r, at, left, right, n);
  }
  return any;
}

