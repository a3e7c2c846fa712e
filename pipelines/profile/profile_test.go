package profile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuiltinProfilesMakeSense(t *testing.T) {
	for _, name := range Builtin() {
		p, err := Find(name, nil)
		require.NoError(t, err, name)
		require.Equal(t, name, p.Name)
		require.Empty(t, Check(p), name)
		require.NotEmpty(t, p.Mux, name)
	}
	require.Equal(t, MP4, Builtin()[0])
}

func TestInheritance(t *testing.T) {
	own := map[string]Profile{
		"small":  {From: "web", Height: 360, Quality: 40},
		"thin":   {From: "small", Bitrate: 500},
		"louder": {From: "thin", Audio: "volume volume=2 ! auto"},
		"line":   {Pipeline: "${video} ! x264enc ! mp4mux ! ${output}"},
		"again":  {From: "line", Height: 200},
		"other":  {From: "line", Video: "auto"},
	}
	find := func(name string) Profile {
		p, err := Find(name, own)
		require.NoError(t, err, name)
		return p
	}
	require.Equal(t, Profile{Name: "louder", From: "thin", Video: Auto, Audio: "volume volume=2 ! auto", Mux: "mp4mux",
		VideoCodec: "h264", AudioCodec: "aac",
		Height: 360, Bitrate: 500}, find("louder"), "of quality and bitrate the last one said counts")
	require.Equal(t, Profile{Name: "mp4", Video: Auto, Audio: Auto, Mux: "mp4mux"}, find(""))
	require.NotEmpty(t, find("again").Pipeline)
	require.Empty(t, find("other").Pipeline, "who says what becomes of the pictures does not mean a whole line of another")
}

func TestInheritanceThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		own  map[string]Profile
		want string
	}{
		"unknown":        {nil, `there is no profile "unknown"; there are mp4, original,`},
		"unknown parent": {map[string]Profile{"unknown parent": {From: "x"}}, `from: there is no profile "x"`},
		"itself":         {map[string]Profile{"itself": {From: "itself"}}, "in a circle: itself from itself"},
		"a": {map[string]Profile{"a": {From: "b"}, "b": {From: "c"}, "c": {From: "b"}},
			"in a circle: a from b from c from b"},
	} {
		_, err := Find(name, c.own)
		require.ErrorContains(t, err, c.want, name)
	}
	require.ErrorContains(t, CheckName("mp4"), "built in")
	require.ErrorContains(t, CheckName("a b"), "no name")
	require.NoError(t, CheckName("my-profile_2"))
}

func TestTokens(t *testing.T) {
	list, err := Tokens(`${video} ! x264enc bitrate = 500 name=e ! video/x-h264, profile=main,
		stream-format="avc" ! m.video_0  mp4mux name=m ! ${output} textoverlay text="hello \"you\" there" font-desc='Sans 12' valignment=a\ b t. !x:y`)
	require.ErrorContains(t, err, "put spaces around")
	require.Nil(t, list)
	list, err = Tokens(`${video} ! x264enc bitrate = 500 name=e ! video/x-h264, profile=main,
		stream-format="avc" ! m.video_0  mp4mux name=m ! ${output} textoverlay text="hello 'you' there" font-desc='Sans 12' valignment=a\ b t.`)
	require.NoError(t, err)
	var got []string
	for _, x := range list {
		got = append(got, []string{"element ", "property ", "link", "caps ", "ref ",
			"slot "}[x.Kind]+strings.TrimSpace(x.Name+" "+x.Value))
	}
	require.Equal(t, []string{"slot video", "link", "element x264enc", "property bitrate 500", "property name e", "link",
		`caps video/x-h264,profile=main,stream-format="avc"`, "link", "ref m video_0", "element mp4mux", "property name m",
		"link", "slot output",
		"element textoverlay", "property text hello 'you' there", "property font-desc Sans 12", "property valignment a b",
		"ref t"}, got)
	require.Len(t, Chains(list), 4)
}

