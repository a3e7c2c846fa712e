package worker

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

// space is what a conversion may need at most: a file system that cannot insert the index in front of an MP4 has it
// twice for a moment, and an encoder seldom makes more than it gets.
func space(list []job.Source) int64 {
	var sum int64
	for _, s := range list {
		sum += s.Size
	}
	return 2*sum + 1<<20
}

// spaceEvery is how often it is looked at how much space is left while an output grows.
var spaceEvery = 2 * time.Second

// watchSpace stops a conversion when less than minFree is left, until ctx ends.
func watchSpace(ctx context.Context, dir string, minFree int64, stop context.CancelCauseFunc) {
	tick := time.NewTicker(spaceEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := checkSpace(dir, 0, minFree); err != nil && job.CodeNoSpace == codeOf(err, nil) {
				stop(err)
				return
			}
		}
	}
}

// checkSpace says whether there is room for need bytes in a folder and minFree beyond that.
func checkSpace(dir string, need, minFree int64) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return fmt.Errorf("cannot find out how much space is left in %s: %w", dir, err)
	}
	if st.Blocks == 0 { // a file system that does not know
		return nil
	}
	free := int64(st.Bavail) * st.Bsize
	switch {
	case free < need+minFree:
		return coded(job.CodeNoSpace, fmt.Errorf("%s are free in %s, but the conversion may need %s, and %s have to "+
			"stay free (min_free): make room, and it goes on by itself",
			human.Size(free), dir, human.Size(need), human.Size(minFree)))
	case st.Files > 0 && st.Ffree == 0:
		return coded(job.CodeNoSpace,
			fmt.Errorf("the file system of %s has room for no more files: make room, and it goes on by itself", dir))
	}
	return nil
}
