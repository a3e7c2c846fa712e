// Package human writes numbers, times and texts from outside the one way in which people read them everywhere: on the
// terminal, on pages, in messages.
package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Count writes a number with its noun: 1 packet, 2 packets.
func Count(n int, noun string) string { return strconv.Itoa(n) + " " + Noun(n, noun) }

// Noun is the form of a regular noun that goes with a number.
func Noun(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// People says how many there are.
func People(n int) string {
	if n == 1 {
		return "1 person"
	}
	return strconv.Itoa(n) + " people"
}

// Quote is what somebody wrote, for a sentence about it.
func Quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// Size writes a number of bytes in units of 1024, which upright.yaml is written in: 200 MiB, 1.5 GiB. There is at most
// one decimal.
func Size(n int64) string {
	v, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if math.Abs(v) < 1023.95 { // what is rounded to 1024 is 1 of the next
			break
		}
		v, unit = v/1024, next
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " " + unit
}

// longest is a time that can be rounded.
const longest = math.MaxInt64 - time.Second

// Clock writes a time on a recording's own clock: 12.34 s, 3:25.1, 1:02:03.4.
func Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -max(d, -longest)
	}
	d = min(d, longest)
	if hundredths := (d + 5*time.Millisecond) / (10 * time.Millisecond); hundredths < 6000 {
		if hundredths == 0 {
			sign = ""
		}
		return fmt.Sprintf("%s%d.%02d s", sign, hundredths/100, hundredths%100)
	}
	tenths := int64((d + 50*time.Millisecond) / (100 * time.Millisecond))
	h, m, s := tenths/36000, tenths/600%60, tenths%600
	if h > 0 {
		return fmt.Sprintf("%s%d:%02d:%02d.%d", sign, h, m, s/10, s%10)
	}
	return fmt.Sprintf("%s%d:%02d.%d", sign, m, s/10, s%10)
}

// ClockMs is Clock for milliseconds, in which reports have times.
func ClockMs(ms float64) string {
	const most = float64(longest / time.Millisecond)
	return Clock(time.Duration(math.Round(max(-most, min(ms, most)) * float64(time.Millisecond))))
}

// Share writes a part of a whole in percent. A part that exists is never written as 0.
func Share(part, whole int) string {
	if part == 0 || whole == 0 {
		return "0 %"
	}
	p := 100 * float64(part) / float64(whole)
	if p < 0.1 {
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

// Line makes a text from outside printable on one line. White space becomes a space; bytes that are no UTF-8, and
// characters that control a terminal, a line or the direction of writing, become the replacement character.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control):
			return unicode.ReplacementChar
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// Head is the beginning of a text, of at most n bytes and a "…" if there is more. No character is cut in two.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Tail is the end of a text, of at most n bytes. No character is cut in two.
func Tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return s
}

// Duration writes a duration as upright.yaml has it: 15m, 1h30m, 0.
func Duration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// About writes how long something will take, as exactly as such a thing can be known: 20 s, 4 min, 1 h 10 min.
func About(d time.Duration) string {
	switch {
	case d < time.Minute-5*time.Second/2:
		return fmt.Sprintf("%d s", max(5, int(d.Round(5*time.Second).Seconds())))
	case d < time.Hour-time.Minute/2:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	d = d.Round(10 * time.Minute)
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
