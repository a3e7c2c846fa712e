package mp4sink_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
)

// interleavings is how many pipelines are drawn.
const interleavings = 200

// part is a line of packets of 20 ms. Its size tells whose they are.
func part(n, size, pause int, offset time.Duration) string {
	return fmt.Sprintf(packets+"audio/x-opus,channels=1,rate=48000,channel-mapping-family=0 ! identity ts-offset=%d "+
		"sleep-time=%d ! ",
		n, size, size*50, offset, pause)
}

// draw makes a line of several streams, and says how many packets each pad gets. A stream may end early, begin late,
// have nothing, stop for an hour, go back, or have a thread with another one.
func draw(r *rand.Rand) (line string, packets map[int]int) {
	packets = map[int]int{}
	line = "uprightmp4sink name=m location=OUT "
	pads := r.Perm(6)
	for _, pad := range pads[:1+r.IntN(5)] {
		n, pause := []int{0, 1, 40, 100, 160}[r.IntN(5)], []int{0, 0, 20}[r.IntN(3)]
		late := []time.Duration{0, 0, time.Second, time.Hour}[r.IntN(4)]
		one := part(n, 40+pad, pause, late)
		packets[pad] = n
		switch r.IntN(5) {
		case 0: // goes back to the beginning
			packets[pad] = n + 50
			line += fmt.Sprintf("concat name=c%d adjust-base=false ! m.audio_%d %s c%d. %s c%d. ",
				pad, pad, one, pad, part(50, 40+pad, 0, 0), pad)
		case 1: // stops for an hour
			packets[pad] = n + 50
			line += fmt.Sprintf("concat name=c%d adjust-base=false ! m.audio_%d %s c%d. %s c%d. ",
				pad, pad, one, pad, part(50, 40+pad, 0, late+time.Hour), pad)
		case 2: // two from one thread
			packets[pad+10] = n
			line += fmt.Sprintf("%s tee name=t%d ! m.audio_%d t%d. ! m.audio_%d ", one, pad, pad, pad, pad+10)
		case 3: // one thread more
			line += fmt.Sprintf("%s queue ! m.audio_%d ", one, pad)
		default:
			line += fmt.Sprintf("%s m.audio_%d ", one, pad)
		}
	}
	return line, packets
}

// However threads take turns, each track has the packets of its pad, tracks are in the order of the pads, and it ends.
func TestInterleavings(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	for seed := range uint64(interleavings) {
		line, packets := draw(rand.New(rand.NewPCG(seed, 11)))
		path := filepath.Join(t.TempDir(), "out.mp4")
		err := gstrun.Run(t.Context(), strings.ReplaceAll(line, "OUT", path), gstrun.Options{StallTimeout: 20 * time.Second})
		var pads []int
		for pad, n := range packets {
			if n > 0 {
				pads = append(pads, pad)
			}
		}
		slices.Sort(pads)
		if len(pads) == 0 {
			require.ErrorContains(t, err, "no media", line)
			require.NoFileExists(t, path)
			continue
		}
		require.NoError(t, err, "%d: %s", seed, line)
		require.Equal(t, counts(pads, packets), sizes(t, path), "%d: %s", seed, line)
	}
}

// counts says of each track how many packets of which size it is to have.
func counts(pads []int, packets map[int]int) (list [][2]int) {
	for _, pad := range pads {
		list = append(list, [2]int{packets[pad], 40 + pad%10})
	}
	return list
}

// sizes says of each track how many packets it has, and of which size; -1 if they have several.
func sizes(t *testing.T, path string) (list [][2]int) {
	f, err := mp4box.Open(path)
	require.NoError(t, err)
	defer f.Close()
	for i := range f.Tracks {
		s, err := f.Samples(i)
		require.NoError(t, err)
		var x [2]int
		for {
			sample, err := s.Next()
			if err != nil {
				break
			}
			if x[0]++; x[0] == 1 {
				x[1] = int(sample.Size)
			} else if int(sample.Size) != x[1] {
				x[1] = -1
			}
		}
		list = append(list, x)
	}
	require.NoError(t, os.Remove(path))
	return list
}
