package agora

import (
	"strconv"
	"time"
)

// Lengths of the stamps in names: date and time of day, or, as the documentation has it, the time of day alone.
const (
	stampDigits = 17 // YYYYMMDDHHMMSSmmm
	clockDigits = 9  // HHMMSSmmm
)

// stamp is a moment in a name.
type stamp struct {
	ms    int64 // since the Unix epoch, or since midnight
	dated bool
}

// parseStamp reads the digits of a stamp, which are UTC.
func parseStamp(s string) (stamp, bool) {
	if len(s) != stampDigits && len(s) != clockDigits || !digits(s) {
		return stamp{}, false
	}
	clock := s[len(s)-clockDigits:]
	h, m, sec, ms := number(clock[:2]), number(clock[2:4]), number(clock[4:6]), number(clock[6:])
	if h > 23 || m > 59 || sec > 60 {
		return stamp{}, false
	}
	of := ((h*60+m)*60+sec)*1000 + ms
	if len(s) == clockDigits {
		return stamp{ms: of}, true
	}
	day, err := time.Parse("20060102", s[:8])
	if err != nil {
		return stamp{}, false
	}
	return stamp{ms: day.UnixMilli() + of, dated: true}, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number reads digits that are known to be such and few.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}
