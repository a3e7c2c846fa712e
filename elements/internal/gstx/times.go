package gstx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseTimes reads a property of timestamps in ns with commas between them, and returns them in rising order. Those
// below 0 count for nothing.
func ParseTimes(text string) ([]uint64, error) {
	var times []uint64
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no time in nanoseconds", word)
		}
		if n >= 0 {
			times = append(times, uint64(n))
		}
	}
	slices.Sort(times)
	return times, nil
}
