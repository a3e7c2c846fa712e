/* Loops over pixels are compiled twice where that helps: the machine chooses. */
#ifndef UPRIGHT_FAST_H
#define UPRIGHT_FAST_H

#if defined (__x86_64__) && defined (__GNUC__) && !defined (__clang__)
#define FAST __attribute__ ((target_clones ("avx2", "default"), optimize ("O3")))
#else
#define FAST
#endif

#endif
