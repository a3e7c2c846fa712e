package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/human"
)

// closing is the last line for a person: how many, how long, how fast, and whether there is something to read above.
// It is empty if all was said.
func (s summary) closing() string {
	made := s.Done - s.Already
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if made > 0 {
		text := fmt.Sprintf("%d converted: %s of media in %s", made, human.Clock(s.media), seconds(s.took))
		if s.took > 0 && s.media >= time.Second {
			text += fmt.Sprintf(", %.*f times as fast as it plays", digits(s.media, s.took), s.media.Seconds()/s.took.Seconds())
		}
		parts = append(parts, text)
	}
	add(s.Already, "done already")
	add(s.Failed, "failed")
	add(s.Empty, "without media")
	switch {
	case s.warnings == 1:
		add(1, "warning")
	default:
		add(s.warnings, "warnings")
	}
	if made == 0 && len(parts) < 2 {
		return "" // a line above says so
	}
	return strings.Join(parts, "; ")
}

// digits is how many decimals a speed needs.
func digits(media, took time.Duration) int {
	if media >= 10*took {
		return 0
	}
	return 1
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
