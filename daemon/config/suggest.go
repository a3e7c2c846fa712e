package config

import (
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/nearest"
)

// didYouMean is a hint for a wrong word.
func didYouMean(word string, options []string) string {
	if n := nearest.Option(word, options); n != "" {
		return "did you mean " + n + "?"
	}
	if len(options) == 0 {
		return ""
	}
	sorted := slices.Clone(options)
	slices.Sort(sorted)
	return "possible: " + strings.Join(sorted, ", ")
}
