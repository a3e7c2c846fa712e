package main

import (
	"context"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
)

// convert has the bounds and limits of a job.
func TestLimitsAreThoseOfJobs(t *testing.T) {
	usual := func(v any, field string) string {
		f, ok := reflect.TypeOf(v).FieldByName(field)
		require.True(t, ok, field)
		return f.Tag.Get("default")
	}
	duration := func(s string) time.Duration {
		d, err := time.ParseDuration(s)
		require.NoError(t, err)
		return d
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, options.DefaultBounds, options.Limits(duration(usual(bounds{}, "MaxLength")),
		duration(usual(bounds{}, "MaxSilence")), number(usual(bounds{}, "MaxPixels")), number(usual(bounds{}, "MaxSizes"))))
	jobs := config.Default().Workers
	require.Equal(t, options.DefaultBounds, jobs.Bounds())
	require.Equal(t, jobs.Time, duration(usual(limits{}, "MaxTime")))
	memory, err := human.ParseBytes(usual(limits{}, "MaxMemory"))
	require.NoError(t, err)
	require.Equal(t, jobs.Memory, memory)
}

func TestLimits(t *testing.T) {
	for flag, l := range map[string]limits{"--max-memory": {MaxMemory: "1MiB"},
		"--max-time": {MaxMemory: "0", MaxTime: 10 * time.Millisecond}} {
		require.NoError(t, l.check(2))
		ctx, end := l.apply(t.Context())
		select {
		case <-ctx.Done():
			require.ErrorContains(t, context.Cause(ctx), flag)
		case <-time.After(time.Minute):
			require.Fail(t, flag+" does nothing")
		}
		end()
	}
	none := limits{MaxMemory: "0"}
	require.NoError(t, none.check(1))
	ctx, end := none.apply(t.Context())
	require.NoError(t, ctx.Err())
	end()
	require.Error(t, ctx.Err())
	require.ErrorContains(t, (&limits{MaxMemory: "much"}).check(1), "--max-memory")
}
