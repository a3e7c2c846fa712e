/* How exact the program's timers are. */
#ifdef __linux__
#include <sys/prctl.h>

/*
 * While a pipeline runs, Go's scheduler looks every 20 us whether a thread has stayed in C, for each of which the system
 * sets a timer and switches threads twice: a twentieth of what a copy costs. Nothing here needs a time more exactly than
 * this, in ns, which is four times what Linux allows itself by default. Threads have it from those that made them, so it
 * has to be said before there are any: see memory.c.
 */
#define SLACK 200000

__attribute__ ((constructor)) static void
allow_slack (void)
{
  prctl (PR_SET_TIMERSLACK, SLACK);
}
#endif