// What is wrong is said, and where.
func TestCheckPointsAtThePlace(t *testing.T) {
	base, err := Find(MP4, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		field, value string // ^ marks the place
		want         string
	}{
		{"video", "videoflip ! ^! auto", "two exclamation marks"},
		{"video", "^! auto", "nothing is in front"},
		{"video", "videoscale ^!", "nothing is behind"},
		{"video", `textoverlay text=^"abc ! auto`, "quotation mark"},
		{"video", `video/x-raw,a="x ^! filesink location=/x" ! auto`, "cannot be an exclamation mark in a filter"},
		{"video", `video/x-raw,a=x^!y ! auto`, "cannot be an exclamation mark in a filter"},
		{"pipeline", "${video} ! x264enc ! ^nosuch. mp4mux name=m ! ${output}", "nothing in it is called nosuch"},
		{"pipeline", "${video} ! x264enc name=m ! mp4mux ^name=m ! ${output}", "two elements are called m"},
		{"video", "identity ^name=mux1 ! auto", "what Upright calls an element of its own"},
		{"video", "videoscale^", "no encoder"},
		{"video", "^auto ! videoscale", "auto is the encoder"},
		{"video", "videoscale ^x264enc", "second chain"},
		{"video", "x264enc ! ^filesink location=/tmp/x", "elsewhere"},
		{"video", "tee ! ^${video}", "one chain"},
		{"video", "x264enc ^multipass-cache-file=/tmp/x", "file of its own"},
		{"video", "^(videoscale) ! auto", "parentheses"},
		{"video", "textoverlay ^text=${who} ! auto", "there is no slot ${who}"},
		{"mux", "^avimux", "no muxer"},
		{"mux", "mp4mux ^! queue", "one muxer"},
		{"mux", "^qtmux faststart=true", "qtmux cannot be used"},
		{"mux", "^cmafmux", "no fragments"},
		{"pipeline", "${video} ! x264enc ! ^isofmp4mux ! ${output}", "no fragments"},
		{"pipeline", "${video} ! x264enc ! mp4mux ! ^tcpserversink", "elsewhere"},
		{"pipeline", "${video} ! x264enc ! mp4mux ! ^udpsink ", "elsewhere"},
		{"pipeline", "${video} ! x264enc ! mp4mux^", "${output} is in it 0 times"},
		{"pipeline", "x264enc ! ^${video} ! mp4mux ! ${output}", "with which a chain begins"},
		{"pipeline", "^${vdeo} ! x264enc ! mp4mux ! ${output}", "there is no slot ${vdeo}"},
		{"pipeline", "videotestsrc ! x264enc ! mp4mux ! ${output}^", "nothing of the recording"},
		{"pipeline", "${video} ! x264enc ! avimux ! ${output}^", "one muxer, not 0"},
		{"pipeline", "^mjrsrc location=x ! mp4mux ! ${output}", "stand for"},
		{"pipeline", "${video} ! x264enc ! mp4mux ! ^progressreport ! ${output}", "nothing can be between mp4mux and"},
		{"pipeline", "${video} ! x264enc ! mp4mux name=m m. ! ^video/quicktime ! ${output}", "nothing can be between"},
		{"pipeline", "${video} ! x264enc ! tee name=t ! mp4mux ! fakesink t. ! ^${output}", "mp4mux does not lead to"},
	} {
		at := strings.Index(c.value, "^")
		value := strings.Replace(c.value, "^", "", 1)
		p := base
		switch c.field {
		case "video":
			p.Video = value
		case "mux":
			p.Mux = value
		case "pipeline":
			p.Pipeline = value
		}
		if at == len(value) {
			at = -1 // it is not in one place
		}
		problems := Check(p)
		require.Len(t, problems, 1, value)
		require.Equal(t, c.field, problems[0].Field, value)
		require.Contains(t, problems[0].Text, c.want, value)
		require.Equal(t, at, problems[0].Offset, value)
	}
	p := base
	p.Quality, p.Bitrate, p.Width, p.VideoCodec = 200, 500, 3, "theora"
	require.Len(t, Check(p), 4)
}

func TestWithoutWhatIsNotThere(t *testing.T) {
	list, err := Tokens("${video} ! x264enc ! m. ${audio} ! avenc_aac ! mp4mux name=m ! ${output}")
	require.NoError(t, err)
	rest, ok := Without(list, func(s string) bool { return s == SlotVideo })
	require.True(t, ok)
	require.Equal(t, SlotAudio, rest[0].Name)
	_, ok = Without(list, func(s string) bool { return s == SlotAudio })
	require.False(t, ok)
}

// What a chain that is left out would have fed goes with it, however far that is.
func TestWithoutWhatIsFedByIt(t *testing.T) {
	rest := func(line, slot string) (string, bool) {
		list, err := Tokens(line)
		require.NoError(t, err)
		left, ok := Without(list, func(s string) bool { return s == slot })
		var words []string
		for _, x := range left {
			if x.Kind != Link && x.Kind != Property {
				words = append(words, x.Name)
			}
		}
		return strings.Join(words, " "), ok
	}
	const twice = `${video} ! tee name=t t. ! queue ! c.sink_0 t. ! c.sink_1 compositor name=c ! x264enc ! mp4mux name=m ! ${output} ${audio} ! avenc_aac ! m.`
	_, ok := rest(twice, SlotVideo)
	require.False(t, ok, "the output is behind the compositor, which gets nothing")
	left, ok := rest(twice, SlotAudio)
	require.True(t, ok)
	require.Equal(t, "video tee t queue c t c compositor x264enc mp4mux output", left)

	const apart = `mp4mux name=m ! ${output} ${audio} ! avenc_aac ! m. ${video} ! tee name=t t. ! queue ! c. t. ! c. compositor name=c ! x264enc ! m. videotestsrc ! fakesink`
	left, ok = rest(apart, SlotVideo)
	require.True(t, ok)
	require.Equal(t, "mp4mux output audio avenc_aac m videotestsrc fakesink", left)
	left, ok = rest(apart, SlotAudio)
	require.True(t, ok)
	require.Equal(t, "mp4mux output video tee t queue c t c compositor x264enc m videotestsrc fakesink", left)
	_, ok = rest(`mp4mux name=m ! ${output} ${audio} ! avenc_aac ! m.`, SlotAudio)
	require.False(t, ok)
}

func TestExpand(t *testing.T) {
	require.Equal(t, "a ${b} x ", Expand("a ${title} x ${participant}",
		func(s string) string { return map[string]string{"title": "${b}"}[s] }))
}

func FuzzTokens(f *testing.F) {
	f.Add(`${video} ! x264enc bitrate = 500 ! video/x-h264, profile=main ! m. mp4mux name="m n" ! ${output}`)
	f.Add(`a b=\ c 'd' = "e\"`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Tokens(text)
		if err != nil {
			return
		}
		last := -1
		for _, x := range list {
			require.Greater(t, x.Offset, last)
			require.Less(t, x.Offset, len(text))
			last = x.Offset
		}
		_, _ = Sunk(list)
		p := Profile{Video: text, Audio: text, Mux: text, Pipeline: text}
		for _, x := range Check(p) {
			require.Less(t, x.Offset, len(text)+1)
		}
	})
}
