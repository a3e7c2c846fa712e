package units

import (
	"fmt"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// CheckPart says what is wrong with the properties from and to of a source, in ns of running time.
func CheckPart(element string, from, to int64) error {
	if to == 0 || to > from {
		return nil
	}
	return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceSettings,
		Text: fmt.Sprintf("%s is to end at %d ns, before it begins at %d ns: set to behind from, or to 0.", element, to,
			from)}
}

// SeekPart makes an element begin at from, which becomes running time 0, and end at to; 0: not earlier than at the end.
func SeekPart(e gstx.Element, from, to int64) {
	if from > 0 || to > 0 {
		e.SeekFirst(time.Duration(from), time.Duration(to))
	}
}
