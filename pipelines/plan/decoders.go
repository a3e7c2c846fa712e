package plan

import "iter"

// Decoders is what decodes a codec as it is in outputs, parsers included, as far as it is installed, which is asked
// only of those that are looked at. small has those that take little memory first, or alone.
func Decoders(codec string, small bool, has func(string) bool) iter.Seq[string] {
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
	return func(yield func(string) bool) {
		if parser != "" && !has(parser) {
			return
		}
		for _, d := range decoders {
			if !has(d) {
				continue
			}
			chain := oneThread(d)
			if parser != "" {
				chain = parser + " ! " + chain
			}
			if !yield(chain) {
				return
			}
		}
	}
}
