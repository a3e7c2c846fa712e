package pipeline

// #include "memory.h"
import "C"

// Reserve keeps room in the heap of C for what the next pipeline takes when it begins, so many bytes. A decoder writes
// once to all of its memory: of small pages these are thousands of faults, of large ones a few. Nothing is taken before
// it is used, and where there are no large pages all is as it was.
func Reserve(bytes int) { C.upright_memory_reserve(C.size_t(bytes)) }
