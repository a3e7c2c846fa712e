package config

import (
	"maps"
	"slices"
	"strings"
)

// layouts looks at the user's layouts, as far as it can be known without the size of a video.
func (k *checker) layouts() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Layouts)) {
		key := "layouts." + name
		if k.unread(key) { // what is missing then would be blamed for what was never read
			continue
		}
		for _, p := range k.c.Layouts[name].Check(0, 0) {
			k.report(key+p.Path, p.Text, p.Hint)
		}
	}
}

// unread says whether something of a list could not be read.
func (k *checker) unread(list string) bool {
	return slices.ContainsFunc(k.d.problems, func(p Problem) bool {
		return p.Key == list || strings.HasPrefix(p.Key, list+"[")
	})
}
