package metrics_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// labels are all that there may be: what is in recordings, names of files and of people is in none. So the number of
// series depends on the configuration and on what is installed alone.
var labels = map[string]bool{
	"state": true, "priority": true, "watch": true, "version": true, // the configuration's
	"outcome": true, "code": true, "step": true, "result": true, // words of ours
	"encoder": true, "from": true, "to": true, "reason": true, // elements that are installed, and words of ours
	"quantile": true, "le": true, // of collectors of Go
}

func TestLabels(t *testing.T) {
	m := used(some)
	families, err := m.Registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			for _, l := range metric.GetLabel() {
				require.True(t, labels[l.GetName()] || f.GetName() == "go_info", "%s has the label %s", f.GetName(), l.GetName())
			}
		}
	}
}
