// Package crash crashes, for tests of what becomes of that.
package crash

// #include <signal.h>
// #include <stdlib.h>
// #include <pthread.h>
//
// static void segfault(void) { *(volatile int *)16 = 1; }
//
// static void *segfault_thread(void *p) { segfault(); return p; }
//
// static void segfault_elsewhere(void) {
//   pthread_t t;
//   pthread_create(&t, NULL, segfault_thread, NULL);
//   pthread_join(t, NULL);
// }
//
// static void die_of_segfault(void) { signal(SIGSEGV, SIG_DFL); segfault(); }
import "C"

// Segfault touches memory that is not there, in C called from Go.
func Segfault() { C.segfault() }

// SegfaultElsewhere does the same in a thread that Go has not made, as codecs have them.
func SegfaultElsewhere() { C.segfault_elsewhere() }

// DieOfSegfault does the same when Go does not catch the signal, as it would without Go.
func DieOfSegfault() { C.die_of_segfault() }

// Abort ends the process as assertions in C do.
func Abort() { C.abort() }
