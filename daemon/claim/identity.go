package claim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/upright-media/upright/daemon/job"
)

// Identity is how claims and reports know what is made of a recording: the content's identity, and a sum of profile and
// settings, since the same recording made into something else is something else. Where it lies and goes to makes no
// difference.
func Identity(spec job.Spec) string {
	what := spec.Profile
	if spec.IsRoom() {
		arrangement, err := json.Marshal(spec.Compose.Arrangement)
		if err != nil {
			panic(err) // strings and numbers
		}
		what = "room\x00" + string(arrangement)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s", what, spec.Settings.Key()))
	return cmp.Or(spec.Identity, spec.ID) + "-" + hex.EncodeToString(sum[:8])
}
