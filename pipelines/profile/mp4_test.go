package profile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// written is a line of tokens as words.
func written(list []Token) string {
	var words []string
	for _, t := range list {
		switch t.Kind {
		case Link:
			words = append(words, "!")
		case Property:
			words = append(words, t.Name+"="+t.Value)
		case Ref:
			words = append(words, t.Name+"."+t.Value)
		case Slot:
			words = append(words, "${"+t.Name+"}")
		default:
			words = append(words, t.Name+t.Value)
		}
	}
	return strings.Join(words, " ")
}

// Whatever way a line goes from mp4mux to the output, one element is both.
func TestSunk(t *testing.T) {
	for line, want := range map[string]string{
		"mp4mux faststart=true":                                  "uprightmp4sink",
		"${video} ! x264enc ! mp4mux faststart=true ! ${output}": "${video} ! x264enc ! uprightmp4sink ${output}",
		"${video} ! x264enc ! mp4mux name=m latency=5 ! ${output} ${audio} ! avenc_aac ! m.audio_0": "${video} ! x264enc ! " +
			"uprightmp4sink name=m ${output} ${audio} ! avenc_aac ! m.audio_0",
		"mp4mux name=m ! queue max-size-buffers=1 ! identity ! ${output} ${audio} ! avenc_aac ! m.": "uprightmp4sink " +
			"name=m ${output} ${audio} ! avenc_aac ! m.",
		"mp4mux latency=5 name=m ${audio} ! avenc_aac ! m. m. ! ${output} ${video} ! x264enc ! m.": "uprightmp4sink " +
			"name=m ${output} ${audio} ! avenc_aac ! m. ${video} ! x264enc ! m.",
		"m.src ! queue2 ! ${output} ${audio} ! avenc_aac ! mp4mux name=m": "${audio} ! avenc_aac ! uprightmp4sink name=m " +
			"${output}",
		"${video} ! vp8enc ! webmmux streamable=true ! queue ! ${output}": "${video} ! vp8enc ! webmmux streamable=true ! " +
			"queue ! ${output}",
	} {
		list, err := Tokens(line)
		require.NoError(t, err)
		before := written(list)
		sunk, err := Sunk(list)
		require.NoError(t, err, line)
		require.Equal(t, want, written(sunk))
		require.Equal(t, before, written(list), "the line itself stays")
		again, err := Sunk(sunk)
		require.NoError(t, err)
		require.Equal(t, sunk, again)
	}
}

// What may be said of mp4mux is said to an element that does it anyway, or it is said why not.
func TestPropertiesOfMP4Mux(t *testing.T) {
	const pipeline = "${video} ! x264enc ! h264parse ! mp4mux name=m NAME ! ${output} ${audio} ! avenc_aac ! m."
	for property, want := range map[string]string{
		"faststart=true": "", "faststart=false": "", "reserved-max-duration=3600000000000": "", "interleave-time=7": "",
		"latency=5": "", "movie-timescale=600": "", "trak-timescale=30000": "", "video_0::trak-timescale=30000": "",
		"fragment-duration=0": "", "streamable=true": "", "force-create-timecode-trak=false": "",
		"fragment-duration=1000": "no fragments; leave it out; a hook can cut the finished file into fragments: " +
			"ffmpeg -i FILE -c copy -movflags cmaf OTHER",
		"force-create-timecode-trak=true": "no track of time codes here; leave it out",
		"faststart-file=/tmp/x":           "with faststart-file mp4mux would use a file of its own; leave it out",
		"moov-recovery-file=/tmp/x":       "with moov-recovery-file mp4mux would use a file of its own",
		"fast-start=true":                 "no property fast-start that means anything here; did you mean faststart?",
		"sink_0::colour=red":              "no property colour that means anything here; leave it out",
	} {
		for field, p := range map[string]Profile{"mux": {Mux: "mp4mux " + property},
			"pipeline": {Pipeline: strings.Replace(pipeline, "NAME", property, 1)}} {
			p, err := Find("mine", map[string]Profile{"mine": p})
			require.NoError(t, err)
			problems := Check(p)
			if want == "" {
				require.Empty(t, problems, property)
				continue
			}
			require.Len(t, problems, 1, property)
			require.Equal(t, field, problems[0].Field)
			require.Contains(t, problems[0].Error(), want)
			require.Equal(t, strings.Index(p.Mux+p.Pipeline, property), problems[0].Offset+
				map[string]int{"pipeline": len(p.Mux)}[field])
		}
	}
	require.Empty(t, Check(Profile{Video: Auto, Audio: Auto, Mux: "matroskamux fragment-duration=1"}),
		"it says something to mp4mux only")
}
