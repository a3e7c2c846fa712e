package layout

import (
	"encoding"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValues(t *testing.T) {
	read := func(v encoding.TextUnmarshaler, text string) string {
		if err := v.UnmarshalText([]byte(text)); err != nil {
			return "error"
		}
		return fmt.Sprint(v)
	}
	for text, want := range map[string]string{"0": "0", "320": "320", "320px": "320", "25%": "25%", "33.333%": "33.333%",
		"-1": "error", "": "error", "1e9": "error", "999999": "error", "5 %": "error", "%": "error"} {
		require.Equal(t, want, read(new(Length), text), text)
	}
	for text, want := range map[string]string{"3x2": "3x2", "auto": "auto", "0x2": "error", "7x7": "7x7", "10x5": "error",
		"3": "error", "": "error", "-1x2": "error"} {
		require.Equal(t, want, read(new(Grid), text), text)
	}
	for text, want := range map[string]string{"3": "3", "2..4": "2..4", "5..": "5..", "..4": "0..4", "4..2": "error",
		"": "error", "..": "error", "two": "error", "0": "0"} {
		require.Equal(t, want, read(new(Range), text), text)
	}
	for text, want := range map[string]Ring{"#ffffff": {2, "#ffffff"}, "4 #00ff00": {4, "#00ff00"},
		"4px  #00ff00": {4, "#00ff00"}, "": {}} {
		r, err := ParseBorder(text)
		require.NoError(t, err)
		require.Equal(t, want, r)
	}
	for _, text := range []string{"red", "0 #ffffff", "101 #ffffff", "4#ffffff", "#fff"} {
		_, err := ParseBorder(text)
		require.Error(t, err, text)
	}
}

func TestFind(t *testing.T) {
	own := map[string]Layout{"mine": {{}}}
	l, err := Find("mine", own)
	require.NoError(t, err)
	require.Len(t, l, 1)
	l, err = Find("grid", own)
	require.NoError(t, err)
	require.Nil(t, l)
	_, err = Find("mien", own)
	require.ErrorContains(t, err, "did you mean mine?")
	require.Nil(t, CheckName("a-1_B"))
	for _, name := range []string{"grid", "", "a b", "-a", "ä"} {
		require.NotNil(t, CheckName(name), name)
	}
}

// A rule is never reached only where one before it surely holds whenever it does.
func TestCovers(t *testing.T) {
	when := func(text string) *When {
		var w When
		require.NoError(t, json.Unmarshal([]byte(text), &w))
		return &w
	}
	for _, c := range []struct {
		first, then string
		covers      bool
	}{
		{`{"screen": ["any"]}`, `{"screen": ["Bob"]}`, true},
		{`{"screen": ["Bob"]}`, `{"screen": ["any"]}`, false},
		{`{"screen": ["any"]}`, `{"screen": ["none"]}`, false},
		{`{"screen": ["none"]}`, `{"screen": ["none"], "people": "3"}`, true},
		{`{"screen": ["A", "B"]}`, `{"screen": ["B"]}`, true},
		{`{"screen": ["*"]}`, `{"screen": ["none"]}`, false},
		{`{"people": "2.."}`, `{"people": "3..5"}`, true},
		{`{"people": "2..4"}`, `{"people": "3..5"}`, false},
		{`{"people": "2..4"}`, `{"screen": ["any"]}`, false},
		{`{"who": ["*"]}`, `{"who": ["A"]}`, true},
		{`{"who": ["A"]}`, `{"who": ["A", "B"]}`, false},
		{`{"speaking": ["any"], "who": ["A"]}`, `{"speaking": ["B"], "who": ["A"], "people": "2"}`, true},
		{`{"speaking": ["any"], "who": ["A"]}`, `{"speaking": ["B"]}`, false},
	} {
		require.Equal(t, c.covers, when(c.first).covers(when(c.then)), "%s before %s", c.first, c.then)
	}
}

// FuzzValues reads words: what is taken is written so that it is read as the same.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"0", "25.5%", "3x2", "auto", "2..4", "5..", "9999999999999999999999", "4 #ffffff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, pair := range [][2]interface {
			encoding.TextUnmarshaler
			encoding.TextMarshaler
		}{{new(Length), new(Length)}, {new(Grid), new(Grid)}, {new(Range), new(Range)}} {
			if pair[0].UnmarshalText([]byte(text)) != nil {
				continue
			}
			again, err := pair[0].MarshalText()
			if err == nil {
				err = pair[1].UnmarshalText(again)
			}
			if err != nil || fmt.Sprintf("%+v", pair[0]) != fmt.Sprintf("%+v", pair[1]) {
				t.Fatalf("%q: %+v, %q: %+v, %v", text, pair[0], again, pair[1], err)
			}
		}
		_, _ = ParseBorder(text)
	})
}
