package pipeline

/*
#include "written.h"
*/
import "C"

import "time"

// WatchWritten begins to look at what reaches the sinks that the pipeline has now, for Written.
func (p *Pipeline) WatchWritten() { C.upright_written_watch(C.gpointer(p.ptr)) }

// Written is the farthest time stamp of what has reached a sink, -1 if nothing with one has. Other than the positions
// that Look asks for it is known of files behind muxers, too.
func (p *Pipeline) Written() time.Duration {
	return time.Duration(C.upright_written(C.gpointer(p.ptr)))
}
