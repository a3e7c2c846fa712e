package pipeline

/*
#include <stdlib.h>
#include "pipeline.h"
*/
import "C"

// BoundMemory keeps the C library from giving each of a pipeline's many threads a heap of its own, which would hold on
// to what other threads could use. It is for a process that belongs to us, before there are threads.
func BoundMemory() { C.upright_bound_memory() }
