package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStages(t *testing.T) {
	list, err := parseStages([]byte(`{"event":"start"}` + "\n" +
		`{"event":"end","stages":[{"stage":"start","cpu_ms":9.5},{"stage":"scan","cpu_ms":2}]}` + "\n"))
	require.NoError(t, err)
	require.Equal(t, []stage{{"start", 9.5}, {"scan", 2}}, list)
	for said, want := range map[string]string{"": "wrote", "upright: no": "wrote",
		`{"event":"end"}`: "says nothing of stages"} {
		_, err := parseStages([]byte(said))
		require.ErrorContains(t, err, want)
	}
}

func TestStagesAreATable(t *testing.T) {
	require.Equal(t, []stage{{"start", 8}, {"scan", 3}}, medians([][]stage{
		{{"start", 7}, {"scan", 1}}, {{"start", 9}, {"scan", 5}, {"other", 1}},
	}))
	var out strings.Builder
	printStages(&out, nil)
	require.Empty(t, out.String())
	printStages(&out, []column{
		{"6s", []stage{{"start", 9}, {"scan", 2}, {end, 1}}},
		{"10m", []stage{{"start", 10}, {"scan", 200}, {"hash", 30}, {end, 2}}},
	})
	require.Equal(t, `
Where the CPU time of upright convert goes, in ms, in the median of all runs
                        6s         10m
  start                9.0        10.0
  scan                 2.0       200.0
  hash                            30.0
  end                  1.0         2.0
  all                 12.0       242.0
`, out.String())
}

func TestGates(t *testing.T) {
	took := func(name string, list ...time.Duration) *result {
		r := &result{name: name}
		for _, d := range list {
			r.runs = append(r.runs, usage{cpu: d})
		}
		return r
	}
	theirs := took("theirs", 100, 100, 100)
	require.NoError(t, gate(0.4).check(took("ours", 40, 90, 20), theirs, 1))
	require.EqualError(t, gate(0.4).check(took("ours", 41, 90, 20), theirs, 1),
		"ours took 0.41 of the CPU time of theirs, more than 0.40")
	require.NoError(t, gate(0.4).check(took("ours", 79), theirs, 2))
	require.Error(t, gate(0.4).check(took("ours", 81), theirs, 2))
	require.NoError(t, gate(0.4).check(took("ours", 1000), theirs, 0), "open")
	require.Equal(t, gateShort, gateOf(1_600_000))
	require.Equal(t, gateLong, gateOf(116_000_000))
}
