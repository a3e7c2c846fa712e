package agora

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTimes(t *testing.T) {
	const (
		aac  = "9_20300102030405000.aac"
		one  = "9_20300102030405400.mp4" // 0.4 s
		two  = "9_20300102030409733.mp4" // 4.733 s
		bad  = "9_20300102030412067.mp4" // 7 s late
		back = "9_20300102020409733.mp4" // an hour early
	)
	for name, tt := range map[string]struct {
		text    string
		want    map[string]span
		doubted []string
	}{
		"in order": {"0.000 " + aac + " create\n0.400 " + one + " create\n4.2 " + one + " close\n9.003 " + aac + " " +
			"close\n",
			map[string]span{aac: {0, 9003}, one: {400, 4200}}, nil},
		"not closed": {"0.000 " + aac + " create\n0.400 " + one + " create\n", map[string]span{aac: {0, -1},
			one: {400, -1}}, nil},
		"run over": {"0.000 " + aac + " create\n0.400 " + one + " create\n4.2 " + one + " close\n4294967.295 " + two +
			" create\n4294967.295 " + two +
			" info rotation=0\n8.93 " + two + " close\n9.003 " + aac + " close\n",
			map[string]span{aac: {0, 9003}, one: {400, 4200}, two: {4733, 8930}}, []string{two}},
		"run over at once": {"0.000 " + aac + " create\n4294967.295 " + one + " create\n4294967.295 " + one +
			" info rotation=0\n4.2 " + one + " close\n9.003 " + aac + " close\n",
			map[string]span{aac: {0, 9003}, one: {400, 4200}}, []string{one}},
		"wrong stamps": {"0.000 " + aac + " create\n0.667 " + bad + " create\n7.9 " + bad + " close\n8.0 " + aac + " close\n",
			map[string]span{aac: {0, 8000}, bad: {667, 7900}}, []string{bad}},
		// The sound is 9 s long, so the clock was set back by an hour.
		"set back": {"0.000 " + aac + " create\n0.400 " + one + " create\n4.2 " + one + " close\n-3595.267 " + back +
			" create\n-3591.0 " + back +
			" close\n-3591.0 " + aac + " close\n",
			map[string]span{aac: {0, 9000}, one: {400, 4200}, back: {4733, 9000}}, []string{back}},
		"set back, and run over": {"0.000 " + aac + " create\n4291372.029 " + back + " create\n4291377.029 " + back +
			" close\n4291377.029 " + aac + " close\n",
			map[string]span{aac: {0, 9000}, back: {4000, 9000}}, []string{back, aac}},
		"only the column is set back": {"0.000 " + aac + " create\n5.0 " + aac + " close\n1.0 " + two + " " +
			"create\n3.0 " + two + " close\n",
			map[string]span{aac: {0, 5000}, two: {4733, 6733}}, []string{two}},
	} {
		t.Run(name, func(t *testing.T) {
			start, ok := parseStamp("20300102030405000")
			require.True(t, ok)
			c := clock{start: start, length: func(base string) (int64, bool) { return 9000, base == aac }}
			spans, _ := c.times(parse(t, "9", tt.text).lines)
			require.Equal(t, tt.want, spans)
			require.Len(t, c.doubted, len(tt.doubted))
			for _, base := range tt.doubted {
				require.True(t, c.doubted[base], base)
			}
		})
	}
}

func TestStamps(t *testing.T) {
	for text, want := range map[string]stamp{
		"20190208042729165": {1549600049165, true},
		"042729165":         {16049165, false},
		"20190230042729165": {},
		"20190208242729165": {},
		"2019020804272916":  {},
		"2019020804272916x": {},
	} {
		got, ok := parseStamp(text)
		require.Equal(t, want != stamp{}, ok, text)
		if ok {
			require.Equal(t, want, got, text)
		}
	}
}

func TestNames(t *testing.T) {
	for base, uid := range map[string]string{
		"111_20190208042729165.aac":           "111",
		"3845185687_20190208042729165.webm":   "3845185687",
		"a_b c_20190208042729165.mp4":         "a_b c",
		".x_20190208042729165.ts":             ".x",
		"1_042729165.mp4":                     "1",
		"111_20190208042729165_av.mp4":        "",
		"111_0_merge_av.mp4":                  "",
		"111_20190208042729165_tmp.m4a":       "",
		"80620180828172319234.jpg":            "",
		"806_20180828172319234.jpg":           "",
		"_20190208042729165.mp4":              "",
		"111_20190208042729165.mp4.converted": "",
	} {
		n, ok := parseMediaName(base)
		require.Equal(t, uid != "", ok, base)
		if ok {
			require.Equal(t, uid, n.uid)
		}
	}
	for folder, channel := range map[string]string{
		"demo_042727": "demo", "demo_042727_331620252": "demo", "room_a_b_084414_521668222": "room_a_b",
		"my class (room 1)_172317_331620252": "my class (room 1)", "3bf8b59f-aaa5": "", "x_999999": "",
	} {
		require.Equal(t, channel, channelOf(folder), folder)
	}
	require.True(t, isDoneMarker("recording2-done.txt"))
	require.True(t, isDoneMarker("recording2_done.txt"))
	require.False(t, isDoneMarker("convert-done.txt"))
}
