package codec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOpusLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		parameters map[string]string
		want       OpusLayout
	}{
		"none": {nil, Surround51},
		"5.1": {map[string]string{"channel_mapping": "0,4,1,2,3,5", "num_streams": "4", "coupled_streams": "2",
			"minptime": "10"}, Surround51},
		"7.1": {map[string]string{"channel_mapping": "0,6,1,2,3,4,5,7", "num_streams": "5", "coupled_streams": "3"},
			OpusLayout{5, 3, []int{0, 6, 1, 2, 3, 4, 5, 7}}},
		"quad": {map[string]string{"channel_mapping": "0,1,2,3", "num_streams": "2", "coupled_streams": "2"},
			OpusLayout{2, 2, []int{0, 1, 2, 3}}},
		"silence": {map[string]string{"channel_mapping": "0, 255", "num_streams": "1", "coupled_streams": "0"},
			OpusLayout{1, 0, []int{0, 255}}},
	} {
		got, err := ParseOpusLayout(c.parameters)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	for name, bad := range map[string][3]string{
		"half":               {"4", "2", ""},
		"no number":          {"four", "2", "0,1"},
		"no streams":         {"0", "0", "0"},
		"too many coupled":   {"1", "2", "0,1"},
		"channel not there":  {"1", "1", "0,2"},
		"negative":           {"1", "-1", "0"},
		"too large":          {"300", "1", "0"},
		"more than 8":        {"9", "0", "0,1,2,3,4,5,6,7,8"},
		"hole in the middle": {"2", "0", "0,,1"},
	} {
		_, err := ParseOpusLayout(map[string]string{"num_streams": bad[0], "coupled_streams": bad[1],
			"channel_mapping": bad[2]})
		require.ErrorIs(t, err, ErrInvalid, name)
	}
}

// All streams last as long, those in front say where they end.
func TestSilentMultiOpus(t *testing.T) {
	packet, err := Surround51.Silent(20 * time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, unhex(t, "fc02fffe", "fc02fffe", "f802fffe", "f8fffe"), packet)
	packet, err = Surround51.Silent(40 * time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, unhex(t, "fd02fffefffe", "fd02fffefffe", "f902fffefffe", "f9fffefffe"), packet)
	packet, err = OpusLayout{Streams: 2}.Silent(60 * time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, unhex(t, "fb0302fffefffefffe", "fb03fffefffefffe"), packet)
	_, err = Surround51.Silent(time.Millisecond)
	require.Error(t, err)

	f, err := Surround51.NewOpusFiller(20 * time.Millisecond)
	require.NoError(t, err)
	packets, rest := f.Fill(51 * time.Millisecond)
	require.Equal(t, time.Millisecond, rest)
	require.Len(t, packets, 3)
	for i, want := range []time.Duration{20, 20, 10} {
		d, err := OpusDuration(packets[i])
		require.NoError(t, err)
		require.Equal(t, want*time.Millisecond, d)
	}
}
