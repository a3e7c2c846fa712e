package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/Eyevinn/mp4ff/mp4"
)

// agoraFolder writes a folder as Agora's recorder leaves it, of one user whose sound and pictures are in two files: the
// MP4 gets start codes where its samples have lengths. It returns the folder's path.
func agoraFolder(sound, pictures, out string) (string, error) {
	const stamp = "20300102030405144"
	folder := filepath.Join(out, "agora")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	data, err := os.ReadFile(pictures)
	if err != nil {
		return "", err
	}
	seconds, err := withStartCodes(data)
	if err != nil {
		return "", fmt.Errorf("%s: %w", pictures, err)
	}
	adts, err := os.ReadFile(sound)
	if err != nil {
		return "", err
	}
	aac, film := "111_"+stamp+".aac", "111_"+stamp+".mp4"
	lines := fmt.Sprintf("0.000 %[1]s create \n0.000 %[2]s create \n0.001 %[2]s info width=640 height=360 rotation=90\n"+
		"%.3[3]f %[1]s close \n%.3[3]f %[2]s close \n", aac, film, seconds)
	var failed error
	for name, b := range map[string][]byte{aac: adts, film: data, "uid_111_" + stamp + ".txt": []byte(lines),
		"metadata.txt":        []byte("<version>2.0</version>\n<tag></tag>\n<channel name>bench</channel name>\n"),
		"recording2-done.txt": nil} {
		failed = errors.Join(failed, os.WriteFile(filepath.Join(folder, name), b, 0o600))
	}
	return folder, failed
}

// withStartCodes replaces the lengths in the samples of an MP4's first track, and returns how long it is in seconds.
func withStartCodes(data []byte) (seconds float64, err error) {
	file, err := mp4.DecodeFile(bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	if file.Moov == nil || len(file.Moov.Traks) != 1 {
		return 0, errors.New("one track is expected")
	}
	trak := file.Moov.Trak
	n := trak.GetNrSamples()
	ranges, err := trak.GetRangesForSampleInterval(1, n)
	if err != nil {
		return 0, err
	}
	for _, r := range ranges { // lengths go on across samples
		for at, end := r.Offset, r.Offset+r.Size; at+4 <= end; {
			length := uint64(binary.BigEndian.Uint32(data[at:]))
			copy(data[at:], []byte{0, 0, 0, 1})
			at += 4 + length
		}
	}
	return float64(trak.Mdia.Mdhd.Duration) / float64(trak.Mdia.Mdhd.Timescale), nil
}
