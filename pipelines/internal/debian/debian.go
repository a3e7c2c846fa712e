// Package debian knows which of Debian's packages have which of GStreamer's elements. Those of Ubuntu have the same
// names.
package debian

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Each line is a package and its elements, as Debian 12 itself lists them:
//
//	apt-cache dumpavail | awk '/^Package:/{p=$2}
//		/^Gstreamer-Elements:/&&!s[p]++{sub(/^[^ ]* /,""); gsub(/,/,""); print p": "$0}' | LC_ALL=C sort
//
//go:embed elements.txt
var list string

// later are elements that Debian 12 has in no package, or that are only listed where a device for them is.
var later = map[string]string{
	"rtpav1depay":    "GStreamer's Rust plugins (gst-plugin-rtp), in Debian 13 as gstreamer1.0-plugins-rs",
	"rtpav1pay":      "GStreamer's Rust plugins (gst-plugin-rtp), in Debian 13 as gstreamer1.0-plugins-rs",
	"rav1enc":        "GStreamer's Rust plugins (gst-plugin-rav1e), in Debian 13 as gstreamer1.0-plugins-rs",
	"dav1ddec":       "GStreamer's Rust plugins (gst-plugin-dav1d), in Debian 13 as gstreamer1.0-plugins-rs",
	"roundedcorners": "GStreamer's Rust plugins (gst-plugin-videofx), in Debian 13 as gstreamer1.0-plugins-rs",
	"fdkaacenc":      "gstreamer1.0-fdkaac, where the distribution has it",
}

var packages = sync.OnceValue(func() map[string]string {
	m := maps.Clone(later)
	for line := range strings.Lines(list) {
		name, elements, _ := strings.Cut(line, ": ")
		for e := range strings.FieldsSeq(elements) {
			if m[e] == "" {
				m[e] = name
			}
		}
	}
	return m
})

// Package is what to install for an element, "" if it is not known.
func Package(element string) string { return packages()[element] }

// Elements are all that are known, in the order of the alphabet.
func Elements() []string { return slices.Sorted(maps.Keys(packages())) }
