package mix

/*
#include "sound.h"
*/
import "C"

// voice is one person's sound in C, for tests of what cannot be made with GStreamer's own elements: cgo does not go
// into tests.
type voice struct{ ptr *C.UprightVoice }

func newVoice() voice { return voice{C.upright_voice_new()} }
func (v voice) free() { C.upright_voice_free(v.ptr) }

func (v voice) add(at float64, mono []float32) {
	C.upright_voice_add(v.ptr, C.gdouble(at), (*C.gfloat)(&mono[0]), C.gint(len(mono)), 1, rateHz)
}

const rateHz = C.UPRIGHT_RATE

func (v voice) read(at float64, n int) []float32 {
	left, right := make([]float32, n), make([]float32, n)
	C.upright_voice_read(v.ptr, C.gdouble(at), (*C.gfloat)(&left[0]), (*C.gfloat)(&right[0]), C.gint(n))
	return left
}
