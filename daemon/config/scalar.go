package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var days = regexp.MustCompile(`^([0-9]+)d(.*)$`)

// ParseDuration reads a duration as 500ms, 10s, 15m, 1h30m, 30d or 0. There is no unit above the day, which has 24
// hours.
func ParseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("%s is negative; durations count forwards", quote(s))
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, fmt.Errorf("%s has no unit; write %ss if seconds are meant", quote(s), s)
	}
	var whole time.Duration
	rest := s
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || n > math.MaxInt64/int64(day) {
			return 0, fmt.Errorf("%s is too long", quote(s))
		}
		whole, rest = time.Duration(n)*day, m[2]
		if rest == "" {
			return whole, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || strings.ContainsAny(rest, "+-") {
		return 0, fmt.Errorf("%s is no duration; write it as 10s, 15m, 6h or 30d", quote(s))
	}
	if whole > math.MaxInt64-d {
		return 0, fmt.Errorf("%s is too long", quote(s))
	}
	return whole + d, nil
}
