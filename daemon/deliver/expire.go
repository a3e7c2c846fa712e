package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/upright-media/upright/daemon/job"
)

// Expire deletes the outputs of a job, which are older than they are to be kept. It deletes only files that the record
// names, below the job's output folder, that are still what the record says (size and SHA-256); never a link. The
// report stays, as does what was uploaded.
//
// removed are the local files that are gone now, by job.Output.File, for whoever keeps the record to mark as
// Output.Removed; with those that somebody else has deleted, unless the whole output folder is empty, as that of a file
// system that is not mounted. What could not be deleted is in err, one sentence for each.
func Expire(ctx context.Context, rec job.Record) (removed []string, err error) {
	var all []error
	for _, o := range rec.Outputs {
		if o.Removed {
			continue
		}
		gone, err := removeOutput(ctx, rec.Spec.Output, o.File, o.Bytes, o.SHA256)
		switch {
		case err != nil:
			all = append(all, fmt.Errorf("an output is not deleted: %w", err))
		case !gone || !empty(rec.Spec.Output):
			removed = append(removed, o.File)
		}
	}
	return removed, errors.Join(all...)
}

func empty(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err != nil || len(entries) == 0
}
