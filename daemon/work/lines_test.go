package work

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestTailKeepsEndAndCrash(t *testing.T) {
	var l tail
	for i := range 5000 {
		l.add(fmt.Sprintf("line %d", i))
	}
	s := l.String()
	require.LessOrEqual(t, len(s), job.MaxLogBytes)
	require.Greater(t, len(s), job.MaxLogBytes-100)
	require.True(t, strings.HasPrefix(s, "line "))
	require.True(t, strings.HasSuffix(s, "line 4998\nline 4999\n"))
	require.Equal(t, "line 4999", l.line)

	l.add("SIGSEGV: segmentation violation")
	l.add("PC=0x1")
	require.True(t, strings.HasSuffix(l.String(), "line 4999\nSIGSEGV: segmentation violation\nPC=0x1\n"))
	for i := range 5000 {
		l.add(fmt.Sprintf("frame %d", i))
		require.LessOrEqual(t, len(l.String()), job.MaxLogBytes)
		require.Contains(t, l.String(), "SIGSEGV: segmentation violation\nPC=0x1\nframe 0\n")
		require.Contains(t, l.String(), fmt.Sprintf("frame %d\n", i))
	}
	require.Contains(t, l.String(), "[…]")
	require.Equal(t, "SIGSEGV: segmentation violation", l.line)
	require.Equal(t, "SIGSEGV", l.signal())
}

func TestSignalOfALog(t *testing.T) {
	for line, want := range map[string]string{
		"SIGABRT: abort": "SIGABRT",
		"panic: runtime error: invalid memory address\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 " +
			"pc=0x1]": "SIGSEGV",
		"panic: SIGNIFICANT: no":                 "",
		"fatal error: all goroutines are asleep": "",
		"reading SIGSEGV: of a file name":        "",
	} {
		var l tail
		for part := range strings.SplitSeq(line, "\n") {
			l.add(part)
		}
		require.Equal(t, want, l.signal(), line)
	}
}

func FuzzTail(f *testing.F) {
	f.Add("a\npanic: b\nc", 900)
	f.Add(strings.Repeat("x", 5000)+"\nSIGSEGV: y\n", 3)
	f.Add(strings.Repeat("x\xff", 4000), 9)
	f.Fuzz(func(t *testing.T, text string, times int) {
		var l tail
		for range min(max(times, 1), 50) {
			for line := range strings.SplitSeq(text, "\n") {
				l.add(line[:min(len(line), maxLogLine)])
			}
			if n := len(l.String()); n > job.MaxLogBytes {
				t.Fatal(n)
			}
		}
		_ = l.signal()
	})
}

// FuzzReadEvents: whatever a child writes, the answer is events or an error, and bounded.
func FuzzReadEvents(f *testing.F) {
	f.Add([]byte(`{"event":"reading"}` + "\n" + `{"event":"done","outputs":[{"file":"x"}]}` + "\n"))
	f.Add([]byte(`{"event":"done"`))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		err := readEvents(bytes.NewReader(text), func(e Event) bool {
			n++
			require.True(t, kinds[e.Event])
			return true
		})
		require.LessOrEqual(t, n, bytes.Count(text, []byte("\n")))
		if err == nil {
			require.Equal(t, n, bytes.Count(text, []byte("\n")))
		} else {
			require.True(t, errors.Is(err, errNotAnEvent) || errors.Is(err, errTorn))
		}
	})
}

func TestReadLineIsBounded(t *testing.T) {
	in := bufio.NewReader(io.MultiReader(strings.NewReader(strings.Repeat("x", MaxLine-1)+"\n"),
		strings.NewReader(strings.Repeat("y", MaxLine)+"\n")))
	line, err := readLine(in)
	require.NoError(t, err)
	require.Len(t, line, MaxLine-1)
	_, err = readLine(in)
	require.ErrorIs(t, err, errNotAnEvent)
}

func TestReadLog(t *testing.T) {
	var got []string
	readLog(strings.NewReader("one\r\n\xfftwo\n"+strings.Repeat("z", 3*maxLogLine)+"\nlast"),
		func(s string) { got = append(got, s) })
	require.Equal(t, []string{"one", "\ufffdtwo", strings.Repeat("z", maxLogLine) + "…", "last"}, got)
}
