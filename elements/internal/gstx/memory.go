package gstx

/*
#include "gstx.h"
*/
import "C"

// BoundMemory keeps the C library from giving each of a pipeline's many threads a heap of its own, which would hold on to
// what other threads could use. It is for a process that belongs to us, before there are threads.
func BoundMemory() { C.upright_bound_memory() }

// TrimMemory gives what the C library has free back to the system: pipelines leave much, and the next may be a small one.
func TrimMemory() { C.upright_trim_memory() }

// DropCode takes the code and the constants of the program and its libraries out of the process's memory until they are used:
// they come back from their files. Loading and initializing touches far more of them than what runs then, because the kernel
// maps what lies around, too. A call takes about a millisecond.
func DropCode() { C.upright_drop_code() }
