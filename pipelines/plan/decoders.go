package plan

import "iter"

// Decoder is what decodes a codec as it is in outputs.
type Decoder struct {
	Element string // with its properties
	// Parser is what brings a stream into the shape that all decoders take, whatever is stored; "" if they take it as it
	// is. It may not be installed.
	Parser string
}

// Chain is the decoder behind its parser.
func (d Decoder) Chain() string {
	if d.Parser == "" {
		return d.Element
	}
	return d.Parser + " ! " + d.Element
}

// Decoders are those of a codec, as far as they are installed, which is asked only of those that are looked at. small
// has those that take little memory first, or alone.
func Decoders(codec string, small bool, has func(string) bool) iter.Seq[Decoder] {
	var parser string
	var decoders []string
	if f := formatNamed(codec); codec == "aac" {
		parser, decoders = "aacparse", []string{"avdec_aac", "faad"}
	} else if f != nil {
		parser, decoders = f.parse, f.decode
		if f.check != nil && small {
			decoders = f.check
		}
	}
	return func(yield func(Decoder) bool) {
		for _, d := range decoders {
			if has(d) && !yield(Decoder{oneThread(d), parser}) {
				return
			}
		}
	}
}
